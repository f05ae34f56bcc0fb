"""How long the database takes, and how many connections it has left."""

import time
from dataclasses import dataclass

from django.db import connection

SLOW_SECONDS = 0.5  # for the smallest question to the database
NEARLY_ALL = 0.9

# Allowed: what the server lets in beside its superusers, and this role by a limit of its own.
_CONNECTIONS = """
SELECT count(*),
    count(*) FILTER (WHERE usename = current_user),
    current_setting('max_connections')::int
        - current_setting('superuser_reserved_connections')::int,
    (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user)
FROM pg_stat_activity WHERE backend_type = 'client backend'"""


@dataclass(frozen=True, slots=True)
class Connections:
    used: int
    allowed: int

    @property
    def are_nearly_all_used(self) -> bool:
        return self.used >= self.allowed * NEARLY_ALL


def seconds() -> float:
    """Return how long the database takes for the smallest question."""
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return time.monotonic() - began


def count() -> Connections | None:
    """Return how many connections are used, of how many; None: there is no limit (SQLite)."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute(_CONNECTIONS)
        used, ours, allowed, our_limit = cursor.fetchone()
    found = Connections(used, allowed)
    if our_limit > 0 and ours * allowed > used * our_limit:  # the nearer limit
        return Connections(ours, our_limit)
    return found
