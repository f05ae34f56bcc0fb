"""Sentry's ingest, as far as the SDK sees it: a real HTTP server that keeps what it is sent."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "public-key-of-a-project"


class Ingest:
    """What was sent: each body as text, and the events in them."""

    def __init__(self, port: int) -> None:
        self.dsn = f"http://{KEY}@127.0.0.1:{port}/7"
        self.heads: list[str] = []
        self.bodies: list[str] = []

    def keep(self, heads: str, body: bytes) -> None:
        self.heads.append(heads)
        self.bodies.append(body.decode())

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Return the items of this kind ("event", "transaction") of all envelopes."""
        found = []
        for body in list(self.bodies):
            lines = body.splitlines()[1:]  # the first is of the envelope
            for head, item in zip(lines[::2], lines[1::2], strict=True):
                if json.loads(head)["type"] == kind:
                    found.append(json.loads(item))
        return found

    def kinds(self) -> set[str]:
        """Return the kinds of all items."""
        return {
            json.loads(head)["type"]
            for body in list(self.bodies)
            for head in body.splitlines()[1::2]
        }


@contextmanager
def ingest() -> Iterator[Ingest]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            one.keep(str(self.headers), body)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    one = Ingest(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield one
    finally:
        server.shutdown()
        server.server_close()
