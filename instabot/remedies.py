"""What to do where something that instabot stands on fails: the disk, the database, Redis.

The log says it beside the error, and so does the doctor. Each is known by the words of whoever
failed, which are the same everywhere and hold no value of a customer's.
"""

import errno
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg2
import psycopg2.errors
import redis
from django.db import DatabaseError

from workqueue.postgresql import capacity

CANNOT_OPEN = "unable to open database file"  # SQLite's words
BY_ITSELF = "Nothing has to be restarted: it goes on by itself."


@dataclass(frozen=True, slots=True)
class Remedy:
    """by: whose errors they are. words: a pattern that their text has."""

    by: type[Exception]
    words: str
    sentence: str


REMEDIES = (
    Remedy(
        sqlite3.Error,
        r"^(database or disk is full|disk I/O error)$",
        "The disk of the SQLite file is full or broken: make room on it, or make it larger."
        f" Meta sends again what was refused meanwhile. {BY_ITSELF}",
    ),
    Remedy(
        sqlite3.Error,
        rf"^(attempt to write a readonly database|{CANNOT_OPEN})$",
        "Let the user that instabot runs as write the SQLite file and its folder.",
    ),
    Remedy(
        sqlite3.Error,
        r"^database is locked$",
        "Another program has the SQLite file: end it; only instabot may write it.",
    ),
    # OperationalErrors of PostgreSQL alone: all others quote statements and rows.
    Remedy(
        psycopg2.errors.QueryCanceled,
        r"timeout",
        "A statement took too long: look at the database's load and disk (pg_stat_activity).",
    ),
    Remedy(
        psycopg2.OperationalError,
        r"too many clients|connection slots|too many connections",
        capacity.ADVICE,
    ),
    Remedy(psycopg2.OperationalError, r"of this process to PostgreSQL", capacity.ADVICE_OWN),
    Remedy(
        psycopg2.OperationalError,
        r"No space left on device|could not extend file",
        f"PostgreSQL's disk is full: make room on it, or make it larger. {BY_ITSELF}",
    ),
    Remedy(
        psycopg2.OperationalError,
        r"password authentication failed|no pg_hba.conf entry|does not exist|could not translate",
        "Correct DATABASE_URL: PostgreSQL does not know the host, name, user or password in it.",
    ),
    Remedy(
        psycopg2.OperationalError,
        r"SSL|certificate",
        "Correct sslmode and sslrootcert in DATABASE_URL: they do not fit PostgreSQL's TLS.",
    ),
    Remedy(
        psycopg2.OperationalError,
        r"gave no answer|refused|closed the connection|terminating connection|starting up|shutting"
        r"|timed? ?out|No such file or directory",
        f"See that PostgreSQL runs, and that this machine reaches it. {BY_ITSELF}",
    ),
    Remedy(
        redis.RedisError,
        r"(?i)certificate.verify.failed",
        "Redis' certificate is signed by nobody who is known here: add ?ssl_cert_reqs=none to"
        " REDIS_URL, or ?ssl_ca_certs=/path/to/its/authority.pem.",
    ),
    Remedy(
        redis.RedisError,
        r"(?i)wrong.version.number|ssl",
        "Redis speaks TLS where REDIS_URL begins with rediss://, and none with redis://.",
    ),
    Remedy(
        redis.RedisError,
        r"NOAUTH|WRONGPASS|(?i:invalid (username|password))",
        "Correct the user and password in REDIS_URL.",
    ),
    Remedy(
        redis.RedisError,
        r"(?i)connect|timeout|timed out",
        "See that Redis runs, and REDIS_URL (rediss:// where it speaks TLS, else redis://). Answers"
        f" go out a little later meanwhile, and none is lost. {BY_ITSELF}",
    ),
)
AWAY = "See that it runs, and that DATABASE_URL names it."
NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
DISK_FULL = f"A disk is full: make room on it, or make it larger. {BY_ITSELF}"


def causes(error: BaseException) -> Iterator[BaseException]:
    """Return an error and what it came from, the newest first."""
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        seen.append(cause)
        yield cause
        cause = cause.__cause__ or cause.__context__


def find(error: BaseException) -> tuple[str, str]:
    """Return what the error says and what to do about it; two empty texts where nobody knows."""
    for cause in causes(error):
        if isinstance(cause, OSError) and cause.errno in NO_ROOM:
            return str(cause.strerror), DISK_FULL
        said = str(cause).strip()
        for remedy in REMEDIES:
            if isinstance(cause, remedy.by) and re.search(remedy.words, said):
                return said, remedy.sentence
    return "", ""


def is_away(error: DatabaseError) -> bool:
    """Tell whether the database could not be reached, so that it answered nothing."""
    cause = error.__cause__
    if isinstance(cause, psycopg2.OperationalError):
        return cause.pgcode is None  # what PostgreSQL answers has a code
    return str(error) == CANNOT_OPEN


def say_away(error: DatabaseError) -> tuple[str, str]:
    """Return that the database cannot be reached, with what it was that failed, and what to do."""
    said = str(error).strip().partition("\n")[0]
    return f"The database cannot be reached: {said}", AWAY
