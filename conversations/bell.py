"""The doorbell: wakes a worker thread at once. A lost ring loses nothing, the ticker hears it.

Work is in the database; a ring carries the id of a row. Only this file, lines.py, the tasks.py
files and the ticker know Huey.
"""

import functools
import threading
import time
from collections.abc import Callable

import structlog
from django.db import close_old_connections
from huey.contrib.djhuey import HUEY

from conversations.lines import LocalBell

log = structlog.get_logger("bell")

SILENT_SECONDS = 5.0  # after a failed ring: no webhook waits for a dead line again and again

_silent_until = 0.0
_listening = threading.Event()


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

        self._task = HUEY.task()(answer)
        self.answer = answer

    def ring(self, pk: int) -> None:
        """Wake a worker for this row. Never raises; a dead line costs a quarter of a second."""
        global _silent_until  # noqa: PLW0603 - one bell a process
        if isinstance(HUEY, LocalBell) and not _listening.is_set():
            return
        if time.monotonic() < _silent_until:
            return
        try:
            HUEY.enqueue(self._task.s(pk))
        except Exception:  # whatever is wrong with the line, the row is safe
            _silent_until = time.monotonic() + SILENT_SECONDS
            log.warning("bell_unreachable", silent_seconds=SILENT_SECONDS, exc_info=True)


def waiting() -> int:
    """Count the rings that no thread has answered yet; raises when the line is down."""
    return int(HUEY.pending_count())


def on_worker_start(start: Callable[[], None]) -> Callable[[], None]:
    """Have this called by every thread of a worker as it starts."""
    HUEY.on_startup()(start)
    return start
