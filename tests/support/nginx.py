"""The nginx of deploy/server before a web process, with ports and a certificate of the tests'."""

import http.client
import os
import shutil
import socket
import ssl
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Self

from tests.support.service import ROOT, free_port, wait_for

PROGRAM = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
WHY_NOT = "nginx is not installed (Debian: nginx-light)"
HOST = "bot.example.com"
PAIR = ROOT / "tests/support/graph.example.pem"
AROUND = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections {connections}; }}
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


class Nginx:
    """The conf of deploy/server, with ports and a certificate of the tests'."""

    def __init__(self, folder: Path, behind: int, connections: int = 64) -> None:
        folder.mkdir()
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
        conf.write_text(AROUND.format(folder=folder, user=user, connections=connections))
        self.process = subprocess.Popen([str(PROGRAM), "-c", str(conf), "-p", str(folder)])

    def __enter__(self) -> Self:
        wait_for(lambda: is_open(self.https), "nginx")
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(20)

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


def is_open(port: int) -> bool:
    with closing(socket.socket()) as one:
        return one.connect_ex(("127.0.0.1", port)) == 0
