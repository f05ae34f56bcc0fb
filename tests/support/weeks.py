"""Weeks of starts, as the figures of days have them."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from django.utils import timezone

from conversations.models import FIRST, AccountDay, FiguresUpkeep
from conversations.silence.rates import HOURS, Day

DAY = timedelta(days=1)
# Two customers begin to write in each hour from 8 to 20: 168 a week.
OPEN = (*[0] * 8, *[2] * 12, *[0] * 4)
CLOSED = (0,) * HOURS


def days(until: date, count: int, of: Callable[[date], Sequence[int]] | None = None) -> list[Day]:
    """So many days before a date; of: the starts of each, OPEN where nothing is said."""
    dates = [until - number * DAY for number in range(count, 0, -1)]
    return [Day(one, of(one) if of else OPEN) for one in dates]


def remember(count: int = 56, starts: Sequence[int] = OPEN, account: int = FIRST) -> None:
    """Let the figures know so many days before today; all but yesterday stay as they are."""
    FiguresUpkeep.objects.update_or_create(pk=1, defaults={"time_zone": "UTC"})
    today = timezone.now().date()
    AccountDay.objects.bulk_create(
        AccountDay(account_id=account, day=one.day, figures=_figures(starts), messages=1)
        for one in days(today, count)
    )


def _figures(starts: Sequence[int]) -> dict[str, object]:
    return {"messages": {"received": sum(starts)}, "starts": list(starts)}


def at(clock: str, zone: object) -> datetime:
    """Return the moment of an ISO time in a time zone."""
    return datetime.fromisoformat(clock).replace(tzinfo=zone)  # type: ignore[arg-type]  # a zone
