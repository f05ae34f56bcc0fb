"""Takes what the database leaves in its files of rows that are gone. PostgreSQL does so by itself.

SQLite's connections overwrite what they delete (`secure_delete`). Its index of words keeps those of
deleted rows until its parts are merged, and its log keeps each page as it was until the log begins
anew.
"""

from django.db import connection

from conversations.search import index


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
