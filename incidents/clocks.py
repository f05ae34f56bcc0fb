"""How right our clock is: compared with the database's, which all our processes share."""

from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

A_LITTLE, MUCH = timedelta(seconds=30), timedelta(minutes=5)


def ahead() -> timedelta:
    """Return how far our clock is ahead of the database's; less than nothing: behind it.

    SQLite's clock is ours.
    """
    if connection.vendor != "postgresql":
        return timedelta()
    asked = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs: datetime = cursor.fetchone()[0]
    answered = timezone.now()
    return asked + (answered - asked) / 2 - theirs


def shared_now() -> datetime:
    """Return the time by the database's clock, where ours is much off; else by ours."""
    off = ahead()
    return timezone.now() - (off if abs(off) > A_LITTLE else timedelta())
