"""The connections of a process whose threads mostly wait for Meta, and need none meanwhile.

Each thread takes one when it asks the database, and gives it back when its work is done or it waits
for somebody else. Threads that find none free wait their turn: so a worker's threads may be many,
and its connections few. (Django has a pool for psycopg 3 only.)
"""

import threading
import weakref
from collections.abc import Callable
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from psycopg2 import OperationalError, extensions

WAIT_SECONDS = 30.0
NONE_FREE = (
    "All {} connections of this process to PostgreSQL have been in use for {:g} seconds: raise"
    " WORKER_CONNECTIONS, or look for what takes so long"
)


class Connection(extensions.connection):  # type: ignore[misc] # psycopg2 has no types
    """The driver's; it also knows what is prepared on it, and which pool it belongs to.

    prepared: see workqueue.sql; None: nothing is known of it. reader: waits until it has an answer.
    """

    prepared: Any = None
    reader: Any = None
    pool: "Pool | None" = None
    place: "weakref.finalize[..., Connection] | None" = None

    @property
    def is_sound(self) -> bool:
        """Tell whether others can go on with it: it is open, and in no transaction."""
        idle = extensions.TRANSACTION_STATUS_IDLE
        return not self.closed and self.get_transaction_status() == idle


class Pool:
    """At most so many connections. One that is lost with its thread makes room again."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._idle: list[Connection] = []  # the last one is the warmest
        self._count = 0
        self._change = threading.Condition()

    def take(self, connect: Callable[[], Connection]) -> Connection:
        """Return an idle connection, or a new one; waits while all are in use.

        Raises OperationalError where that takes too long, and what connect() raises.
        """
        with self._change:
            if not self._change.wait_for(self._has_room, WAIT_SECONDS):
                raise OperationalError(NONE_FREE.format(self.most, WAIT_SECONDS))
            if self._idle:
                return self._idle.pop()
            self._count += 1
        try:
            made = connect()
        except BaseException:
            self._make_room()
            raise
        made.pool, made.place = self, weakref.finalize(made, self._make_room)
        made.place.atexit = False
        return made

    def put(self, connection: Connection, *, is_doubtful: bool = False) -> None:
        """Take a connection back; one that is doubtful, or in a transaction, is closed.

        Where the server has closed it, it has closed the idle ones, too.
        """
        if connection.is_sound and not is_doubtful:
            with self._change:
                self._idle.append(connection)
                self._change.notify()
            return
        if connection.closed:
            self.drop_idle()
        _drop(connection)

    def drop_idle(self) -> None:
        with self._change:
            idle, self._idle = self._idle, []
        for connection in idle:
            _drop(connection)

    def _has_room(self) -> bool:
        return bool(self._idle) or self._count < self.most

    def _make_room(self) -> None:
        with self._change:
            self._count -= 1
            self._change.notify()


def _drop(connection: Connection) -> None:
    connection.close()
    if connection.place:
        connection.place()


_shared: Pool | None = None


def share(most: int) -> None:
    """Let the threads of this process share so many connections from now on."""
    global _shared  # noqa: PLW0603 - one a process
    _shared = Pool(most)


def shared() -> Pool | None:
    """Return the pool of this process; None: each thread keeps a connection of its own."""
    return _shared


def give_back() -> None:
    """Give this thread's connection back to the pool, unless a transaction is open on it.

    To be called before it waits for somebody else, and when its work is done. It takes one again
    when it next asks the database. Without a pool, and on SQLite, it keeps what it has.
    """
    database = connections[DEFAULT_DB_ALIAS]
    found = database.connection
    if isinstance(found, Connection) and found.pool and not database.in_atomic_block:
        database.close()
