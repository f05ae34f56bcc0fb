"""A line to a server that may go dead: what is sent is swallowed, and nobody hangs up."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self

BYTES = 64 * 1024


class Line:
    """Leads from a port of this machine to a server's Unix socket."""

    def __init__(self, target: str) -> None:
        self.target = target
        self._flows = threading.Event()
        self._flows.set()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._begin(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        """To be left when nobody is connected any more."""
        self._flows.set()
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for thread in self._threads:
            thread.join(10)

    def _begin(self, work: Callable[..., None], *about: socket.socket) -> None:
        self._threads.append(threading.Thread(target=work, args=about, daemon=True))
        self._threads[-1].start()

    def go_dead(self) -> None:
        self._flows.clear()

    def come_back(self) -> None:
        self._flows.set()

    def _accept(self) -> None:
        with suppress(OSError):  # closed at the end
            while True:
                near, _ = self._door.accept()
                self._begin(self._connect, near)

    def _connect(self, near: socket.socket) -> None:
        self._flows.wait()
        with near, socket.socket(socket.AF_UNIX) as far:
            far.connect(self.target)
            there = threading.Thread(target=self._pass_on, args=(near, far), daemon=True)
            there.start()
            self._pass_on(far, near)
            there.join()

    def _pass_on(self, begin: socket.socket, end: socket.socket) -> None:
        with suppress(OSError):  # hung up
            while data := begin.recv(BYTES):
                self._flows.wait()
                end.sendall(data)
        for one in (begin, end):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
