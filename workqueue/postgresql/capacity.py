"""How many connections PostgreSQL allows us, and how many our processes may open together.

Each process says in its application_name what it is and how many it may open, so all of them are
seen from any: whoever looks into pg_stat_activity sees it, too.
"""

import os
import re
import socket
from dataclasses import dataclass

from django.db import connection

NEARLY_ALL = 0.9
LONGEST_NAME = 63  # bytes: PostgreSQL cuts off the rest
NAME = re.compile(r"instabot \w+ of (\d+) ")

# The server's limit, without what it keeps for superusers; then the role's and the database's own
# (-1: none). Beside each, how many count against it.
ASK = """
    SELECT current_setting('max_connections')::int
             - current_setting('superuser_reserved_connections')::int
             - COALESCE(NULLIF(current_setting('reserved_connections', true), ''), '0')::int,
           count(*),
           (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user),
           count(*) FILTER (WHERE usename = current_user),
           (SELECT datconnlimit FROM pg_database WHERE datname = current_database()),
           count(*) FILTER (WHERE datname = current_database())
    FROM pg_stat_activity
    -- Of other roles' an ordinary one sees hardly more than that they are there.
    WHERE backend_type = 'client backend' OR (backend_type IS NULL AND datid IS NOT NULL)
"""
ADVICE = (
    "Start fewer processes, lower WEB_CONCURRENCY or WORKER_CONNECTIONS, raise PostgreSQL's"
    " max_connections, or put PgBouncer in front of it (docs/going-live/connections.md)."
)
ADVICE_OWN = (
    "Raise WORKER_CONNECTIONS, if PostgreSQL allows that many, or look for statements that take"
    " long (docs/going-live/connections.md)."
)
ASK_NAMES = """
    SELECT DISTINCT application_name FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'instabot %'
"""

_name = ""


def introduce(kind: str, most: int) -> None:
    """Say what this process is (web, worker), and how many connections it may open."""
    global _name  # noqa: PLW0603 - one a process
    where = f"{socket.gethostname()}:{os.getpid()}"
    begin = f"instabot {kind} of {most} "
    _name = begin + where[-(LONGEST_NAME - len(begin)) :]


def name() -> str:
    """Return what this process is called among the server's clients; empty: as the driver does."""
    return _name


@dataclass(frozen=True, slots=True)
class Capacity:
    """allowed: the tightest limit. in_use: of it. claimed: what our processes may open at most."""

    allowed: int
    in_use: int
    claimed: int

    @property
    def is_too_small(self) -> bool:
        return self.claimed > self.allowed

    @property
    def is_used_up(self) -> bool:
        return self.in_use >= self.allowed

    @property
    def is_nearly_used_up(self) -> bool:
        return self.in_use >= self.allowed * NEARLY_ALL


def read() -> Capacity | None:
    """Ask PostgreSQL; None on SQLite, which has no limit."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute(ASK)
        row = cursor.fetchone()
        cursor.execute(ASK_NAMES)
        names = [found for (text,) in cursor.fetchall() if (found := NAME.match(text))]
    limits = [(row[at], row[at + 1]) for at in (0, 2, 4) if row[at] >= 0]
    allowed, in_use = min(limits, key=lambda one: one[0] - one[1])
    return Capacity(allowed, in_use, sum(int(found[1]) for found in names))
