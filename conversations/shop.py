"""What staff say of the shop. In force in every process within a second."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

from conversations.fresh import Fresh
from conversations.models import OpenHours, Shop

DAYS = tuple(str(label) for label in OpenHours.Weekday.labels)
DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """Open from one time on a weekday (0 is Monday) to another, the next one that comes.

    So from 22:00 to 2:00 runs into the next day, to 0:00 ends with the day, and from 0:00 to 0:00
    is all of it.
    """

    weekday: int
    opens: time
    closes: time

    def __str__(self) -> str:
        return f"{DAYS[self.weekday]} {self.spoken()}"

    def spoken(self) -> str:
        """Return the times as people write them, with a dash between."""
        if self.opens == self.closes:
            return "around the clock"
        closes = "24:00" if self.closes == time() else _spoken(self.closes)
        return f"{_spoken(self.opens)}–{closes}"

    def within_week(self) -> tuple[timedelta, timedelta]:
        """Return when it begins and ends, counted from Monday 0:00; the end may be past Sunday."""
        begin = self.weekday * DAY + _since_midnight(self.opens)
        end = self.weekday * DAY + _since_midnight(self.closes)
        return begin, end if end > begin else end + DAY

    def covers(self, day: date, at: datetime, zone: tzinfo) -> bool:
        """Tell whether it is open at a moment (UTC), where it opened on this day."""
        closing = day if self.closes > self.opens else day + DAY
        return _moment(day, self.opens, zone) <= at < _moment(closing, self.closes, zone)


@dataclass(frozen=True, slots=True)
class ShopNow:
    """The shop as it is described now; what nobody has said is empty."""

    name: str = ""
    time_zone: str = "UTC"
    disclosure: str = ""
    disclosure_again_days: int = 30
    hours: tuple[Interval, ...] = ()

    @property
    def zone(self) -> tzinfo:
        """The time zone; UTC on a machine that does not know the shop's."""
        try:
            return ZoneInfo(self.time_zone)
        except (LookupError, ValueError):
            return UTC

    def local(self, at: datetime) -> datetime:
        """Return an aware moment as the shop's clock shows it."""
        return at.astimezone(self.zone)

    def today(self, at: datetime) -> date:
        """Return the shop's date at an aware moment."""
        return self.local(at).date()

    def begins(self, day: date) -> datetime:
        """Return the moment, in UTC, at which a date of the shop begins."""
        return _moment(day, time(), self.zone)

    def is_open(self, at: datetime) -> bool:
        """Tell whether the shop is open at an aware moment; without any hours it always is."""
        if not self.hours:
            return True
        today, zone, moment = self.today(at), self.zone, at.astimezone(UTC)
        return any(
            interval.covers(day, moment, zone)
            for day in (today, today - DAY)  # what opened yesterday may end today
            for interval in self.hours
            if interval.weekday == day.weekday()
        )

    def spoken_hours(self) -> str:
        """Return the week in one line, equal days together; empty where nobody has said any."""
        days_of: dict[str, list[int]] = {}
        for weekday in range(len(DAYS)):
            spoken = " and ".join(i.spoken() for i in sorted(self.hours) if i.weekday == weekday)
            if spoken:
                days_of.setdefault(spoken, []).append(weekday)
        return ", ".join(f"{_spoken_days(days)} {spoken}" for spoken, days in days_of.items())


def overlapping(hours: Iterable[Interval]) -> tuple[Interval, Interval] | None:
    """Return two intervals of a week of which one begins before the other ends."""
    row = sorted(hours)
    for one, other in pairwise(row):
        if other.within_week()[0] < one.within_week()[1]:
            return one, other
    # The week is a ring: Sunday night runs into Monday.
    if row and row[0].within_week()[0] + WEEK < row[-1].within_week()[1]:
        return row[-1], row[0]
    return None


def _moment(day: date, clock: time, zone: tzinfo) -> datetime:
    """Return when a clock shows this time, in UTC, as calendars do (RFC 5545, 3.3.5).

    A time that comes twice is the first one; one that is skipped is as long after the gap began.
    """
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _since_midnight(clock: time) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second)


def _spoken(clock: time) -> str:
    return f"{clock.hour}:{clock.minute:02}"


def _spoken_days(days: Sequence[int]) -> str:
    """Name weekdays: "Monday to Wednesday and Friday"."""
    if len(days) == len(DAYS):
        return "Every day"
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    named: list[str] = []
    for run in runs:
        if len(run) > 2:  # noqa: PLR2004 - two days are named, more are a span
            named.append(f"{DAYS[run[0]]} to {DAYS[run[-1]]}")
        else:
            named += [DAYS[day] for day in run]
    return " and ".join(filter(None, [", ".join(named[:-1]), named[-1]]))


def _load(_: ShopNow | None) -> ShopNow:
    about = ("name", "time_zone", "disclosure", "disclosure_again_days")
    interval = ("hours__weekday", "hours__opens", "hours__closes")
    rows = list(Shop.objects.filter(pk=1).values_list(*about, *interval))
    if not rows:
        return ShopNow()
    said, hours = rows[0][: len(about)], [row[len(about) :] for row in rows]
    open_hours = sorted(Interval(*row) for row in hours if row[0] is not None)
    return ShopNow(**dict(zip(about, said, strict=True)), hours=tuple(open_hours))


_shop = Fresh(_load)


def current() -> ShopNow:
    """Return the shop as staff describe it, at most half a second old."""
    return _shop.get()
