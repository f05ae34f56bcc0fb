"""The way out to Meta where it leads through a proxy, or to a certificate of one's own."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

import tests.support
from conversations.account import identity, vault
from conversations.models import FIRST, Account
from instagram.client import GraphClient
from instagram.content import Text
from instagram.errors import AmbiguousError, NotSentError
from tests.support.graph import HANG, HTML_502, RESET, Answer, Graph
from tests.support.proxy import Proxy
from tests.support.service import free_port

pytestmark = pytest.mark.no_database

# For a hundred years, and for nothing but these tests.
CERTIFICATE = str(Path(tests.support.__file__).with_name("graph.example.pem"))


@pytest.fixture
def meta() -> Iterator[Graph]:
    """Meta by TLS, at an address that nobody but the proxy knows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    with Graph(tls=context) as graph:
        yield graph


def send(**options: Any) -> str:
    url = options.pop("url", "https://graph.example")
    one = GraphClient(url, "IGAAtoken", version="v26.0", timeout=(0.5, 0.5), **options)
    try:
        return one.send("870001", Text("Hello"), "instabot:7")[0]
    finally:
        one._session().close()


@pytest.mark.parametrize("scheme", ["http://", ""])
def test_a_send_goes_through_the_proxy(meta: Graph, scheme: str) -> None:
    with Proxy(meta.port) as proxy:
        assert send(proxy=f"{scheme}{proxy.address}", certificates=CERTIFICATE)
    assert [sent.text for sent in meta.sent] == ["Hello"]
    [asked] = proxy.asked
    assert asked.startswith("CONNECT graph.example:443 HTTP/1.")
    assert "IGAAtoken" not in asked


def test_the_proxy_gets_its_name_and_password(meta: Graph) -> None:
    with Proxy(meta.port) as proxy:
        assert send(proxy=f"http://anna:s%40cret@{proxy.address}", certificates=CERTIFICATE)
    assert "Proxy-Authorization: Basic YW5uYTpzQGNyZXQ=" in proxy.asked[0]


def test_without_our_certificates_nothing_leaves(meta: Graph) -> None:
    with Proxy(meta.port) as proxy, pytest.raises(NotSentError):
        send(proxy=f"http://{proxy.address}")
    assert meta.sent == []


@pytest.mark.parametrize(
    "refusal", ["403 Forbidden", "407 Proxy Authentication Required", "502 No"]
)
def test_what_the_proxy_refuses_never_left(meta: Graph, refusal: str) -> None:
    with Proxy(meta.port, refusal) as proxy, pytest.raises(NotSentError):
        send(proxy=f"http://{proxy.address}", certificates=CERTIFICATE)
    assert len(proxy.asked) == 1


def test_what_finds_no_proxy_never_left() -> None:
    with pytest.raises(NotSentError):
        send(proxy=f"http://127.0.0.1:{free_port()}")


Breakdown = Callable[[socket.socket], None]
LET_THROUGH = b"HTTP/1.1 200 Connection established\r\n\r\n"
ALERT = bytes.fromhex("15030300020228")  # TLS: fatal, handshake failure


def hang(client: socket.socket) -> None:
    while client.recv(65536):
        pass


def close(client: socket.socket) -> None:
    client.recv(65536)


def close_unread(client: socket.socket) -> None:
    pass


def reset(client: socket.socket) -> None:
    client.recv(65536)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def answer(said: bytes) -> Breakdown:
    def say(client: socket.socket) -> None:
        client.recv(65536)
        client.sendall(said)

    return say


def let_through_and(breakdown: Breakdown) -> Breakdown:
    def go_on(client: socket.socket) -> None:
        client.recv(65536)
        client.sendall(LET_THROUGH)
        breakdown(client)

    return go_on


@contextmanager
def door(breakdown: Breakdown) -> Iterator[str]:
    """Somebody who accepts a connection and then does only this; its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with server.accept()[0] as client:
                breakdown(client)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        thread.join()


NO_HANDSHAKE: dict[str, Breakdown] = {
    "hangs": hang,
    "closes": close,
    "closes unread": close_unread,
    "resets": reset,
    "alert": answer(ALERT),
    "plain HTTP": answer(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
    "half an answer": answer(bytes.fromhex("160303")),
}


@pytest.mark.parametrize("breakdown", NO_HANDSHAKE.values(), ids=NO_HANDSHAKE)
def test_what_breaks_before_the_handshake_is_over_never_left(breakdown: Breakdown) -> None:
    with door(breakdown) as address, pytest.raises(NotSentError):
        send(url=f"https://{address}", certificates=CERTIFICATE)


@pytest.mark.parametrize("breakdown", NO_HANDSHAKE.values(), ids=NO_HANDSHAKE)
@pytest.mark.parametrize("lets_through", [True, False], ids=["behind the proxy", "in the proxy"])
def test_what_breaks_on_the_way_through_the_proxy_never_left(
    breakdown: Breakdown, lets_through: bool
) -> None:
    breakdown = let_through_and(breakdown) if lets_through else breakdown
    with door(breakdown) as address, pytest.raises(NotSentError):
        send(proxy=f"http://{address}", certificates=CERTIFICATE)


@pytest.mark.parametrize("fault", [HANG, RESET, HTML_502])
def test_what_breaks_behind_the_handshake_may_have_arrived(
    meta: Graph, fault: Answer | str
) -> None:
    meta.faults.append(fault)
    with Proxy(meta.port) as proxy, pytest.raises(AmbiguousError):
        send(proxy=f"http://{proxy.address}", certificates=CERTIFICATE)


@pytest.mark.parametrize("served_before", [False, True])
@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_certificates_that_cannot_be_read_let_nothing_leave(
    meta: Graph, tmp_path: Path, content: bytes | None, served_before: bool
) -> None:
    file = tmp_path / "trusted.pem"
    file.write_bytes(Path(CERTIFICATE).read_bytes())
    with Proxy(meta.port) as proxy:
        if served_before:
            send(proxy=f"http://{proxy.address}", certificates=str(file))
        file.unlink()
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(NotSentError):
            send(proxy=f"http://{proxy.address}", certificates=str(file))
    assert len(meta.sent) == served_before


def test_the_client_of_a_process_goes_where_the_settings_say(
    meta: Graph, settings: Settings
) -> None:
    with Proxy(meta.port) as proxy:
        settings.GRAPH_API_URL = "https://graph.example"
        settings.GRAPH_PROXY = f"http://{proxy.address}"
        settings.GRAPH_CERTIFICATES = CERTIFICATE
        client = identity.client(Account(pk=FIRST, token=vault.seal("EAAx")))
        assert client.me().username == "shop"
        client._session().close()
    assert len(proxy.asked) == 1


def test_no_variable_is_looked_for_at_a_call(meta: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/file")
    monkeypatch.setenv("NO_PROXY", "*")
    with Proxy(meta.port) as proxy:
        assert send(proxy=f"http://{proxy.address}", certificates=CERTIFICATE)
    assert len(proxy.asked) == 1
