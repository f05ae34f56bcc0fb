"""Simulates shops whose customers write by chance, and counts when a silence would be told of.

Quiet weeks: everything that is told of is a false alarm. Then the webhooks stop at some moment:
how long until that is told of, without Instagram's answer and with it. The code under test is
conversations.silence itself; nothing else runs, and no time passes.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from math import exp, log, sqrt
from random import Random

from bench.counts import Counts
from bench.tables import percentile, table
from conversations.silence.judgement import ASK_EVERY, ASK_FROM, FIRST_DAYS, judge
from conversations.silence.rates import DAYS, HOURS, SURE, WINDOW_DAYS, Day, Rates, learn

STARTS = (5, 20, 50, 200, 1000)  # a week
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
WEEK = DAYS * HOURS
LEFT_TO_WEBHOOK = 2 / 60  # hours: conversations.recovery.thread
STOPPED_EACH = 10  # weeks
FAR = 24 * 365 * 10  # hours
QUARTER = 0.25
OF_DAYS = (1.0, 1.0, 1.0, 1.0, 1.1, 0.7, 0.6)
OF_HOURS = (*[0.03] * 7, *[0.4] * 2, *[1.0] * 9, *[1.2] * 4, *[0.3] * 2)
# How weeks differ: what a week, a day and an hour have of their own (the deviation of a logarithm),
# and how likely a week has a day of a campaign, or a holiday.
OF_WEEK, OF_DAY, OF_HOUR = 0.25, 0.2, 0.2
CAMPAIGN, HOLIDAY = (0.1, 3.0), (0.1, 0.3)


@dataclass(frozen=True, slots=True)
class Pattern:
    """The true rates of a shop, by the hour of the week."""

    by_hour: Sequence[float]

    @classmethod
    def of(cls, a_week: float) -> "Pattern":
        shape = [day * hour for day in OF_DAYS for hour in OF_HOURS]
        return cls([a_week * one / sum(shape) for one in shape])

    def weeks(self, chance: Random, count: int, *, uneven: bool) -> Iterator[list[int]]:
        """Draw the starts of so many weeks, by the hour."""
        for _ in range(count):
            factors = _factors(chance) if uneven else [1.0] * WEEK
            yield [
                _poisson(chance, rate * factor)
                for rate, factor in zip(self.by_hour, factors, strict=True)
            ]


def _factors(chance: Random) -> list[float]:
    days = [_own(chance, OF_DAY) for _ in range(DAYS)]
    for likely, factor in (CAMPAIGN, HOLIDAY):
        if chance.random() < likely:
            days[chance.randrange(DAYS)] *= factor
    week = _own(chance, OF_WEEK)
    return [week * days[hour // HOURS] * _own(chance, OF_HOUR) for hour in range(WEEK)]


def _own(chance: Random, deviation: float) -> float:
    """Draw a factor whose mean is 1."""
    return chance.lognormvariate(-(deviation**2) / 2, deviation)


def _poisson(chance: Random, mean: float) -> int:
    if mean > 30:
        return max(round(chance.gauss(mean, sqrt(mean))), 0)
    count, product, end = 0, chance.random(), exp(-mean)
    while product > end:
        count += 1
        product *= chance.random()
    return count


@dataclass(frozen=True, slots=True)
class Learned:
    """Rates at some moment, and what is expected until each hour of the week by them."""

    rates: Rates
    until: Sequence[float]

    @classmethod
    def of(cls, rates: Rates) -> "Learned":
        return cls(rates, list(accumulate(rates.by_hour, initial=0.0)))

    def at(self, moment: float) -> float:
        """Return what is expected from the beginning of time until then, in hours."""
        weeks, rest = divmod(moment, WEEK)
        hour = int(rest)
        in_hour = (rest - hour) * self.rates.by_hour[hour]
        return weeks * self.until[-1] + self.until[hour] + in_hour

    def when(self, expected: float) -> float:
        """Return when so much is expected, from the beginning of time."""
        weeks, rest = divmod(expected, self.until[-1])
        hour = max(bisect_left(self.until, rest) - 1, 0)
        rate = self.rates.by_hour[hour]
        return weeks * WEEK + hour + ((rest - self.until[hour]) / rate if rate else 0.0)


@dataclass(slots=True)
class Outcome:
    """Of how many quiet weeks there were false alarms, by rule; how long stops lasted, in hours.

    alone: where only the expected number is asked for. noticed: silences of which Instagram is
    asked.
    """

    weeks: int
    alone: int = 0
    ours: int = 0
    noticed: int = 0
    found: list[float] = field(default_factory=list)
    confirmed: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Shop:
    """A shop that is watched. today: the starts of the day of the last one."""

    outcome: Outcome
    learned: Learned | None = None
    last: float = 0.0
    day: int = -1
    today: list[int] = field(default_factory=list)

    def hears(self, moment: float, stop: float | None) -> None:
        """A customer begins to write; stop: webhooks stopped since the last one."""
        if self.learned is not None and moment - self.last >= 1:
            self._judge_gap(self.learned, moment)
        if self.learned is not None and stop is not None:
            self._judge_stop(self.learned, stop, moment)
        if int(moment // HOURS) != self.day:
            self.day, self.today = int(moment // HOURS), [0] * HOURS
        self.today[int(moment % HOURS)] += 1
        self.last = moment

    def _judge_gap(self, learned: Learned, moment: float) -> None:
        expected = learned.at(moment) - learned.at(self.last)
        self.outcome.noticed += expected >= ASK_FROM
        self.outcome.alone += expected >= learned.rates.threshold
        # On a busy day a silence may surprise more than what is expected by the week.
        if expected >= learned.rates.threshold / 4:
            self.outcome.ours += self._is_long(learned, moment)

    def _is_long(self, learned: Learned, moment: float) -> bool:
        since, now = (MONDAY + timedelta(hours=one) for one in (self.last, moment))
        return judge(learned.rates, since, now, UTC, self.today).is_long

    def _judge_stop(self, learned: Learned, stop: float, lost: float) -> None:
        """lost: when the first customer wrote of whom no webhook told."""
        asked = max(self.last + 1, learned.when(learned.at(self.last) + ASK_FROM))
        proof = max(asked, lost + LEFT_TO_WEBHOOK, stop) + ASK_EVERY / timedelta(hours=1)
        alarm = self._first_alarm(learned, stop)
        self.outcome.found.append(alarm - stop)
        self.outcome.confirmed.append(min(proof, alarm) - stop)

    def _first_alarm(self, learned: Learned, stop: float) -> float:
        """Return when the silence is long: it surprises more the longer it lasts."""
        earliest = max(stop, self.last + 1)
        short, long = 0.0, 1.0
        while long < FAR and not self._is_long(learned, earliest + long):
            short, long = long, long * 2
        while long - short > QUARTER:
            middle = (short + long) / 2
            if self._is_long(learned, earliest + middle):
                long = middle
            else:
                short = middle
        return earliest + long


def simulate(starts: float, weeks: int, seed: int, *, uneven: bool = True) -> Outcome:
    """Watch a shop for so many weeks, after the first seven days; it learns once a week."""
    chance, stops = Random(seed), Random(seed + 1)
    shop, known = Shop(Outcome(weeks)), list[Day]()
    drawn = Pattern.of(starts).weeks(chance, weeks + 1, uneven=uneven)
    for number, counts in enumerate(drawn):
        begin = number * WEEK
        if number * DAYS >= FIRST_DAYS.days and (rates := learn(known, _date(begin))):
            shop.learned = Learned.of(rates)
        is_stopped = shop.learned and stops.randrange(STOPPED_EACH) == 0
        stop = begin + stops.random() * WEEK if is_stopped else None
        for moment in _moments(counts, begin, chance):
            is_over = stop is not None and stop <= moment
            shop.hears(moment, stop if is_over else None)
            stop = None if is_over else stop
        known = [*known, *_days(counts, begin)][-WINDOW_DAYS:]
    return shop.outcome


def _moments(counts: Sequence[int], begin: int, chance: Random) -> Iterator[float]:
    for hour, count in enumerate(counts, begin):
        yield from sorted(hour + chance.random() for _ in range(count))


def _days(counts: Sequence[int], begin: int) -> Iterator[Day]:
    for hour in range(0, WEEK, HOURS):
        yield Day(_date(begin + hour), counts[hour : hour + HOURS])


def _date(hour: float) -> date:
    return (MONDAY + timedelta(hours=hour)).date()


def known_rates(starts: float, weeks: int, seed: int) -> int:
    """Count false alarms where the rates are known, weeks are even, and ln(starts) + 8 is asked."""
    chance, pattern = Random(seed), Pattern.of(starts)
    true = Learned.of(Rates(pattern.by_hour, 1, 0))
    last, alarms = 0.0, 0
    for number, counts in enumerate(pattern.weeks(chance, weeks, uneven=False)):
        for moment in _moments(counts, number * WEEK, chance):
            is_long = true.at(moment) - true.at(last) >= log(starts) + SURE
            alarms += is_long and moment - last >= 1
            last = moment
    return alarms


def run(counts: Counts) -> str:
    """Simulate; return the report."""
    weeks, seed = counts.silence_weeks, counts.silence_seed
    alarms, delays = list[list[object]](), list[list[object]]()
    for starts in STARTS:
        even = simulate(starts, weeks, seed, uneven=False)
        uneven = simulate(starts, weeks, seed)
        by_week = uneven.noticed / weeks
        alarms.append(
            [f"{starts:,}", known_rates(starts, weeks, seed), uneven.alone, even.ours, uneven.ours,
             f"{by_week:.1f}"]
        )  # fmt: skip
        lasted = (uneven.confirmed, uneven.found)
        delays.append(
            [f"{starts:,}", *(_hours(percentile(one, at)) for one in lasted for at in (50, 95))]
        )
    return (
        f"## Silence\n\nFalse alarms in {weeks:,} quiet weeks, seed {seed}.\n\n"
        + table(ALARMS, alarms)
        + "\n\nHow long until webhooks that stop are told of, in uneven weeks.\n\n"
        + table(DELAYS, delays)
    )


ALARMS = (
    "starts a week", "expected alone, known rates", "expected alone", "even weeks", "uneven weeks",
    "asked in a week",
)  # fmt: skip
DELAYS = (
    "starts a week", "Instagram answers, p50", "p95", "it does not, p50", "p95",
)  # fmt: skip


def _hours(length: float) -> str:
    return f"{length:.1f} h" if length < 2 * HOURS else f"{length / HOURS:.1f} d"
