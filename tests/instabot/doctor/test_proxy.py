"""Half a request, before the real web process: by nginx, and by a proxy that passes on bytes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pytest_django import Settings

from instabot.doctor import address, proxy
from instabot.doctor.findings import Finding, State
from tests.instabot.doctor.faults import NOBODY, found
from tests.support import tls
from tests.support.nginx import PROGRAM, WHY_NOT, Nginx
from tests.support.service import Service, free_port

pytestmark = pytest.mark.once

NAME = "graph.example"  # in the certificate


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "TRUSTED", str(tls.CERTIFICATE))
    monkeypatch.setattr(proxy, "SECONDS", 1.0)


def look(settings: Settings, port: int, name: str = NAME) -> list[Finding]:
    settings.PUBLIC_URL = f"https://{name}:{port}"
    return found("buffering")


@pytest.mark.skipif(PROGRAM is None, reason=WHY_NOT)
def test_nginx_waits_for_the_whole_of_a_request(
    bare: Service, settings: Settings, tmp_path: Path
) -> None:
    bare.start_web()
    with Nginx(tmp_path / "nginx", bare.port) as nginx:
        [one] = look(settings, nginx.https)
    assert one.state == State.OK
    assert one.says == "The proxy in front of instabot waits for the whole of a request."


def test_a_proxy_that_passes_on_what_it_gets_is_told(bare: Service, settings: Settings) -> None:
    bare.start_web()
    with tls.in_front_of(bare.port) as port:
        [one] = look(settings, port)
    assert one.state == State.WARNING
    assert "passes on requests before all of them is there" in one.says
    assert "deploy/server/nginx.conf" in one.next_step


@contextmanager
def answering(whole: int, half: int | None) -> Iterator[int]:
    """Yield the port of a server with these answers; half: None waits for the rest, 0 hangs up."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(whole)

        def do_POST(self) -> None:
            if half is None:
                self.rfile.read(200_000)
            elif half:
                self.answer(half)
            self.close_connection = True

        def answer(self, status: int) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("whole", "half", "state", "words"),
    [
        (200, None, State.OK, "waits for the whole"),
        (200, 408, State.OK, "waits for the whole"),
        (200, 403, State.WARNING, "is not known: it answers it with 403 before that"),
        (200, 405, State.WARNING, "is not known: it answers it with 405 before that"),
        (200, 0, State.WARNING, "is not known: it ends it before that"),
    ],
)
def test_only_who_waits_for_the_rest_is_well(
    settings: Settings, whole: int, half: int | None, state: State, words: str
) -> None:
    with answering(whole, half) as behind, tls.in_front_of(behind) as port:
        [one] = look(settings, port)
    assert one.state == state
    assert words in one.says


@pytest.mark.parametrize("half", [None, 502])
def test_where_the_whole_is_not_answered_either_nothing_is_said(
    settings: Settings, half: int | None
) -> None:
    with answering(502, half) as behind, tls.in_front_of(behind) as port:
        assert look(settings, port) == []


def test_where_nobody_answers_other_lines_say_so(settings: Settings) -> None:
    assert look(settings, free_port()) == look(settings, 443, NOBODY) == []
    settings.PUBLIC_URL, settings.CSRF_TRUSTED_ORIGINS = "", []
    assert found("buffering") == []
