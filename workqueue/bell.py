"""The doorbell: wakes a worker thread at once. A lost ring loses nothing, the ticker hears it.

Work is in the database; a ring carries the id of a row. The web's rings leave through a thread of
their own, several at a time when many come, so that a slow or dead line never delays a webhook.
Only this file, transports.py and the settings know Huey.
"""

import functools
import os
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.db import close_old_connections
from huey.contrib.djhuey import HUEY

from workqueue.postgresql import pool
from workqueue.transports import LocalBell

log = structlog.get_logger("bell")

SILENT_SECONDS = 5.0  # after a failed ring
MOST_RINGS = 100  # in one call
BUSY_SECONDS = 0.02  # between two calls; a ring after a longer silence leaves at once

_rings: queue.Queue[Any] = queue.Queue()
_silent_until = 0.0
_listening = threading.Event()
_starting = threading.Lock()
_ringer: threading.Thread | None = None


def listen() -> None:
    """Say that this process is a worker: rings inside it reach its own threads."""
    _listening.set()


class Ring:
    """A task that takes the id of a row: `ring` wakes a worker, which then does the work."""

    def __init__(self, work: Callable[[int], None]) -> None:
        @functools.wraps(work)
        def answer(pk: int) -> None:
            # Around every task, so that a restarted PostgreSQL heals.
            close_old_connections()
            try:
                work(pk)
            finally:
                close_old_connections()
                pool.give_back()

        self._task = HUEY.task()(answer)
        self.answer = answer

    def ring(self, pk: int) -> None:
        """Wake a worker for this row; returns at once and never raises."""
        if isinstance(HUEY, LocalBell) and not _listening.is_set():
            return
        if time.monotonic() < _silent_until:
            return
        ring = self._task.s(pk)
        if _listening.is_set():  # nobody waits for a worker as Meta waits for the web
            _send([ring])
            return
        _rings.put(ring)
        if _ringer is None:
            _start()


def _start() -> None:
    global _ringer  # noqa: PLW0603 - one a process, begun with its first ring
    with _starting:
        if _ringer is None:
            _ringer = threading.Thread(target=_send_rings, name="Bell", daemon=True)
            _ringer.start()


def _forget_thread() -> None:
    """A forked process has no thread of its own yet."""
    global _ringer, _rings
    _ringer, _rings = None, queue.Queue()


os.register_at_fork(after_in_child=_forget_thread)


def _send_rings() -> None:
    sent_at = 0.0
    while True:
        rings = [_rings.get()]
        if time.monotonic() - sent_at < BUSY_SECONDS:
            time.sleep(BUSY_SECONDS)  # others come too: one call for all of them
        while len(rings) < MOST_RINGS and not _rings.empty():
            rings.append(_rings.get())
        _send(rings)
        sent_at = time.monotonic()
        for _ in rings:
            _rings.task_done()


def _send(rings: list[Any]) -> None:
    global _silent_until  # noqa: PLW0603 - one bell a process
    try:
        HUEY.storage.enqueue_all([HUEY.serialize_task(ring) for ring in rings])
    except Exception:  # whatever is wrong with the line, the rows are safe
        _silent_until = time.monotonic() + SILENT_SECONDS
        log.warning("bell_unreachable", silent_seconds=SILENT_SECONDS, exc_info=True)


def waiting() -> int:
    """Count the rings that no thread has answered yet; raises when the line is down."""
    return int(HUEY.pending_count())


def on_worker_start(start: Callable[[], None]) -> Callable[[], None]:
    """Have this called by every thread of a worker as it starts."""
    HUEY.on_startup()(start)
    return start
