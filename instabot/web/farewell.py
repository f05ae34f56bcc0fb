"""How a line is closed: the sender gets the last answer whole, and nobody waits for that."""

import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from selectors import EVENT_READ, BaseSelector

SECONDS = 2.0  # gunicorn's own figures (gunicorn.util.close_graceful)
MOST = 64 * 1024  # bytes
NOTHING_YET = (BlockingIOError, ssl.SSLWantReadError)


class Farewell:
    """Lines of which the last answer is written and the other side has not closed yet.

    To close them while something they sent is unread would take the answer back (RFC 9112, 9.6).
    gunicorn reads it off in its only loop and waits there for each; here the loop's poller tells.
    """

    def __init__(self, poller: BaseSelector, closed: Callable[[], None]) -> None:
        """closed: called once for each line that has been closed."""
        self._poller = poller
        self._closed = closed
        self._until: dict[socket.socket, float] = {}  # in the order of their ends
        self._unread: dict[socket.socket, int] = {}

    def begin(self, line: socket.socket) -> None:
        """Say that nothing more is sent, and close it when the other side has, or after a while."""
        self._until[line] = time.monotonic() + SECONDS
        self._unread[line] = MOST
        try:
            line.setblocking(False)
            line.shutdown(socket.SHUT_WR)
            self._poller.register(line, EVENT_READ, self._read_off)
        except (OSError, ValueError, KeyError):  # it is closed already
            self._close(line)

    def end(self) -> None:
        """Close those that have had their time."""
        now = time.monotonic()
        for line in [line for line, until in self._until.items() if until < now]:
            self._close(line)

    def _read_off(self, line: socket.socket) -> None:
        try:
            read = len(line.recv(MOST))
        except NOTHING_YET:
            return
        except OSError:
            read = 0
        self._unread[line] -= read
        if not read or self._unread[line] <= 0:
            self._close(line)

    def _close(self, line: socket.socket) -> None:
        del self._until[line], self._unread[line]
        with suppress(KeyError, ValueError, OSError):
            self._poller.unregister(line)
        line.close()
        self._closed()
