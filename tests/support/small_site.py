"""A site without Django, for what is decided before any page is asked."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.support.service import ROOT, free_port, wait_for

BIG = 20_000_000  # bytes: more than the system takes off a thread's hands

bodies: list[int] = []  # how long those were that were read to their end


def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Read what is sent; answer with how long all bodies were, or with very much."""
    if length := int(environ.get("CONTENT_LENGTH") or 0):
        bodies.append(len(environ["wsgi.input"].read(length)))
    answer = b"x" * BIG if environ["PATH_INFO"] == "/big" else json.dumps(bodies).encode()
    start("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]


class SmallSite:
    """It under gunicorn with one process of four threads, on a port and a Unix socket."""

    def __init__(self, folder: Path, worker: str) -> None:
        self.port = free_port()
        self.socket = folder / "web.sock"
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", f"--worker-class=tests.support.hasty.{worker}"),
                *("--threads=4", "--keep-alive=20", "--pythonpath", str(ROOT)),
                *(f"--bind=127.0.0.1:{self.port}", f"--bind=unix:{self.socket}"),
                "tests.support.small_site:application",
            ],
            cwd=folder,  # it has no settings of ours
            env={name: value for name, value in os.environ.items() if name != "GUNICORN_CMD_ARGS"},
        )
        wait_for(self.answers, "the small site")

    def answers(self) -> bool:
        """Tell whether somebody else is answered soon."""
        try:
            return requests.get(self.url, timeout=8).status_code == 200
        except requests.RequestException:
            return False

    def read_bodies(self) -> list[int]:
        return list(requests.get(self.url, timeout=8).json())


@contextmanager
def small_site(folder: Path, worker: str) -> Iterator[SmallSite]:
    site = SmallSite(folder, worker)
    try:
        yield site
    finally:
        site.process.kill()
        site.process.wait()
