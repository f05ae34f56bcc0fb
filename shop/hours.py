"""Business hours: when a week's intervals begin and end, and how they are said. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
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
        return moment(day, self.opens, zone) <= at < moment(closing, self.closes, zone)


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


def moment(day: date, clock: time, zone: tzinfo) -> datetime:
    """Return when a clock shows this time, in UTC, as calendars do (RFC 5545, 3.3.5).

    A time that comes twice is the first one; one that is skipped is as long after the gap began.
    """
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _since_midnight(clock: time) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second)


def _spoken(clock: time) -> str:
    return f"{clock.hour}:{clock.minute:02}"


def spoken_days(days: Sequence[int]) -> str:
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
