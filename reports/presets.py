"""Which days a report is about: one of the usual periods, or from one day to another."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Self

from django.http import HttpRequest
from django.utils.dateparse import parse_date

from shop.hours import DAY

FIRST, LAST, LENGTH = "from", "to", "days"
LENGTHS = {1: "Today", 7: "7 days", 30: "30 days", 90: "90 days", 365: "A year"}
DEFAULT_LENGTH = 30
MOST_DAYS = 366 * 3
EARLIEST = date(2010, 10, 6)  # the day on which Instagram began


@dataclass(frozen=True, slots=True)
class Asked:
    """The first and the last day; length: of the usual periods, which end today."""

    first: date
    last: date
    length: int | None
    error: str = ""

    @classmethod
    def read(cls, request: HttpRequest, today: date) -> Self:
        """Read the address; what it asks for and cannot have is said, and the usual one shown."""
        usual = cls(today - (DEFAULT_LENGTH - 1) * DAY, today, DEFAULT_LENGTH)
        if request.GET.get(FIRST) or request.GET.get(LAST):
            return cls._between(request.GET, today, usual)
        lengths = {str(length): length for length in LENGTHS}
        length = lengths.get(request.GET.get(LENGTH, ""), DEFAULT_LENGTH)
        return cls(today - (length - 1) * DAY, today, length)

    @classmethod
    def _between(cls, given: Any, today: date, usual: Self) -> Self:
        try:
            last = min(_day(given.get(LAST), "To") or today, today)
            first = _day(given.get(FIRST), "From") or last - (DEFAULT_LENGTH - 1) * DAY
            _check(first, last)
        except ValueError as error:
            why = f"{error} Showing the last 30 days."
            return cls(usual.first, usual.last, usual.length, why)
        return cls(first, last, None)


def _check(first: date, last: date) -> None:
    """Raise ValueError with a sentence where these days cannot be shown."""
    if first > last:
        raise ValueError("The first day is after the last, or has not come yet.")
    if last - first >= timedelta(days=MOST_DAYS):
        raise ValueError("At most three years can be shown at once.")


def _day(text: str | None, name: str) -> date | None:
    """Read a date; None: there is none. Raise ValueError with a sentence where it is none."""
    if not text:
        return None
    try:
        day = parse_date(text.strip())
    except ValueError:  # it reads like a date, and there is no such day
        day = None
    if day is None:
        raise ValueError(f"“{name}” is not a date: {text}.")
    if day < EARLIEST:
        raise ValueError("Instagram had no messages then.")
    return day
