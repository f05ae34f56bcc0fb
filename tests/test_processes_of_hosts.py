"""instabot as hosts run it: by its Procfile, and behind the nginx of deploy/server."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from instagram.signature import sign
from tests.support.graph import text_body
from tests.support.nginx import HOST, PROGRAM, WHY_NOT, Nginx, unverified
from tests.support.service import ROOT, SECRET, Service, wait_for

pytestmark = [pytest.mark.once, pytest.mark.long]


def test_the_procfile_runs_with_web_and_worker(bare: Service) -> None:
    bare.manage("tune", "waiting_seconds=0")
    with bare.log.open("ab") as log:
        both = subprocess.Popen(
            [sys.executable, "-m", "honcho", "start", "-p", str(bare.port), "web", "worker"],
            cwd=ROOT,
            env=bare.environment(),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        wait_for(bare.is_up, "the web process", 60)
        assert bare.hears("price", "aWdf1") == 200
        wait_for(lambda: bare.texts and bare.finished(), "an answer", 60)
        assert bare.texts == ["Which product do you mean?"]
        assert both.poll() is None, "both go on"
    finally:
        both.terminate()
        try:
            both.wait(30)
        finally:
            if both.poll() is None:
                os.killpg(both.pid, signal.SIGKILL)


@pytest.fixture
def behind_nginx(bare: Service, tmp_path: Path) -> Iterator[tuple[Service, Nginx]]:
    """instabot in production's settings, as the page on servers sets it up."""
    bare.settings = "instabot.settings"
    bare.variables |= {
        "ALLOWED_HOSTS": HOST,
        "CSRF_TRUSTED_ORIGINS": f"https://{HOST}",
        "TRUSTED_PROXIES": "1",
    }
    bare.start_web()
    with Nginx(tmp_path / "nginx", bare.port) as nginx:
        yield bare, nginx


@pytest.mark.skipif(PROGRAM is None, reason=WHY_NOT)
def test_nginx_passes_on_what_instabot_needs_to_know(
    behind_nginx: tuple[Service, Nginx],
) -> None:
    one, nginx = behind_nginx
    assert nginx.ask("GET", "/admin/login/")[0] == 200
    assert nginx.ask("GET", "/admin/login/", X_Forwarded_Proto="http")[0] == 200, "replaced"
    assert nginx.ask("GET", "/admin/", plain=True) == (301, f"https://{HOST}/admin/")
    body = text_body("870001", "price", "aWdf1")
    signature = sign(body, SECRET)
    hook = "/webhooks/instagram"
    assert nginx.ask("POST", hook, body, X_Hub_Signature_256=signature)[0] == 200
    assert one.database.rows("SELECT count(*) FROM webhooks_webhookevent") == [(1,)]
    tried = f"username=anna&password=wrong&csrfmiddlewaretoken={'a' * 32}".encode()
    headers: dict[str, Any] = {
        "Content_Type": "application/x-www-form-urlencoded",
        "Origin": f"https://{HOST}",
    }
    headers |= {"Cookie": f"csrftoken={'a' * 32}", "X_Forwarded_For": "198.51.100.66"}
    assert nginx.ask("POST", "/admin/login/", tried, **headers)[0] == 200
    seen = one.database.rows("SELECT DISTINCT address FROM people_tries WHERE address <> ''")
    assert seen == [("127.0.0.1",)], "what a client writes of itself is replaced"
    large = b"x" * (10 * 1024 * 1024 + 1)
    assert nginx.ask("POST", hook, large)[0] == 413


@pytest.mark.skipif(PROGRAM is None, reason=WHY_NOT)
def test_behind_nginx_slow_senders_do_not_keep_a_webhook_from_its_200(
    behind_nginx: tuple[Service, Nginx],
) -> None:
    _, nginx = behind_nginx
    head = f"POST /webhooks/instagram HTTP/1.1\r\nHost: {HOST}\r\n"
    sent = [
        "",
        head,
        f"{head}Content-Length: 99\r\n\r\nx",
        f"{head}Content-Length: 900000\r\n\r\nx",
    ]
    with ExitStack() as lines:
        for begun in sent * 5:  # instabot has four threads here
            plain = lines.enter_context(socket.create_connection(("127.0.0.1", nginx.https), 20))
            secured = lines.enter_context(unverified().wrap_socket(plain))
            secured.sendall(begun.encode())
        for number in range(3):
            body = text_body("870001", "price", f"aWdf{number}")
            signature = sign(body, SECRET)
            answer = nginx.ask("POST", "/webhooks/instagram", body, X_Hub_Signature_256=signature)
            assert answer[0] == 200
