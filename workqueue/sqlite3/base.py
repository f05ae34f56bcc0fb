"""Django's SQLite, whose one writer is queued for: by the threads of a process, then by processes.

Whoever finds SQLite's lock taken looks again after a while, up to a tenth of a second later. With
many threads somebody else has it by then, again and again; and so it goes for the webhook, which
comes from another process. Here each waits until it is its turn.
"""

import fcntl
import os
import threading
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

from workqueue import durability

# The queue of processes; the kernel leaves it for one that is killed.
QUEUE_FILE = "{}-queue"
LOG_FILE = "{}-wal"  # SQLite's own name for it


class _Queue:
    """The queue for one database: one thread of this process at a time waits among processes."""

    def __init__(self) -> None:
        self.threads = threading.Lock()
        self.processes: int | None = None  # the open file; none of a database in memory

    def enter(self, name: str, timeout: float) -> None:
        if not self.threads.acquire(timeout=timeout):
            raise OperationalError("database is locked by another thread")
        try:
            self._enter_among_processes(name)
        except BaseException:
            self.threads.release()
            raise

    def leave(self) -> None:
        if self.processes is not None:
            fcntl.flock(self.processes, fcntl.LOCK_UN)
        self.threads.release()

    def _enter_among_processes(self, name: str) -> None:
        """Wait for the other processes: none has it for longer than a transaction takes."""
        if self.processes is None and Path(name).is_absolute():
            self.processes = os.open(
                QUEUE_FILE.format(name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
            )
        if self.processes is not None:
            fcntl.flock(self.processes, fcntl.LOCK_EX)

    def forget(self) -> None:
        """Close the file in a child: open in both, it would be one place in the queue for two."""
        if self.processes is not None:
            os.close(self.processes)


_queues: dict[str, _Queue] = {}
_one_for_all = threading.Lock()


def queue_for(name: str) -> _Queue:
    with _one_for_all:
        return _queues.setdefault(name, _Queue())


def _begin_in_child() -> None:
    """Whoever had the queue stayed in the parent."""
    global _one_for_all  # noqa: PLW0603 - it may have been held, too
    _one_for_all = threading.Lock()
    for queue in _queues.values():
        queue.forget()
    _queues.clear()


os.register_at_fork(after_in_child=_begin_in_child)


class DatabaseWrapper(base.DatabaseWrapper):
    """Keeps the queue from BEGIN to the end of a transaction: it is IMMEDIATE, so it writes.

    on_disk: what this connection commits next is on the disk before the commit returns, though
    `synchronous` does not ask for it. Nobody waits in the queue meanwhile.
    """

    _held: _Queue | None = None
    on_disk = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        made = super().get_new_connection(conn_params)
        if durability.is_relaxed():
            made.execute("PRAGMA synchronous=NORMAL")
        return made

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
        if self.on_disk:
            self.on_disk = False
            self._write_out()

    def _rollback(self) -> Any:
        self.on_disk = False
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
        name = str(self.settings_dict["NAME"])
        queue = queue_for(name)
        queue.enter(name, self.settings_dict["OPTIONS"].get("timeout", 5))
        self._held = queue

    def _leave(self) -> None:
        if self._held:
            self._held.leave()
            self._held = None

    def _write_out(self) -> None:
        """Do what `synchronous=FULL` does at a commit: write SQLite's log out to the disk.

        Where the log has been copied into the database meanwhile, that has written it out.
        """
        log = os.open(LOG_FILE.format(self.settings_dict["NAME"]), os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fdatasync(log)
        finally:
            os.close(log)
