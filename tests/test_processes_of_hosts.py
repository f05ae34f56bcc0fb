"""instabot as hosts run it: by its Procfile, and behind the nginx of deploy/server."""

import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from instagram.signature import sign
from tests.support.graph import text_body
from tests.support.service import ROOT, SECRET, Service, free_port, wait_for

pytestmark = [pytest.mark.once, pytest.mark.long]

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
HOST = "bot.example.com"
PAIR = ROOT / "tests/support/graph.example.pem"
AROUND = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


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


class Nginx:
    """The conf of deploy/server, with ports and a certificate of the tests'."""

    def __init__(self, folder: Path, behind: int) -> None:
        self.http, self.https = free_port(), free_port()
        site = (ROOT / "deploy/server/nginx.conf").read_text()
        for old, new in {
            "127.0.0.1:8000": f"127.0.0.1:{behind}",
            "    listen [::]:80;\n": "",
            "    listen [::]:443 ssl;\n": "",
            "listen 80;": f"listen 127.0.0.1:{self.http};",
            "listen 443 ssl;": f"listen 127.0.0.1:{self.https} ssl;",
            f"/etc/letsencrypt/live/{HOST}/fullchain.pem": str(PAIR),
            f"/etc/letsencrypt/live/{HOST}/privkey.pem": str(PAIR),
        }.items():
            assert old in site
            site = site.replace(old, new)
        (folder / "site.conf").write_text(site)
        user = "user root;" if os.geteuid() == 0 else ""
        conf = folder / "nginx.conf"
        conf.write_text(AROUND.format(folder=folder, user=user))
        self.process = subprocess.Popen([str(NGINX), "-c", str(conf), "-p", str(folder)])

    def ask(
        self, method: str, path: str, body: bytes = b"", *, plain: bool = False, **headers: str
    ) -> tuple[int, str]:
        """Return the status, and where a redirect leads."""
        made = (
            http.client.HTTPConnection("127.0.0.1", self.http, timeout=20)
            if plain
            else http.client.HTTPSConnection(
                "127.0.0.1", self.https, timeout=20, context=unverified()
            )
        )
        with closing(made) as connection:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, {"Host": HOST} | sent)
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.headers.get("Location", "")


def unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@pytest.fixture
def behind_nginx(bare: Service, tmp_path: Path) -> Iterator[tuple[Service, Nginx]]:
    """instabot in production's settings, as the page on servers sets it up."""
    bare.settings = "instabot.settings"
    bare.variables |= {
        "ALLOWED_HOSTS": HOST,
        "CSRF_TRUSTED_ORIGINS": f"https://{HOST}",
        "TRUSTED_PROXIES": "1",
    }
    folder = tmp_path / "nginx"
    folder.mkdir()
    bare.start_web()
    nginx = Nginx(folder, bare.port)
    try:
        wait_for(lambda: is_open(nginx.https), "nginx")
        yield bare, nginx
    finally:
        nginx.process.terminate()
        nginx.process.wait(20)


def is_open(port: int) -> bool:
    with closing(socket.socket()) as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed (Debian: nginx-light)")
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
    with ExitStack() as slow:
        for _ in range(16):  # instabot has eight threads
            plain = slow.enter_context(socket.create_connection(("127.0.0.1", nginx.https), 20))
            secured = slow.enter_context(unverified().wrap_socket(plain))
            begin = f"POST /webhooks/instagram HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 99\r\n"
            secured.sendall(f"{begin}\r\nx".encode())
        assert nginx.ask("GET", "/admin/login/")[0] == 200
