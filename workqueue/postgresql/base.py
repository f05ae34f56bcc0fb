"""Django's PostgreSQL: no wait is for ever, and a worker's threads share few connections."""

from contextlib import suppress
from typing import Any

import psycopg2
from django.conf import settings
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import IsolationLevel
from psycopg2.extensions import set_wait_callback

from workqueue.postgresql import capacity, patience, servers
from workqueue.postgresql.pool import Connection, shared

set_wait_callback(patience.wait)


class DatabaseWrapper(base.DatabaseWrapper):
    """Takes a connection from the pool, if the process has one, and gives it back at close()."""

    connection: Connection | None
    isolation_level = IsolationLevel.READ_COMMITTED  # also of a connection that another one made

    def get_connection_params(self) -> dict[str, Any]:
        """Return how to connect; nothing where a pool mostly has a connection already."""
        return {} if shared() else self._params()

    def _params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        params["connection_factory"] = Connection
        if capacity.name():
            params.setdefault("application_name", capacity.name())
        if settings.PREPARED_STATEMENTS:  # else behind a pooler, which may refuse options
            params["options"] = patience.session_options(params.get("options", ""))
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        pool = shared()
        if pool is None:
            return self._connect(conn_params)
        return pool.take(lambda: self._connect(self._params()))

    def _connect(self, params: dict[str, Any]) -> Connection:
        """Connect to the first server that answers.

        The driver heeds no time-out where waiting is ours, and goes on to no other server then.
        """
        each = float(params.get("connect_timeout") or patience.CONNECT_SECONDS)
        *others, last = servers.of(params)
        for one in others:
            with suppress(psycopg2.OperationalError):
                return self._connect_to(params | one, each)
        return self._connect_to(params | last, each)

    def _connect_to(self, params: dict[str, Any], seconds: float) -> Connection:
        with patience.connecting(seconds):
            made: Connection = super().get_new_connection(params)
        made.reader = patience.reader(made.fileno())
        return made

    def _close(self) -> None:
        found = self.connection
        if found is None or found.pool is None:
            super()._close()  # type: ignore[misc] # Django's
        else:
            found.pool.put(found, is_doubtful=self.in_atomic_block or self.errors_occurred)
