"""What a period was like: stored days added up, and today as it is now."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Self

from django.utils import timezone

from backoffice.reach import reach
from conversations.models import AccountDay
from conversations.statistics import day as days
from conversations.statistics import times
from conversations.statistics.answers import Fate
from conversations.statistics.day import Figures
from shop.current import current_shop
from shop.hours import DAY, DAYS

# Older figures of today are counted anew: no worker looks after them.
FRESH = timedelta(minutes=2)


@dataclass(slots=True)
class Period:
    """The figures of some days in a row, by the shop's calendar."""

    first: date
    last: date
    days: dict[date, Figures]  # those with messages
    counted_at: datetime | None = None  # today's
    total: Figures = field(default_factory=Figures)
    week: list[list[int]] = field(default_factory=lambda: [[0] * days.HOURS for _ in DAYS])

    @classmethod
    def read(
        cls,
        first: date,
        last: date,
        now: datetime | None = None,
        *,
        accounts: Collection[int] | None = None,
    ) -> Self:
        """Read the days from the first to the last, both included.

        accounts: the figures of these, added up; None: of all that may be seen.
        """
        now = now or timezone.now()
        stored = AccountDay.objects.filter(day__range=(first, last))
        if reach() is not None:  # what was once counted of all accounts is no matter of theirs
            stored = stored.filter(of_all=False)
        if accounts is not None:
            stored = stored.filter(account__in=accounts)
        found: dict[date, Figures] = {}
        counted: dict[date, datetime] = {}  # what was counted first of a day
        for day, figures, at in stored.values_list("day", "figures", "counted_at"):
            if at:
                _put(found, day, Figures.from_json(figures))
                counted[day] = min(at, counted.get(day, at))
        shop = current_shop()
        today, counted_at = shop.today(now), None
        if first <= today <= last:
            counted_at = counted.get(today)
            if counted_at is None or now - counted_at > FRESH:
                found[today], counted_at = days.count(today, shop, accounts), now
        return cls(first, last, dict(sorted(found.items())), counted_at)

    def __post_init__(self) -> None:
        for day, figures in self.days.items():
            self.total.add(figures)
            hours = self.week[day.weekday()]
            self.week[day.weekday()] = [
                one + more for one, more in zip(hours, figures.hours, strict=True)
            ]

    def part(self, first: date, last: date) -> "Period":
        """Return some of its days as a period of their own."""
        kept = {day: figures for day, figures in self.days.items() if first <= day <= last}
        return Period(first, last, kept, self.counted_at)

    @property
    def length(self) -> int:
        return (self.last - self.first).days + 1

    def before(self) -> tuple[date, date]:
        """Return the first and the last of as many days before it."""
        return self.first - self.length * DAY, self.first - DAY

    def each_day(self) -> Iterator[tuple[date, Figures]]:
        """Return every day, those without a message too."""
        for number in range(self.length):
            day = self.first + number * DAY
            yield day, self.days.get(day) or Figures()

    @property
    def received(self) -> int:
        return self.total.messages["received"]

    def fate(self, fate: Fate) -> int:
        return self.total.fates[fate.value]

    @property
    def needed_nobody(self) -> float | None:
        """The share of messages that the bot answered alone; None where none needed an answer."""
        asked = self.received - self.fate(Fate.OTHER)
        return self.fate(Fate.BOT) / asked if asked else None

    @property
    def bot_median(self) -> float | None:
        """About how many seconds a customer waited for the bot."""
        return times.median(self.total.bot_times)

    @property
    def staff_median(self) -> float | None:
        return times.median(self.total.staff_times)


def _put(found: dict[date, Figures], day: date, figures: Figures) -> None:
    if day in found:
        found[day].add_account(figures)
    else:
        found[day] = figures


def to_be_counted() -> int:
    """Tell how many earlier days are still to be counted; served by accountday_dirty."""
    dirty = AccountDay.objects.filter(dirty=True).order_by()
    return dirty.values("day").distinct().count()
