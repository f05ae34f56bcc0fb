"""A little HTTP proxy that leads out: every host that it is asked for is on this machine."""

import select
import socket
import socketserver
import threading
from typing import Self

BYTES = 64 * 1024


class Proxy:
    """Tunnels each CONNECT to one port; asked: what it was asked, with the headers.

    refusal: the status it answers instead.
    """

    def __init__(self, port: int, refusal: str = "") -> None:
        self.target = port
        self.refusal = refusal
        self.asked: list[str] = []

    def __enter__(self) -> Self:
        proxy = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                proxy._serve(self.request)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False  # a client keeps its connection open
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def _serve(self, client: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            if not (more := client.recv(1)):
                return
            head += more
        self.asked.append(head.decode())
        if self.refusal:
            client.sendall(f"HTTP/1.1 {self.refusal}\r\nContent-Length: 0\r\n\r\n".encode())
            return
        with socket.create_connection(("127.0.0.1", self.target)) as target:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            ends = {client: target, target: client}
            while True:
                for one in select.select(list(ends), [], [])[0]:
                    if not (more := one.recv(BYTES)):
                        return
                    ends[one].sendall(more)
