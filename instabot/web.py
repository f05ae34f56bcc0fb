"""gunicorn's threaded worker, the few threads of which a slow sender cannot hold.

The system keeps what arrives until a request is here as a whole, and only then a thread is given
to it. Of what is too large for that, some threads stay free; and whatever takes too long is ended.
A proxy that buffers does all of this better (docs/security.md): this is for where there is none.
"""

import re
import socket
import time
from collections import deque
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

WAITED_FOR = 64 * 1024  # bytes of a request that the system keeps: nearly all webhooks are smaller

END_OF_HEAD = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length[^:\r\n]*:([^\r\n]*)", re.IGNORECASE)
A_LENGTH = re.compile(rb"[ \t]*([0-9]{1,9})[ \t]*")
# Who asks first sends nothing until it is told to; the length of what comes in chunks is unknown.
NOT_WAITED_FOR = re.compile(rb"\r\n(expect|transfer-encoding):", re.IGNORECASE)


def count_missing(begun: bytes) -> int | None:
    """Return how many bytes of a request are still to come; None: too many to wait for.

    begun: what is here of it. As long as its head is not complete, one more is missing.
    """
    end = begun.find(END_OF_HEAD) + len(END_OF_HEAD)
    if end < len(END_OF_HEAD):
        return 1 if len(begun) < WAITED_FOR else None
    length = _read_length(begun[:end])
    if length is None or end + length > WAITED_FOR:
        return None
    return max(0, end + length - len(begun))


def _read_length(head: bytes) -> int | None:
    """Return how long the body is; None where the head does not say it plainly."""
    if NOT_WAITED_FOR.search(head):
        return None
    said = LENGTH.search(head)
    if not said:
        return 0
    number = A_LENGTH.fullmatch(said[1])
    return int(number[1]) if number else None


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """gthread, for connections of which it is not known who sends, and how fast."""

    head_seconds = 10.0  # for a small request, and for the head of a large one
    body_seconds = 30.0  # for a large one: 10 MB at 2.7 Mbit/s
    later_seconds = 30.0  # until a large one has a thread
    answer_seconds = 120.0  # until the answer has been taken

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most_large = max(1, self.cfg.threads // 4)  # heavy pages take some, too
        self.large: set[Any] = set()  # connections that have a thread which may have to wait
        self.later: deque[Any] = deque()  # those that wait for such a thread
        self.begun_at: dict[Any, float] = {}  # since when a thread has a connection

    def enqueue_req(self, conn: Any) -> None:
        """Give a request a thread as soon as nothing of it is missing."""
        if self.cfg.is_ssl:  # what is here says nothing yet
            super().enqueue_req(conn)
            return
        here = _look_at(conn)
        missing = 0 if here is None else count_missing(here)
        if here is not None and missing and _is_growing(conn, len(here)):
            self._wait(conn, len(here), missing)
        elif missing == 0:
            self._take(conn)
        else:
            self._take_large(conn)

    def _wait(self, conn: Any, here: int, missing: int) -> None:
        """Look again when so many bytes more are here, or when nothing more can come."""
        if getattr(conn, "seen", None) is None:
            conn.due = time.monotonic() + self.head_seconds
        conn.seen, conn.timeout = here, conn.due
        _wake_at(conn, here + missing)
        conn.sock.setblocking(False)
        self.pending_conns.append(conn)
        again = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, EVENT_READ, again)

    def _take(self, conn: Any) -> None:
        if getattr(conn, "seen", None) is not None:
            _wake_at(conn, 1)
        conn.seen, conn.data_ready = None, True
        super().enqueue_req(conn)

    def _take_large(self, conn: Any) -> None:
        if len(self.large) < self.most_large:
            self.large.add(conn)
            self._take(conn)
        else:
            conn.timeout = time.monotonic() + self.later_seconds
            self.later.append(conn)

    def finish_request(self, conn: Any, fs: Any) -> None:
        if conn in self.large:
            self.large.discard(conn)
            if self.later:
                self._take_large(self.later.popleft())
        super().finish_request(conn, fs)

    def handle(self, conn: Any) -> Any:
        self.begun_at[conn] = time.monotonic()
        try:
            return super().handle(conn)
        finally:
            del self.begun_at[conn]

    def murder_pending(self) -> None:
        """End what has taken too long; gunicorn calls it each second."""
        super().murder_pending()
        now = time.monotonic()
        for conn, begun_at in list(self.begun_at.items()):
            if now > begun_at + self.answer_seconds:
                _end(conn, socket.SHUT_RDWR)
            elif now > begun_at + self.body_seconds:
                _end(conn, socket.SHUT_RD)  # what has come is still answered
        while self.later and now > self.later[0].timeout:
            self.nr_conns -= 1
            self.later.popleft().close()


def _look_at(conn: Any) -> bytes | None:
    """Return what is here of a request; None: it has ended, or a thread has begun to read it."""
    if conn.parser is not None and conn.parser.unreader.buf.getvalue():
        return None
    try:
        return conn.sock.recv(WAITED_FOR, socket.MSG_PEEK | socket.MSG_DONTWAIT) or None
    except BlockingIOError:
        return b""
    except OSError:  # the line is broken: a thread will find out, and close it
        return None


def _is_growing(conn: Any, here: int) -> bool:
    """Tell whether more is here than before; if not, the sender has hung up in the middle."""
    seen: int | None = getattr(conn, "seen", None)
    return seen is None or here > seen


def _wake_at(conn: Any, size: int) -> None:
    with suppress(OSError):
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, size)


def _end(conn: Any, way: int) -> None:
    with suppress(OSError):
        conn.sock.shutdown(way)
