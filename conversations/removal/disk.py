"""Takes what the database leaves in its files of rows that are gone. PostgreSQL does so by itself.

SQLite's connections overwrite what they delete (`secure_delete`). Its index of words keeps those of
deleted rows until its parts are merged, and its log keeps each page as it was until the log begins
anew.
"""

from threading import Event

from django.db import connection

from conversations.search import index

# What was told of once more, or unsent: a worker takes it from the disk within a minute. Whoever
# was here before may have been killed before that.
_is_due = Event()
_is_due.set()


def clean_soon() -> None:
    """Have this process clean at its next look: an erased or unsent text was just taken out."""
    _is_due.set()


def look() -> None:
    """Clean if there is something to clean; called by the worker once a minute."""
    if not _is_due.is_set():
        return
    _is_due.clear()  # first: what comes meanwhile is cleaned the next time
    if not clean():
        _is_due.set()


def clean() -> bool:
    """Merge the indexes and empty the log, outside of any transaction; False: not at this moment.

    Somebody reads what was there before. It is to be done again then.
    """
    if connection.vendor != "sqlite":
        return True
    index.merge_all()
    return _empty_log()


def _empty_log() -> bool:
    """Empty the log if nobody reads; wait for nobody, since no one writes meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        [(patience,)] = cursor.fetchall()
        cursor.execute("PRAGMA busy_timeout=0")
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy, *_ = cursor.fetchone()
        finally:
            cursor.execute(f"PRAGMA busy_timeout={int(patience)}")
    return not busy
