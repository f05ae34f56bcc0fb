"""Who gets the messages: real servers that take a webhook's JSON, a heartbeat, or a mail."""

import email
import json
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from aiosmtpd.controller import Controller

from tests.support.service import free_port


@dataclass
class Receiver:
    """An HTTP server that keeps what it is sent. statuses: of the next answers, 200 afterwards."""

    calls: list[tuple[str, str, bytes]] = field(default_factory=list)
    statuses: deque[int] = field(default_factory=deque)
    hang: threading.Event | None = None  # until this is set, nothing is answered

    def __enter__(self) -> Self:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                receiver.calls.append((self.command, self.path, self.rfile.read(length)))
                if receiver.hang:
                    receiver.hang.wait(30)
                with suppress(BrokenPipeError):
                    self.send_response(receiver.statuses.popleft() if receiver.statuses else 200)
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            do_GET = do_POST  # noqa: N815 - the name is the library's

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.hang:
            self.hang.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def address(self) -> str:
        """The address of a contact who gets webhooks here."""
        return f"json://127.0.0.1:{self.port}/alarms-of-the-shop"

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, path, body in self.calls if path == "/alarms-of-the-shop"]

    @property
    def titles(self) -> list[str]:
        return [one["title"] for one in self.messages]

    def heartbeat(self, path: str = "/beat") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def beats(self) -> list[str]:
        """What the heartbeat was told: '', /start or /fail."""
        return [path[5:] for _, path, _ in self.calls if path.startswith("/beat")]


class Mailbox:
    """A mail server that keeps what it is sent."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's
        self.mails.append(email.message_from_bytes(envelope.content, policy=default))
        return "250 OK"

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    @property
    def address(self) -> str:
        return f"{self.server}&to=anna@shop.example"

    @property
    def server(self) -> str:
        """The same for anybody, as MAIL_URL has it."""
        query = "smtp=127.0.0.1&from=bot@shop.example&mode=insecure"
        return f"mailto://shop.example:{self.port}?{query}"
