"""What is learned of a shop's weeks."""

from collections.abc import Sequence
from datetime import date, timedelta
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.silence.rates import DAYS, HOURS, Day, Rates, learn
from tests.support.weeks import CLOSED, OPEN, days

pytestmark = pytest.mark.no_database

MONDAY = date(2026, 3, 2)
A_WEEK = DAYS * sum(OPEN)


def learned(found: Sequence[Day], before: date = MONDAY) -> Rates:
    rates = learn(found, before)
    assert rates is not None
    return rates


def of_week(rates: Rates) -> float:
    return round(rates.a_week, 6)


def busy_on_saturday(day: date) -> Sequence[int]:
    return OPEN if day.weekday() == 5 else CLOSED


def test_of_even_weeks_each_hour_is_learned_as_it_is() -> None:
    rates = learned(days(MONDAY, 56))
    assert [round(one, 6) for one in rates.of(MONDAY)] == list(OPEN)
    assert of_week(rates) == A_WEEK
    assert rates.threshold == pytest.approx(log(A_WEEK) + 8)


def test_each_day_of_the_week_has_hours_of_its_own() -> None:
    rates = learned(days(MONDAY, 56, busy_on_saturday))
    assert [round(one, 6) for one in rates.of(date(2026, 3, 7))] == list(OPEN)
    assert sum(rates.of(date(2026, 3, 6))) == 0


def test_of_one_day_no_more_is_learned_than_it_tells() -> None:
    rates = learned(days(MONDAY, 1))
    assert of_week(rates) == sum(OPEN)
    assert rates.weeks < 1 / DAYS


@pytest.mark.parametrize("found", [[], days(MONDAY, 30, lambda _: CLOSED)])
def test_where_nobody_wrote_nothing_is_learned(found: list[Day]) -> None:
    assert learn(found, MONDAY) is None


def test_what_was_counted_from_that_day_on_is_left_out() -> None:
    later = [Day(MONDAY, (50,) * HOURS), Day(MONDAY + timedelta(days=1), (50,) * HOURS)]
    assert learned([*days(MONDAY, 56), *later]) == learned(days(MONDAY, 56))


@pytest.mark.parametrize(
    ("weeks_ago", "low", "high"), [(1, 1.2, 1.3), (3, 1.5, 1.65), (8, 1.85, 2.0)]
)
def test_a_shop_that_doubles_is_believed_within_weeks(
    weeks_ago: int, low: float, high: float
) -> None:
    since = MONDAY - timedelta(weeks=weeks_ago)
    grows = days(MONDAY, 84, lambda day: [2 * one for one in OPEN] if day >= since else OPEN)
    assert low < learned(grows).a_week / A_WEEK < high


def test_a_shop_that_shrinks_is_believed_as_well() -> None:
    since = MONDAY - timedelta(weeks=4)
    shrinks = days(MONDAY, 84, lambda day: [one // 2 for one in OPEN] if day >= since else OPEN)
    assert 0.6 < learned(shrinks).a_week / A_WEEK < 0.75


@pytest.mark.parametrize("weeks", [0.5, 1, 2, 4, 7])
def test_an_outage_does_not_teach_that_silence_is_normal(weeks: float) -> None:
    since, until = MONDAY - timedelta(weeks=weeks, days=5), MONDAY - timedelta(days=5)
    away = days(MONDAY, 84, lambda day: CLOSED if since <= day < until else OPEN)
    assert of_week(learned(away)) == A_WEEK


def test_nor_does_one_that_lasts_until_now() -> None:
    away = days(MONDAY, 84, lambda day: CLOSED if day >= MONDAY - timedelta(weeks=3) else OPEN)
    assert of_week(learned(away)) == A_WEEK


def test_a_day_off_does_teach_since_it_may_be_one_again() -> None:
    off = days(MONDAY, 84, lambda day: CLOSED if day == MONDAY - timedelta(days=7) else OPEN)
    sparse = [Day(one.day, [int(hour > 0) for hour in one.starts][:9] + [0] * 15) for one in off]
    assert of_week(learned(sparse)) < DAYS


def test_days_that_differ_are_known_to_differ() -> None:
    wild = days(MONDAY, 84, lambda day: [(1 + day.day % 5) * one for one in OPEN])
    assert learned(wild).uneven > 3 * learned(days(MONDAY, 84)).uneven


def test_an_hour_that_comes_twice_counts_as_two_and_one_that_is_skipped_as_none() -> None:
    twice, skipped = [1.0] * HOURS, [1.0] * HOURS
    twice[9], skipped[9] = 2.0, 0.0
    long = [4 if hour == 9 else starts for hour, starts in enumerate(OPEN)]
    short = [0 if hour == 9 else starts for hour, starts in enumerate(OPEN)]
    usual = days(MONDAY, 54)
    moved = [
        Day(usual[0].day - timedelta(days=2), long, twice),
        Day(usual[0].day - timedelta(days=1), short, skipped),
    ]
    assert of_week(learned([*moved, *usual])) == A_WEEK


counts = st.lists(st.integers(0, 9), min_size=HOURS, max_size=HOURS)


@given(st.lists(counts, min_size=1, max_size=30))
def test_whatever_came_the_rates_lie_between_the_least_and_the_most(drawn: list[list[int]]) -> None:
    first = MONDAY - timedelta(days=len(drawn))
    found = [Day(first + timedelta(days=number), row) for number, row in enumerate(drawn)]
    rates = learn(found, MONDAY)
    if rates is None:
        assert not any(map(any, drawn))
        return
    for hour, rate in enumerate(rates.by_hour):
        came = [one.starts[hour % HOURS] for one in found if one.day.weekday() == hour // HOURS]
        assert 0 <= rate <= max(came, default=0) + 1e-9
    assert rates.uneven > 0
    assert 0 < rates.weeks <= len(drawn) / DAYS
