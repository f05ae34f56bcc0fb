"""How surprising it is that nobody has begun to write since a moment. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from math import log1p

from conversations.silence.rates import HOURS, Rates

STEP = timedelta(minutes=15)  # clocks differ by multiples of it
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST_DAYS = 7 * DAY  # there is no alarm: too little is known
# Starts: by chance one silence of twenty is as long. Instagram is asked: that disturbs nobody.
ASK_FROM = 3.0
ASK_EVERY = timedelta(minutes=15)  # while it lasts
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Variances beyond chance: of one hour against its day, of one week against the weeks before.
HOUR_UNEVEN, WEEK_UNEVEN = 0.025, 0.02


@dataclass(frozen=True, slots=True)
class Judgement:
    """expected: how many starts since then; surprise: -ln of how likely it is that none came.

    threshold: from which surprise on the silence is no chance.
    """

    since: datetime
    expected: float
    surprise: float
    threshold: float
    lasts: timedelta

    @property
    def is_long(self) -> bool:
        """Tell whether it is no chance."""
        return self.lasts >= HOUR and self.surprise >= self.threshold

    @property
    def is_noticed(self) -> bool:
        """Tell whether it is long enough to ask Instagram whether something came."""
        return self.lasts >= HOUR and (self.expected >= ASK_FROM or self.is_long)


def judge(
    rates: Rates,
    since: datetime,
    now: datetime,
    zone: tzinfo,
    today: Sequence[int] | None = None,
) -> Judgement:
    """Judge a silence.

    today: the starts by hour on the date on which it began; None: they are not known.
    """
    by_day = list(expect(rates, since, now, zone).values())
    came, awaited = 0, 0.0
    if today is not None:
        began = since.astimezone(zone)
        midnight = began.replace(hour=0, minute=0, second=0, microsecond=0)
        awaited = sum(expect(rates, midnight.astimezone(UTC), since, zone).values())
        came = sum(today[: began.hour + 1])
    surprise = _surprise(rates, by_day, came, awaited)
    return Judgement(since, sum(by_day), surprise, rates.threshold, now - since)


def expect(rates: Rates, since: datetime, until: datetime, zone: tzinfo) -> dict[date, float]:
    """Return how many starts are usual from one moment until another, by the date of the shop."""
    found: dict[date, float] = {}
    for begin, end in _steps(since.astimezone(UTC), until.astimezone(UTC)):
        local = begin.astimezone(zone)
        rate = rates.by_hour[local.weekday() * HOURS + local.hour]
        found[local.date()] = found.get(local.date(), 0.0) + rate * ((end - begin) / HOUR)
    return found


def _steps(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Cut a time where a clock may begin an hour."""
    while since < until:
        end = min(EPOCH + ((since - EPOCH) // STEP + 1) * STEP, until)
        yield since, end
        since = end


def _surprise(rates: Rates, by_day: Sequence[float], came: int, awaited: float) -> float:
    """Return -ln of the likelihood of no start.

    Were the rates known, that is the expected number itself. But each day has a factor of its own
    (Gamma-distributed, so the likelihood is a negative binomial's), which the beginning of the
    first day tells about; and the rates are learned from few starts, in other weeks than this one.
    """
    expected = sum(by_day)
    learned_from = min(expected, rates.a_week) * rates.weeks
    if not learned_from:
        return 0.0
    of_a_day = 1 / rates.uneven
    believed = min(1.0, 1 / HOUR_UNEVEN / (of_a_day + came))
    shape, rate = believed * (of_a_day + came), believed * (of_a_day + awaited)
    first, *others = by_day
    each = shape * log1p(first / rate) + sum(of_a_day * log1p(one / of_a_day) for one in others)
    spread = WEEK_UNEVEN + 1 / learned_from
    return log1p(each * spread) / spread
