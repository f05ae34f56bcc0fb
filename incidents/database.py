"""How long the database takes."""

import time

from django.db import connection

SLOW_SECONDS = 0.5  # for the smallest question to the database


def seconds() -> float:
    """Return how long the database takes for the smallest question."""
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return time.monotonic() - began
