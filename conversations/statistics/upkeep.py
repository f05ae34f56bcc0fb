"""Keeps the figures of whole days: a worker's look, once a minute.

Nothing is counted where messages come and go. Today and yesterday are counted anew at each look.
What changes an earlier day changes a conversation, and with it its version
(conversations.models.version): so the look takes the conversations whose version is another one
than that which was counted, and makes the earlier days dirty on which something was said in them.
Nobody has to remember to say that a day has changed.

One worker looks at a time. Its lease is the fence: what a worker counted that was thought dead is
not written.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Case, Value, When
from django.db.models.functions import TruncDate
from django.utils import timezone

from conversations.models import Conversation, DayFigures, FiguresUpkeep, Message, State
from conversations.statistics import day as days
from conversations.statistics.day import Bounds
from shop.current import ShopNow, current_shop
from shop.hours import DAY

log = structlog.get_logger("figures")

EVERY = timedelta(seconds=55)  # a look is due; workers ask once a minute
# A look takes no longer than this, so that a year that is counted anew disturbs nobody.
BUDGET_SECONDS = 5.0
REST_SECONDS = 0.02  # between two days, for whoever answers customers
CONVERSATIONS_AT_ONCE = 100
SHIFTS = range(-2, 3)  # days by which two clocks may differ: zones lie up to 26 hours apart


class LeaseLostError(Exception):
    """Another worker looks after the figures meanwhile."""


@dataclass(slots=True)
class _Look:
    """One look: the shop as it is for all of it, and until when we have the lease."""

    shop: ShopNow
    now: datetime
    until: datetime

    @property
    def today(self) -> date:
        return self.shop.today(self.now)

    @property
    def open_since(self) -> date:
        """The first of the days that are counted at each look."""
        return self.today - DAY


def look() -> None:
    """Count today and yesterday anew, and of earlier days those in which something changed.

    What takes longer than the budget is left to the next look: the newest days come first.
    """
    now = timezone.now()
    until = now + settings.LEASE
    row = FiguresUpkeep.objects.take(now, until, now - EVERY)
    if row is None:
        return
    ends = time.monotonic() + BUDGET_SECONDS
    look = _Look(current_shop(), now, until)
    try:
        if row.time_zone != look.shop.time_zone:
            _begin_anew(look)
        for day in (look.today, look.open_since):
            _count(look, day)
        marked = _mark_changed_days(look, ends)
        counted = _count_dirty_days(look, ends)
    except LeaseLostError:
        log.warning("figures_lease_lost")
        return
    FiguresUpkeep.objects.held(look.until).update(leased_until=None, looked_at=now)
    if marked or counted:
        log.info("figures_counted", changed=marked, days=counted)


def _begin_anew(look: _Look) -> None:
    """Days begin and end at other moments now: all are counted again that can be."""
    counted = DayFigures.objects.values_list("day", flat=True)
    # Some messages are on a day now that had none, and so has no row.
    found = {day + number * DAY for day in counted for number in SHIFTS}
    _mark(look, (day for day in found if day < look.open_since))
    _forget_days_to_come(look)
    FiguresUpkeep.objects.held(look.until).update(time_zone=look.shop.time_zone)


def _forget_days_to_come(look: _Look) -> None:
    """Remove what was counted of a day that has not begun by the new clock."""
    with transaction.atomic():
        _hold(look)
        DayFigures.objects.filter(day__gt=look.today).delete()


def _mark_changed_days(look: _Look, ends: float) -> int:
    """Make dirty the earlier days of each conversation that has changed; return how many have."""
    changed = 0
    while time.monotonic() < ends:
        rows = Conversation.objects.uncounted().order_by("pk").values_list("pk", "version")
        batch = list(rows[:CONVERSATIONS_AT_ONCE])
        if not batch:
            break
        changed += len(batch)
        _mark(look, _days_of([pk for pk, _ in batch], look))
        # Read before the days were: what has changed since has another version.
        counted = Case(*(When(pk=pk, then=Value(version)) for pk, version in batch))
        Conversation.objects.filter(pk__in=[pk for pk, _ in batch]).update(counted_version=counted)
    return changed


def _days_of(conversations: list[int], look: _Look) -> list[date]:
    """Return the earlier days on which something was said; served by message_thread."""
    before = look.shop.begins(look.open_since)
    said = Message.objects.filter(conversation__in=conversations, at__lt=before).order_by()
    on = said.annotate(day=TruncDate("at", tzinfo=look.shop.zone))
    return list(on.values_list("day", flat=True).distinct())


def _mark(look: _Look, found: Iterable[date]) -> None:
    marked = [DayFigures(day=day, dirty=True) for day in found]
    if marked:
        with transaction.atomic():
            _hold(look)
            DayFigures.objects.bulk_create(
                marked, update_conflicts=True, unique_fields=["day"], update_fields=["dirty"]
            )


def _count_dirty_days(look: _Look, ends: float) -> int:
    dirty = DayFigures.objects.filter(dirty=True, day__lt=look.open_since).order_by("-day")
    counted = 0
    for row in list(dirty.defer("figures")):
        if time.monotonic() > ends:
            break
        if _has_lost_messages(row):
            _write(look, row.day, dirty=False)
        else:
            _count(look, row.day)
        counted += 1
        time.sleep(REST_SECONDS)
    return counted


def _has_lost_messages(row: DayFigures) -> bool:
    """Tell whether messages that were counted are not there any more: the day stays as it was."""
    if row.begins_at is None or row.ends_at is None:
        return False
    return _count_messages(Bounds(row.begins_at, row.ends_at)) < row.messages


def _count_messages(bounds: Bounds) -> int:
    """Count all but echoes that are not clear yet: one of ours is taken away again."""
    return bounds.messages().exclude(state=State.UNDECIDED).count()


def _count(look: _Look, day: date) -> None:
    bounds = Bounds.of(day, look.shop)
    # Counted first: of a message that comes meanwhile the figures may know, never the other way.
    messages = _count_messages(bounds)
    figures = days.count(day, look.shop)
    _write(
        look,
        day,
        begins_at=bounds.begins,
        ends_at=bounds.ends,
        messages=messages,
        figures=figures.as_json(),
        counted_at=timezone.now(),
        dirty=False,
    )


def _write(look: _Look, day: date, **columns: Any) -> None:
    with transaction.atomic():
        _hold(look)
        DayFigures.objects.update_or_create(day=day, defaults=columns)


def _hold(look: _Look) -> None:
    """Lock the lease until the commit, and make it longer; raise LeaseLostError."""
    until = timezone.now() + settings.LEASE
    if not FiguresUpkeep.objects.held(look.until).update(leased_until=until):
        raise LeaseLostError
    look.until = until
