"""How often customers begin to write, by the hour of the week, learned from counted days. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count
from math import log
from typing import NamedTuple

HOURS, DAYS = 24, 7
WINDOW_DAYS = 84  # what is older is not asked for
HALF_LIFE_DAYS = 21  # a day counts half as much as one that is so much younger
SURE = 8  # by chance alone a shop has one alarm in e^8 weeks
# The variance of a day's factor beyond chance, before a shop has shown its own, and how many
# starts, squared, have to speak against it.
USUALLY_UNEVEN, UNEVEN_WEIGHT = 0.1, 100.0
LEAST_UNEVEN = 0.02


@dataclass(frozen=True, slots=True)
class Day:
    """The starts of one date by the shop's hours; lengths: how long each of them was, in hours."""

    day: date
    starts: Sequence[int]
    lengths: Sequence[float] = (1.0,) * HOURS


@dataclass(frozen=True, slots=True)
class Rates:
    """Starts an hour, by the hour of the week from Monday at 0:00.

    weeks: from how many they are learned, the younger ones counting more. uneven: the variance of a
    day's factor beyond chance.
    """

    by_hour: Sequence[float]
    weeks: float
    uneven: float

    def of(self, day: date) -> Sequence[float]:
        """Return the rates of a date's hours."""
        begin = day.weekday() * HOURS
        return self.by_hour[begin : begin + HOURS]

    @property
    def a_week(self) -> float:
        return sum(self.by_hour)

    @property
    def threshold(self) -> float:
        """Return how surprising a silence has to be.

        A week has as many gaps as starts, each of which may be the one that is long by chance.
        """
        return log(max(self.a_week, 1.0)) + SURE


class _Hour(NamedTuple):
    """One hour that counts. day: its number; place: in the week; weight: how much it counts."""

    day: int
    place: int
    starts: int
    length: float
    weight: float


def learn(days: Sequence[Day], before: date) -> Rates | None:
    """Learn from the days before a date, in their order; None: nobody began to write on them.

    A silence that would have raised an alarm teaches nothing: whoever was away, we or Instagram, it
    does not say that nobody wrote.
    """
    hours = [hour for day in days if day.day < before for hour in _hours(day, before)]
    rates = _average(hours)
    if rates is None:
        return None
    heard = [hour for run in _runs(hours) if not _is_long(run, rates) for hour in run]
    return _average(heard) if len(heard) < len(hours) else rates


def _hours(day: Day, before: date) -> Iterator[_Hour]:
    weight = 0.5 ** ((before - day.day).days / HALF_LIFE_DAYS)
    number, begin = day.day.toordinal(), day.day.weekday() * HOURS
    for place, starts, length in zip(count(begin), day.starts, day.lengths, strict=False):
        yield _Hour(number, place, starts, length, weight)


def _runs(hours: Sequence[_Hour]) -> Iterator[list[_Hour]]:
    """Return the hours in which nobody began to write together, and each other one by itself."""
    run: list[_Hour] = []
    for hour in hours:
        if hour.starts:
            yield from filter(None, (run, [hour]))
            run = []
        else:
            run.append(hour)
    if run:
        yield run


def _is_long(run: Sequence[_Hour], rates: Rates) -> bool:
    expected = sum(rates.by_hour[hour.place] * hour.length for hour in run)
    return not run[0].starts and expected >= rates.threshold


def _average(hours: Sequence[_Hour]) -> Rates | None:
    starts, exposure = [0.0] * (DAYS * HOURS), [0.0] * (DAYS * HOURS)
    for _, place, came, length, weight in hours:
        starts[place] += came * weight
        exposure[place] += length * weight
    if not any(starts):
        return None
    by_hour = [one / time if time else 0.0 for one, time in zip(starts, exposure, strict=True)]
    return Rates(by_hour, sum(exposure) / len(exposure), _unevenness(hours, by_hour))


def _unevenness(hours: Sequence[_Hour], by_hour: Sequence[float]) -> float:
    """Return by how much days differ beyond chance: of a Poisson count the variance is its mean."""
    came, expected = defaultdict[int, int](int), defaultdict[int, float](float)
    for day, place, starts, length, _ in hours:
        came[day] += starts
        expected[day] += by_hour[place] * length
    beyond = sum((came[day] - mean) ** 2 - mean for day, mean in expected.items())
    squares = sum(mean * mean for mean in expected.values())
    learned = (beyond + USUALLY_UNEVEN * UNEVEN_WEIGHT) / (squares + UNEVEN_WEIGHT)
    return max(learned, LEAST_UNEVEN)
