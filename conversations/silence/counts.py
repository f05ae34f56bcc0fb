"""What a silence is judged by, read from the figures of days and from the newest messages.

Nothing is counted for it: the figures of a day have the starts by hour, are right a minute later
whatever happens to the messages, and stay when those are deleted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from itertools import pairwise

from django.db.models import Max, Q

from conversations.models import AccountDay, Message
from conversations.silence.judgement import HOUR, STEP
from conversations.silence.rates import HOURS, WINDOW_DAYS, Day
from conversations.statistics.starts import WROTE
from shop.current import ShopNow
from shop.hours import DAY

LOOKED_INTO = 14  # days with messages: those of the newest ones may all have been found later


@dataclass(frozen=True, slots=True)
class Counted:
    """days: whole ones that are known, and today; heard_at: when a webhook's last message was said.

    A day that was counted before starts were is not known; one without messages is.
    """

    days: Sequence[Day]
    heard_at: datetime | None

    def starts_on(self, day: date) -> Sequence[int] | None:
        return next((one.starts for one in self.days if one.day == day), None)


@dataclass(frozen=True, slots=True)
class _Row:
    """What is stored of a day: starts is None where they were not counted."""

    starts: Sequence[int] | None
    received: int


def read(account: int, shop: ShopNow, now: datetime, known: datetime | None) -> Counted:
    """Read what is known of an account's last weeks; one statement, and mostly one for heard_at.

    known: its last message, as far as a worker has noted it.
    """
    today = shop.today(now)
    rows = _rows(account, today - WINDOW_DAYS * DAY)
    spoke = [day for day, row in sorted(rows.items()) if row.received or any(row.starts or ())]
    edges = [shop.begins(day) for day in sorted({*spoke, today}, reverse=True)]
    heard_at = _heard_at(account, edges[:LOOKED_INTO], known)
    if not spoke:
        return Counted((), heard_at)
    # Of the first day it is not known when it began.
    dates = [spoke[0] + number * DAY for number in range(1, (today - spoke[0]).days + 1)]
    return Counted([*_known(dates, rows, shop.zone)], heard_at)


def _rows(account: int, first: date) -> dict[date, _Row]:
    """Return the days with a row; one of all accounts together tells nothing of this one."""
    rows = AccountDay.objects.filter(Q(account=account) | Q(of_all=True), day__gte=first)
    columns = ("day", "of_all", "figures__starts", "figures__messages__received")
    return {
        day: _Row(None, 0) if of_all else _Row(starts, received or 0)
        for day, of_all, starts, received in rows.order_by("of_all").values_list(*columns)
    }


def _known(dates: Sequence[date], rows: dict[date, _Row], zone: tzinfo) -> Iterator[Day]:
    nothing = _Row((0,) * HOURS, 0)
    for day in dates:
        starts = rows.get(day, nothing).starts
        if starts is not None:
            yield Day(day, starts, lengths(day, zone))


def lengths(day: date, zone: tzinfo) -> Sequence[float]:
    """Return how long each hour of a date is: where the clock is moved some come twice, or not."""
    begins, ends = (datetime.combine(one, time(), zone) for one in (day, day + DAY))
    if begins.utcoffset() == ends.utcoffset():
        return (1.0,) * HOURS
    found = [0.0] * HOURS
    moment = begins.timestamp()
    while moment < ends.timestamp():
        found[datetime.fromtimestamp(moment, zone).hour] += STEP / HOUR
        moment += STEP.total_seconds()
    return found


def _heard_at(account: int, edges: Sequence[datetime], known: datetime | None) -> datetime | None:
    """Return when the newest message was said that a webhook brought; served by message_at.

    edges: when the days began that have messages, the newest first. It is looked for day by day,
    since another account may have had a million since; what is known already is not looked for.
    """
    said = Message.objects.of_accounts([account]).filter(WROTE, found_at=None)
    for until, begins in pairwise((None, *edges)):
        if known and until and until <= known:
            break
        here = said.filter(at__gte=begins)
        here = here.filter(at__lt=until) if until else here
        newest: datetime | None = here.aggregate(at=Max("at"))["at"]
        if newest is not None:
            return max(newest, known or newest)
    return known


def found_later(account: int, since: datetime) -> int:
    """Count the messages since then that were found in a thread, and that no webhook brought."""
    rows = Message.objects.of_accounts([account]).filter(WROTE, at__gt=since)
    return rows.exclude(found_at=None).count()
