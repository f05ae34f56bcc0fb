"""Deletes what is kept no longer: a worker's look once an hour, more often while there is more.

One worker looks at a time, in bites with a rest between them, and only for some seconds. What is
locked is left, so nobody waits for it but for the length of a bite. Where one was killed, its bite
is rolled back and the next look goes on there.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.utils import timezone

from conversations.models import RetentionUpkeep
from conversations.retention import bites
from conversations.retention.bites import Found, Kind
from conversations.retention.customers import Customers
from conversations.retention.rows import ATTEMPTS, PICTURES
from conversations.retention.thread import Threads
from workqueue.postgresql import pool

log = structlog.get_logger("retention")

# Messages first: their attempts and pictures go with them, and customers after them.
KINDS: tuple[Kind, ...] = (Threads(), Customers(), ATTEMPTS, PICTURES)
EVERY = timedelta(hours=1)
SOON = timedelta(seconds=50)  # workers ask once a minute
BUDGET_SECONDS = 5.0
REST_SECONDS = 0.05  # between two bites, for whoever answers customers


def look(kinds: Sequence[Kind] = KINDS) -> None:
    """Delete what is kept no longer, as far as the budget goes, if a look is due."""
    now = timezone.now()
    days = {kind.name: bites.days(kind) for kind in kinds}
    row = RetentionUpkeep.objects.take(now, now + settings.LEASE, days)
    if row is None:
        return
    ends = time.monotonic() + BUDGET_SECONDS
    places = row.places if row.days == days else {}
    left: dict[str, Any] = {}
    found = Found()
    for kind in kinds:
        if days[kind.name]:
            place, more = _try(kind, days[kind.name], places.get(kind.name), ends, found)
            left |= {kind.name: place} if more else {}
    _leave(now + settings.LEASE, timezone.now() + (SOON if left else EVERY), days, left)
    if gone := {name: count.rows for name, count in found.gone.items() if count.rows}:
        log.info("deleted_for_their_age", **gone)


def _try(kind: Kind, days: float, place: Any, ends: float, found: Found) -> tuple[Any, bool]:
    """Walk on; a kind that fails stops no other, and is tried again where it began."""
    try:
        return _walk(kind, days, place, ends, found)
    except Exception:
        log.exception("not_deleted", kind=kind.name)
        return place, True


def _walk(kind: Kind, days: float, place: Any, ends: float, found: Found) -> tuple[Any, bool]:
    """Take bites until the budget is spent; return where the next one begins, if there is more."""
    while time.monotonic() < ends:
        bite = kind.bite(bites.age(days, timezone.now()), place)
        found.add(bite.gone)
        if bite.waits:
            return place, True
        place = bite.place
        if place is None:
            return None, False
        pool.give_back()
        time.sleep(REST_SECONDS)
    return place, True


def _leave(
    until: datetime, due_at: datetime, days: dict[str, float], places: dict[str, Any]
) -> None:
    RetentionUpkeep.objects.held(until).update(
        leased_until=None, due_at=due_at, days=days, places=places
    )


@dataclass(slots=True)
class Taken(Found):
    """What went at once. waits: some of it could not be looked at yet."""

    waits: bool = False


def take_all(kinds: Sequence[Kind] = KINDS) -> Taken:
    """Delete all that is kept no longer at once: for a command, beside the worker or without."""
    found = Taken()
    for kind in kinds:
        days, place = bites.days(kind), None
        while days:
            bite = kind.bite(bites.age(days, timezone.now()), place)
            found.add(bite.gone)
            place = bite.place
            found.waits = found.waits or bite.waits
            if place is None or bite.waits:
                break
    return found
