"""Half a request, before the real web process: by nginx, and by a proxy that passes on bytes."""

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


def test_where_nobody_answers_other_lines_say_so(settings: Settings) -> None:
    assert look(settings, free_port()) == look(settings, 443, NOBODY) == []
    settings.PUBLIC_URL, settings.CSRF_TRUSTED_ORIGINS = "", []
    assert found("buffering") == []
