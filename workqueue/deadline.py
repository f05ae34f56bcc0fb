"""How long a piece of work may keep the database busy, after which what runs there is ended.

PostgreSQL ends a statement itself. Its statement_timeout is set for one transaction, so a pooler
gives it to nobody else. SQLite asks us now and then whether to go on. Between two statements we
look at the time ourselves, so that many short ones end as one long one does.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.utils import OperationalError

from workqueue.postgresql import patience

CANCELED = "57014"  # PostgreSQL's code for a statement that took too long
INTERRUPTED = "SQLITE_INTERRUPT"
STEPS = 20_000  # of SQLite's machine between two looks at the time: about a millisecond


class TooLongError(OperationalError):
    """The time was over before this statement began."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Let what this thread does with its database take so long.

    On PostgreSQL it is one transaction; on SQLite, where that would keep out whoever writes, it is
    none. has_passed() knows the errors of what was ended; undo() is then to be called.
    """
    ends_at = time.monotonic() + seconds
    with ExitStack() as stack:
        if connection.vendor == "postgresql":
            stack.enter_context(patience.at_least(seconds))
            stack.enter_context(transaction.atomic())
            _tell_the_server(seconds)
        else:
            stack.enter_context(_looking_at_the_time(ends_at))
        stack.enter_context(connection.execute_wrapper(_refusing_after(ends_at)))
        yield


def _tell_the_server(seconds: float) -> None:
    """Between two statements a file may be read, for which this thread has all of its time."""
    idle = seconds + patience.IDLE_IN_TRANSACTION_SECONDS
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('statement_timeout', %s, true),"
            " set_config('idle_in_transaction_session_timeout', %s, true)",
            [f"{seconds * 1000:.0f}", f"{idle * 1000:.0f}"],
        )


def _refusing_after(ends_at: float) -> Callable[..., Any]:
    def execute(go_on: Callable[..., Any], sql: str, *more: Any) -> Any:
        is_way_out = sql.startswith(("ROLLBACK TO", "RELEASE"))  # of a transaction inside
        if time.monotonic() > ends_at and not is_way_out:
            raise TooLongError("the time for this is over")
        return go_on(sql, *more)

    return execute


@contextmanager
def _looking_at_the_time(ends_at: float) -> Iterator[None]:
    connection.ensure_connection()
    raw: Any = connection.connection
    raw.set_progress_handler(lambda: time.monotonic() > ends_at, STEPS)
    try:
        yield
    finally:
        if connection.connection is raw:
            raw.set_progress_handler(None, 0)


def has_passed(error: BaseException | None) -> bool:
    """Tell whether this is the error of what was ended, or was made of one."""
    while error is not None:
        ended = getattr(error, "pgcode", "") or getattr(error, "sqlite_errorname", "")
        if isinstance(error, TooLongError) or ended in (CANCELED, INTERRUPTED):
            return True
        error = error.__cause__
    return False


def undo() -> None:
    """Let nothing of what was ended stay, where it is one transaction."""
    if connection.vendor == "postgresql":
        transaction.set_rollback(True)
