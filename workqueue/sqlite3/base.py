"""Django's SQLite, whose one writer is queued for: by the threads of a process, then by processes.

Whoever finds SQLite's lock taken looks again after a while, up to a tenth of a second later. With
many threads somebody else has it by then, again and again; and so it goes for the webhook, which
comes from another process. Here each waits until it is its turn, and workers let the web go first.
Nobody has the writer while the disk writes.
"""

import fcntl
import os
import threading
import time
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

from workqueue import durability

# The queue of processes, and where those stand that go before workers; the kernel leaves both for
# one that is killed.
QUEUE_FILE = "{}-queue"
FIRST_FILE = "{}-first"
LOG_FILE = "{}-wal"  # SQLite's own name for it
# How long a worker lets others go first: a flood at the door takes most of the time, never all.
GLANCES = 10
GLANCE_SECONDS = 0.001
# When SQLite itself waits for the disk: at NORMAL not at a commit, above it there too.
LEVEL = "PRAGMA synchronous"
NORMAL = 1


class _Queue:
    """The queue for one database: one thread of this process at a time waits among processes."""

    def __init__(self) -> None:
        self.threads = threading.Lock()
        self.processes: int | None = None  # the open file; none of a database in memory
        self.first = -1  # the other open file

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
            self.first = _open(FIRST_FILE.format(name))
            self.processes = _open(QUEUE_FILE.format(name))
        if self.processes is None:
            return
        if durability.is_relaxed():
            self._let_others_go_first()
            fcntl.flock(self.processes, fcntl.LOCK_EX)
            return
        is_seen = _try_lock(self.first, fcntl.LOCK_SH)
        try:
            fcntl.flock(self.processes, fcntl.LOCK_EX)
        finally:
            if is_seen:
                fcntl.flock(self.first, fcntl.LOCK_UN)

    def _let_others_go_first(self) -> None:
        """A worker waits while somebody waits for whom Meta, or a person, waits."""
        for _ in range(GLANCES):
            if _try_lock(self.first, fcntl.LOCK_EX):
                fcntl.flock(self.first, fcntl.LOCK_UN)
                return
            time.sleep(GLANCE_SECONDS)

    def forget(self) -> None:
        """Close the files in a child: open in both, they would be one place for two."""
        if self.processes is not None:
            os.close(self.processes)
            os.close(self.first)


def _open(name: str) -> int:
    return os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _try_lock(file: int, how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


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

    What it has written is on the disk before the commit returns, where `synchronous` asks for that,
    but nobody waits in the queue meanwhile: SQLite leaves it to us. In a worker `synchronous` does
    not ask for it, but on_disk does, for what this connection commits next.
    """

    _held: _Queue | None = None
    _level = NORMAL  # what `synchronous` is of this connection, but for transactions
    _is_lowered = False
    on_disk = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        made = super().get_new_connection(conn_params)
        if durability.is_relaxed():
            made.execute(f"{LEVEL}={NORMAL}")
        (self._level,) = made.execute(LEVEL).fetchone()
        self._is_lowered = False
        return made

    def _start_transaction_under_autocommit(self) -> None:
        self._enter()
        try:
            self._wait_later()
            super()._start_transaction_under_autocommit()  # type: ignore[misc] # Django's
        except BaseException:
            self._end()
            raise

    def _wait_later(self) -> None:
        if self._level > NORMAL:
            self.connection.execute(f"{LEVEL}={NORMAL}")
            self._is_lowered = True

    def _commit(self) -> Any:
        super()._commit()  # type: ignore[misc] # Django's
        is_to_wait = self.on_disk or self._level > NORMAL
        is_file = self._held is not None and self._held.processes is not None
        self._end()  # if that failed, a rollback follows
        if is_to_wait and is_file:
            self._write_out()

    def _rollback(self) -> Any:
        try:
            super()._rollback()  # type: ignore[misc] # Django's
        finally:
            self._end()

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

    def _end(self) -> None:
        self._leave()
        self.on_disk = False
        if self._is_lowered and self.connection is not None:
            self.connection.execute(f"{LEVEL}={self._level}")
        self._is_lowered = False

    def _leave(self) -> None:
        if self._held:
            self._held.leave()
            self._held = None

    def _write_out(self) -> None:
        """Do what `synchronous=FULL` does at a commit: write SQLite's log out to the disk.

        Where the log has been copied into the database meanwhile, that has written it out.
        """
        try:
            log = os.open(LOG_FILE.format(self.settings_dict["NAME"]), os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fdatasync(log)
            finally:
                os.close(log)
        except OSError as error:
            raise OperationalError("what was committed may not be on the disk") from error
