"""Our own address, asked over real TLS at a server that behaves as hosts and proxies do."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_django import Settings

import tests.support
from instabot.doctor import address
from instabot.doctor.findings import State
from tests.instabot.doctor.faults import NOBODY, found
from tests.support.service import free_port

pytestmark = pytest.mark.no_database

CERTIFICATE = str(Path(tests.support.__file__).with_name("graph.example.pem"))
NAME = "graph.example"  # in the certificate
OK, WARNING, WRONG = State.OK, State.WARNING, State.WRONG
LOGIN, WEBHOOK = "/admin/login/", "/webhooks/instagram"


@dataclass
class Host:
    """What stands at our address. answers: by path a status, a text, and where it leads.

    headers: what else it says of each answer.
    """

    answers: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    port: int = 0

    def answer(self, path: str) -> tuple[int, str, str]:
        self.asked.append(path)
        parts = urlsplit(path)
        if parts.path in self.answers:
            return self.answers[parts.path]
        if parts.path == WEBHOOK:
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if asked.get("hub.verify_token") == "verify-me":
                return 200, asked["hub.challenge"], ""
            return 403, "The verify token is wrong.\n", ""
        return 200, "<html>Log in</html>", ""


@contextmanager
def serve(host: Host, context: ssl.SSLContext | None = None) -> Iterator[ThreadingHTTPServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host.agents.add(self.headers["User-Agent"])
            status, text, leads_to = host.answer(self.path)
            self.send_response(status)
            if leads_to:
                self.send_header("Location", leads_to)
            for name, value in host.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # type: ignore[method-assign] # a refused certificate
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def host(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """An instabot by TLS."""
    one = Host()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    monkeypatch.setattr(address, "TRUSTED", CERTIFICATE)
    monkeypatch.setattr(address, "PLAIN_PORT", free_port())  # where nobody answers
    with serve(one, context) as server:
        one.port = server.server_address[1]
        settings.CSRF_TRUSTED_ORIGINS = [f"https://{NAME}:{one.port}"]
        yield one


def says(name: str) -> tuple[State, str]:
    [one] = found(name)
    return one.state, f"{one.says} {one.next_step}"


def test_an_address_that_answers_as_meta_wants_it(host: Host) -> None:
    state, text = says("address")
    assert state == OK
    assert text.startswith(f"https://{NAME}:{host.port}{WEBHOOK} answers as Meta wants it.")
    assert host.agents == {"instabot-doctor"}


def test_the_address_that_is_said_for_meta_wins(host: Host, settings: Settings) -> None:
    settings.PUBLIC_URL = settings.CSRF_TRUSTED_ORIGINS[0]
    settings.CSRF_TRUSTED_ORIGINS = [f"https://{NOBODY}"]
    assert says("address")[0] == OK


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            (301, "", f"https://www.graph.example{WEBHOOK}?hub.verify_token=verify-me"),
            f"redirects to https://www.graph.example{WEBHOOK}. Meta follows no redirect.",
        ),
        ((308, "", f"{WEBHOOK}/"), f"redirects to {WEBHOOK}/."),
        ((403, "The verify token is wrong.\n", ""), "an instabot with another verify token"),
        ((403, "Forbidden", ""), "answered with 403, and not as instabot does"),
        ((200, "<html>Coming soon</html>", ""), "answered with 200, and not as instabot does"),
        ((502, "<html>Bad Gateway</html>", ""), "answered with 502: nothing works behind it"),
    ],
)
def test_whatever_else_answers_there_is_told(
    host: Host, answer: tuple[int, str, str], words: str
) -> None:
    host.answers[WEBHOOK] = answer
    state, text = says("address")
    assert state == WRONG
    assert words in text
    assert "verify-me" not in text


def test_without_a_verify_token_that_is_another_line(host: Host, settings: Settings) -> None:
    settings.FACEBOOK_VERIFY_TOKEN = ""
    state, text = says("address")
    assert state == OK
    assert f"{WEBHOOK} is reached. The verify token is a line of its own." in text


@pytest.mark.parametrize(
    ("origins", "sandbox", "state", "words"),
    [
        ([], False, WRONG, "Set PUBLIC_URL"),
        (["http://bot.example.com"], False, WRONG, "No public https address"),
        (["https://localhost", "https://192.168.1.5"], False, WRONG, "No public https address"),
        ([], True, OK, "The sandbox is on this machine"),
        ([f"https://{NOBODY}"], False, WRONG, "The DNS does not know"),
    ],
)
def test_an_address_that_is_none(
    settings: Settings, origins: list[str], sandbox: bool, state: State, words: str
) -> None:
    settings.CSRF_TRUSTED_ORIGINS, settings.SANDBOX = origins, sandbox
    found_state, text = says("address")
    assert (found_state, words in text) == (state, True), text
    assert found("certificate") == found("redirect") == []


def test_where_nobody_answers_it_may_be_the_network(host: Host, settings: Settings) -> None:
    settings.CSRF_TRUSTED_ORIGINS = [f"https://{NAME}:{free_port()}"]
    state, text = says("address")
    assert state == WARNING
    assert "on a phone that is not in this network" in text
    assert found("certificate") == found("redirect") == []


@pytest.mark.parametrize("header", [("Content-Length", "5000"), ("Content-Encoding", "gzip")])
def test_an_answer_that_cannot_be_read_is_not_ours(host: Host, header: tuple[str, str]) -> None:
    host.headers = dict([header])
    state, text = says("address")
    assert state == WRONG
    assert "answered with 200, and not as instabot does" in text
    assert "breaks off on its way" in says("redirect")[1]


def test_a_long_answer_is_not_read_to_its_end(host: Host) -> None:
    host.answers[WEBHOOK] = (200, "<html>" + "x" * 10 * address.MOST_READ, "")
    state, text = says("address")
    assert state == WRONG
    assert "answered with 200, and not as instabot does" in text


def test_a_dns_that_does_not_answer_is_no_wrong_name(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr("socket.getaddrinfo", away)
    state, text = says("address")
    assert state == WARNING
    assert "does not reach" in text
    assert found("certificate") == found("redirect") == []


def test_a_good_certificate_says_how_long_it_lasts(host: Host) -> None:
    state, text = says("certificate")
    assert state == OK
    assert "is valid for" in text


def test_a_certificate_that_ends_soon_is_a_warning(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(address, "RENEW_BEFORE", timedelta(days=400 * 365))
    state, text = says("certificate")
    assert state == WARNING
    assert "Renew it." in text


@pytest.mark.parametrize(
    ("trusted", "name", "words"),
    [(None, NAME, "self-signed certificate"), (CERTIFICATE, "bot.example", "mismatch")],
)
def test_a_certificate_that_nobody_trusts(
    host: Host, settings: Settings, trusted: str | None, name: str, words: str
) -> None:
    address.TRUSTED = trusted  # the fixture puts it back
    settings.CSRF_TRUSTED_ORIGINS = [f"https://{name}:{host.port}"]
    assert says("address")[0] == WRONG
    state, text = says("certificate")
    assert state == WRONG
    assert words in text


def test_a_port_without_tls(settings: Settings) -> None:
    with serve(Host()) as plain:
        settings.CSRF_TRUSTED_ORIGINS = [f"https://{NAME}:{plain.server_address[1]}"]
        assert says("address")[0] == WRONG
        assert "there is no TLS at this port" in says("certificate")[1]


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        ((200, "<html>", ""), OK, "The login page opens only by https."),
        ((301, "", f"https://{NAME}{LOGIN}"), WRONG, "X-Forwarded-Proto: https"),
        ((403, "… its X-Forwarded-Proto header …", ""), WRONG, "X-Forwarded-Proto: https"),
        ((400, "Bad Request", ""), WRONG, f"Put {NAME} into ALLOWED_HOSTS"),
        ((503, "", ""), WRONG, "nothing works behind it. See that the web process runs"),
        ((200, "", ""), WRONG, "is empty, or breaks off on its way. See that the web process runs"),
    ],
)
def test_what_staff_meet_at_the_login_page(
    host: Host, answer: tuple[int, str, str], state: State, words: str
) -> None:
    host.answers[LOGIN] = answer
    found_state, text = says("redirect")
    assert (found_state, words in text) == (state, True), text


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        ((200, "<html>", ""), WARNING, "opens without TLS, too"),
        ((301, "", f"https://{NAME}{LOGIN}"), OK, "and http leads there"),
        ((404, "", ""), OK, "opens only by https"),
    ],
)
def test_what_answers_by_plain_http(
    host: Host, answer: tuple[int, str, str], state: State, words: str
) -> None:
    with serve(Host({LOGIN: answer})) as plain:
        address.PLAIN_PORT = plain.server_address[1]  # the fixture puts it back
        found_state, text = says("redirect")
    assert (found_state, words in text) == (state, True), text
