"""Django's SQLite, where the threads of a process queue for its one writer.

Whoever finds SQLite's lock taken looks again after a while, up to a tenth of a second later. With
many threads somebody else has it by then, again and again; and so it goes for the webhook, which
comes from another process. Here one thread of a process waits for SQLite, the others for it.
"""

import os
import threading
from collections import defaultdict
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

_queues: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
os.register_at_fork(after_in_child=_queues.clear)  # its holder stayed in the parent


class DatabaseWrapper(base.DatabaseWrapper):
    """Keeps the queue from BEGIN to the end of a transaction: it is IMMEDIATE, so it writes."""

    _held: "threading.Lock | None" = None

    def _start_transaction_under_autocommit(self) -> None:
        self._enter()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc] # Django's
        except BaseException:
            self._leave()
            raise

    def _commit(self) -> Any:
        super()._commit()  # type: ignore[misc] # Django's
        self._leave()  # if that failed, a rollback follows

    def _rollback(self) -> Any:
        try:
            super()._rollback()  # type: ignore[misc] # Django's
        finally:
            self._leave()

    def _close(self) -> Any:
        try:
            super()._close()  # type: ignore[misc] # Django's
        finally:
            self._leave()

    def _enter(self) -> None:
        self._leave()
        queue = _queues[str(self.settings_dict["NAME"])]
        if not queue.acquire(timeout=self.settings_dict["OPTIONS"].get("timeout", 5)):
            raise OperationalError("database is locked by another thread")
        self._held = queue

    def _leave(self) -> None:
        if self._held:
            self._held.release()
            self._held = None
