"""How long this process waits for PostgreSQL, before it says that nobody answers.

A server that is frozen, or a network that drops everything, never says no: the driver would wait
for ever, and with it a thread. So each wait of the driver's is made here (psycopg2's wait
callback), and one that takes too long ends with the connection. Until an answer comes again, others
wait for a moment only, and one thread at a time tries to connect: a service that has a few threads
keeps the rest of them for what needs no database.
"""

import os
import select
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg2 import OperationalError
from psycopg2.extensions import POLL_OK, POLL_READ, set_wait_callback

from workqueue import durability

CONNECT_SECONDS = 5.0
# Where another answer has just been waited for in vain.
CONNECT_WHILE_SILENT_SECONDS = 2.0
WHILE_SILENT_SECONDS = 1.0
SERVER_FIRST_SECONDS = 2.0  # the server ends a statement before we give the connection up
# A process that is frozen in a transaction holds what it has locked no longer than this.
IDLE_IN_TRANSACTION_SECONDS = 60

NO_ANSWER = "PostgreSQL gave no answer for {:g} s: it is frozen, overloaded, or out of reach"
STILL_SILENT = "PostgreSQL gave no answer a moment ago, and another thread is asking it again"


class _Patience(threading.local):
    seconds: float | None = None  # of this thread; None: the process's
    is_connecting = False


_own = _Patience()
_seconds: float | None = None  # of the process; None: for ever, as a migration may take
_silent = threading.Event()
_one_asks = threading.Lock()


def _begin_in_child() -> None:
    """Forget what another process found out: the thread that asks there is not in this one."""
    global _silent, _one_asks
    _silent, _one_asks = threading.Event(), threading.Lock()


os.register_at_fork(after_in_child=_begin_in_child)


def limit(statement_seconds: float | None) -> None:
    """Say how long a statement of this process may take; None: as long as it wants to."""
    global _seconds  # noqa: PLW0603 - one a process
    _seconds = statement_seconds


def session_options(own: str) -> str:
    """Return what PostgreSQL is to hold for a connection; own: what DATABASE_URL says already."""
    said = [own] if own else []
    if durability.is_relaxed():  # so that a rollback leaves it off, too (sql.py switches it off)
        said.append("-c synchronous_commit=off")
    if _seconds is not None:
        wanted = {
            "statement_timeout": _seconds,
            "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_SECONDS,
        }
        said += [
            f"-c {name}={seconds * 1000:.0f}" for name, seconds in wanted.items() if name not in own
        ]
    return " ".join(said)


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Let this thread wait no longer than this for an answer, whatever the process may."""
    before = _own.seconds
    _own.seconds = seconds if before is None else min(seconds, before)
    try:
        yield
    finally:
        _own.seconds = before


@contextmanager
def at_least(seconds: float) -> Iterator[None]:
    """Let this thread wait for a statement that the server ends by itself after this time."""
    before = _own.seconds
    _own.seconds = max(_longest(is_in_doubt=False), seconds + SERVER_FIRST_SECONDS)
    try:
        yield
    finally:
        _own.seconds = before


@contextmanager
def connecting(seconds: float) -> Iterator[None]:
    """Connect within this time.

    Raises OperationalError where the server is silent, and another thread is asking it already.
    """
    is_silent = _silent.is_set()
    if is_silent and not _one_asks.acquire(blocking=False):
        raise OperationalError(STILL_SILENT)
    _own.is_connecting = True
    try:
        with at_most(min(seconds, CONNECT_WHILE_SILENT_SECONDS) if is_silent else seconds):
            yield
    finally:
        _own.is_connecting = False
        if is_silent:
            _one_asks.release()


@contextmanager
def left_to_the_driver() -> Iterator[None]:
    """Let connections that are made now wait for ever: psycopg2 copies (COPY) in no other way.

    It holds for the whole process, so it is for a command that does nothing else.
    """
    set_wait_callback(None)
    try:
        yield
    finally:
        set_wait_callback(wait)


def wait(connection: Any) -> None:
    """Wait for PostgreSQL's answer on a connection, as the driver asks for it.

    Raises OperationalError after too long; the driver then closes the connection.
    """
    state = connection.poll()
    if state != POLL_OK:
        _wait_for_answer(connection, state)
    if _silent.is_set():
        _silent.clear()


def _wait_for_answer(connection: Any, state: int) -> None:
    is_in_doubt = _silent.is_set() and not _own.is_connecting
    longest = _longest(is_in_doubt=is_in_doubt)
    ends_at = time.monotonic() + longest
    while state != POLL_OK:
        if not _is_ready(connection, state, ends_at):
            if not is_in_doubt:  # else it had a moment only, which a statement may well take
                _silent.set()
            raise OperationalError(NO_ANSWER.format(longest))
        state = connection.poll()


def _longest(*, is_in_doubt: bool) -> float:
    longest = _own.seconds
    if longest is None and _seconds is not None:
        longest = _seconds + SERVER_FIRST_SECONDS
    if longest is None:
        return float("inf")
    return min(longest, WHILE_SILENT_SECONDS) if is_in_doubt else longest


def reader(file: int) -> "select.poll":
    """Return what waits until there is something to read: of a connection that was made."""
    made = select.poll()
    made.register(file, select.POLLIN)
    return made


def _is_ready(connection: Any, state: int, ends_at: float) -> bool:
    """Wait until the connection can be read, or written; tell whether it can."""
    own = getattr(connection, "reader", None) if state == POLL_READ else None
    if own is None:
        own = select.poll()
        own.register(connection.fileno(), select.POLLIN if state == POLL_READ else select.POLLOUT)
    left = ends_at - time.monotonic()
    return bool(own.poll(None if left == float("inf") else max(left, 0) * 1000))
