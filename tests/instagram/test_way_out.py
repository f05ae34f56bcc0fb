"""The way out to Meta where it leads through a proxy, or to a certificate of one's own."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

import tests.support
from conversations.account import identity
from instagram.client import GraphClient
from instagram.content import Text
from instagram.errors import NotSentError
from tests.support.graph import Graph
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
    one = GraphClient("https://graph.example", "IGAAtoken", version="v26.0", **options)
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


def test_the_client_of_a_process_goes_where_the_settings_say(
    meta: Graph, settings: Settings
) -> None:
    with Proxy(meta.port) as proxy:
        settings.GRAPH_API_URL = "https://graph.example"
        settings.GRAPH_PROXY = f"http://{proxy.address}"
        settings.GRAPH_CERTIFICATES = CERTIFICATE
        assert identity.client().me().username == "shop"
        identity.client()._session().close()
    assert len(proxy.asked) == 1


def test_no_variable_is_looked_for_at_a_call(meta: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/file")
    monkeypatch.setenv("NO_PROXY", "*")
    with Proxy(meta.port) as proxy:
        assert send(proxy=f"http://{proxy.address}", certificates=CERTIFICATE)
    assert len(proxy.asked) == 1
