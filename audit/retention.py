"""Deletes entries that are older than a year, in small bites, by the worker."""

import time
from datetime import timedelta

import structlog
from django.utils import timezone

from audit.models import KEPT, Entry
from workqueue.postgresql import pool

log = structlog.get_logger("audit")

ROWS = 200  # of a bite: whoever deletes from SQLite keeps out every other writer
BUDGET_SECONDS = 5.0
REST_SECONDS = 0.05  # between two bites, for whoever answers customers
# The database decides by its own clock, of which ours may be ahead.
KEPT_HERE = KEPT + timedelta(days=1)


def look() -> int:
    """Delete what is kept no longer, as far as the budget goes; return how many entries went.

    Two workers at once find the same entries, and one of them deletes nothing.
    """
    ends, gone = time.monotonic() + BUDGET_SECONDS, 0
    while time.monotonic() < ends:
        bite = Entry.objects.delete_old(timezone.now() - KEPT_HERE, ROWS)
        gone += bite
        if bite < ROWS:
            break
        pool.give_back()
        time.sleep(REST_SECONDS)
    if gone:
        log.info("audit_log_shortened", entries=gone)
    return gone
