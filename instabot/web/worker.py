"""gunicorn's threaded worker, the few threads of which a slow sender cannot hold.

The system keeps what arrives until a request is here as a whole, and only then a thread is given
to it. Of what is too large for that, some threads stay free; and whatever takes too long is ended.
A proxy that buffers does all of this better (docs/security.md): this is for where there is none.
"""

import errno
import multiprocessing
import os
import socket
import sys
import time
from collections import deque
from contextlib import suppress
from functools import cached_property, partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.arbiter import Arbiter
from gunicorn.workers.gthread import ThreadWorker

from instabot.variables import SettingError
from instabot.web import arrival, progress, whole
from instabot.web.connection import Connection
from instabot.web.farewell import Farewell

LOOK_SECONDS = 0.1  # where the system does not say that enough is here
NOBODY = (errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED)
_last_word = multiprocessing.get_context("fork").Lock()  # of all workers of one gunicorn


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """gthread, for connections of which it is not known who sends, and how fast."""

    head_seconds = 10.0  # for a small request, and for the head of a large one
    body_seconds = 30.0  # for a large one: 10 MB at 2.7 Mbit/s
    later_seconds = 30.0  # until a large one has a thread
    stopped_seconds = 5.0  # in which nothing of an answer is taken
    answer_seconds = 120.0  # until the answer has been taken

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most_large = max(1, self.cfg.threads // 4)  # heavy pages take some, too
        self.large: set[Connection] = set()  # they have a thread which may have to wait
        self.later: deque[Connection] = deque()  # those that wait for such a thread
        self.begun_at: dict[Connection, float] = {}  # since when a thread has it
        self.unwatched: list[Connection] = []  # the poller would call them readable without end
        self.looks_at = self.ends_at = 0.0  # when it is time to do so again

    def load_wsgi(self) -> None:
        """Load the application. What is wrong with its settings is said once, and gunicorn ends.

        One worker does so: gunicorn, which is ending, breaks over a second that failed.
        """
        try:
            super().load_wsgi()
        except SettingError as error:
            if _last_word.acquire(block=False):
                sys.stderr.write(f"{error}\n")
                sys.stderr.flush()
                sys.exit(Arbiter.WORKER_BOOT_ERROR)
            while self.alive and os.getppid() == self.ppid:
                time.sleep(LOOK_SECONDS)
            sys.exit(0)

    @cached_property
    def farewell(self) -> Farewell:
        return Farewell(self.poller, self._forget)

    def _forget(self) -> None:
        self.nr_conns -= 1

    def accept(self, listener: socket.socket) -> None:
        try:
            line, client = listener.accept()
        except OSError as error:
            if error.errno not in NOBODY:
                raise
            return
        self.nr_conns += 1
        self.enqueue_req(Connection(self.cfg, line, client, listener.getsockname()))

    def enqueue_req(self, conn: Connection) -> None:
        """Give a request a thread as soon as nothing of it is missing."""
        if self.cfg.is_ssl:  # what is here says nothing yet
            super().enqueue_req(conn)
            return
        found = conn.look()
        if found is None:  # gunicorn finds out what it is, and waits for nothing
            self._take(conn)
            return
        here, with_system = found
        missing = arrival.count_missing(here)
        if missing == 0:
            self._take(conn)
        elif missing is None or arrival.has_hung_up(conn.sock):
            self._take_large(conn)
        else:
            self._wait(conn, len(here), with_system + missing)

    def _wait(self, conn: Connection, here: int, needed: int) -> None:
        """Look again when so many bytes are with the system, or when nothing more can come."""
        now = time.monotonic()
        has_come = conn.seen != here
        if conn.seen is None:
            conn.timeout = now + self.head_seconds
        conn.seen = here
        if now > conn.timeout:
            self._part(conn)
            return
        if has_come:
            arrival.wake_at(conn.sock, needed)
            self._watch(conn)
        else:  # a Unix socket, or no room for more
            self.unwatched.append(conn)

    def _watch(self, conn: Connection) -> None:
        conn.sock.setblocking(False)
        self.pending_conns.append(conn)
        again = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, EVENT_READ, again)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        super().wait_for_and_dispatch_events(
            min(timeout, LOOK_SECONDS) if self.unwatched else timeout
        )
        now = time.monotonic()
        if now >= self.looks_at:
            self.looks_at = now + LOOK_SECONDS
            unwatched, self.unwatched = self.unwatched, []
            for conn in unwatched:
                self.enqueue_req(conn)

    def _take(self, conn: Connection) -> None:
        if conn.seen is not None:
            arrival.wake_at(conn.sock, 1)
        conn.seen, conn.data_ready = None, True
        super().enqueue_req(conn)

    def _take_large(self, conn: Connection) -> None:
        if len(self.large) < self.most_large:
            self.large.add(conn)
            self._take(conn)
        else:
            conn.timeout = time.monotonic() + self.later_seconds
            self.later.append(conn)

    def handle(self, conn: Connection) -> Any:
        conn.taken = None
        self.begun_at[conn] = time.monotonic()
        try:
            return super().handle(conn)
        finally:
            del self.begun_at[conn]

    def handle_request(self, req: Any, conn: Connection) -> Any:
        whole.insist(req)
        return super().handle_request(req, conn)

    def finish_request(self, conn: Connection, fs: Any) -> None:
        if conn in self.large:
            self.large.discard(conn)
            if self.later:
                self._take_large(self.later.popleft())
        if fs.cancelled() or fs.exception() or not fs.result():
            self._part(conn)
        else:
            super().finish_request(conn, fs)

    def _part(self, conn: Connection) -> None:
        """Close it in a while; until then it counts as one of ours."""
        if conn.seen is not None:
            arrival.wake_at(conn.sock, 1)
        self.farewell.begin(conn.sock)

    def murder_pending(self) -> None:
        """End what has taken too long; gunicorn calls it in each round of its loop."""
        now = time.monotonic()
        if now < self.ends_at:
            return
        self.ends_at = now + 0.5
        self._end_those_that_do_not_send(now)
        self._end_those_that_have_a_thread(now)
        self.farewell.end()

    def _end_those_that_do_not_send(self, now: float) -> None:
        for conn in [one for one in self.pending_conns if now > one.timeout]:
            self.pending_conns.remove(conn)
            with suppress(OSError, KeyError, ValueError):
                self.poller.unregister(conn.sock)
            self.nr_conns -= 1
            conn.close()
        while self.later and now > self.later[0].timeout:
            self.nr_conns -= 1
            self.later.popleft().close()

    def _end_those_that_have_a_thread(self, now: float) -> None:
        for conn, begun_at in list(self.begun_at.items()):
            stopped = conn.count_stopped(progress.count_taken(conn.sock), now)
            if stopped > self.stopped_seconds or now > begun_at + self.answer_seconds:
                _end(conn, socket.SHUT_RDWR)
            elif now > begun_at + self.body_seconds:
                _end(conn, socket.SHUT_RD)  # what it reads from now on is cut off: `whole`

    def _cap_keepalive(self, deadline: float) -> None:
        """When it stops, wait no longer for who has sent nothing than for who asked before."""
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            if not conn.seen:
                conn.timeout = min(conn.timeout, deadline)


def _end(conn: Connection, way: int) -> None:
    with suppress(OSError):
        conn.sock.shutdown(way)
