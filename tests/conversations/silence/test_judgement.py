"""How surprising it is that nobody writes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.silence.judgement import HOUR, expect, judge
from conversations.silence.rates import Rates, learn
from tests.support.weeks import OPEN, at, days

pytestmark = pytest.mark.no_database

MONDAY = date(2026, 3, 2)
ZONES = [
    ZoneInfo(name)
    for name in ("UTC", "Europe/Kyiv", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Sao_Paulo")
]
KYIV = ZONES[1]


def rates(count: int = 84) -> Rates:
    found = learn(days(MONDAY, count), MONDAY)
    assert found is not None
    return found


USUAL = rates()
EVEN = Rates((1.0,) * 168, weeks=10, uneven=0.1)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.floats(0, 365 * 24).map(lambda hours: NEW_YEAR + timedelta(hours=hours))
lengths = st.floats(0.0, 40 * 24).map(lambda hours: timedelta(hours=hours))


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2026-03-03T09:00", "2026-03-03T12:00", 6),
        ("2026-03-03T09:30", "2026-03-03T10:20", 5 / 3),
        ("2026-03-03T20:00", "2026-03-04T08:00", 0),  # the shop's night
        ("2026-03-03T19:00", "2026-03-04T09:00", 4),
        ("2026-03-03T12:00", "2026-03-10T12:00", 168),
        ("2026-03-03T12:00", "2026-03-03T12:00", 0),
        ("2026-03-28T12:00", "2026-03-29T12:00", 24),  # the night in which the clock is moved
    ],
)
def test_the_expected_number_goes_by_the_clock_of_the_shop(
    since: str, until: str, expected: float
) -> None:
    found = expect(USUAL, at(since, KYIV), at(until, KYIV), KYIV)
    assert sum(found.values()) == pytest.approx(expected)


def test_a_day_has_the_hours_that_its_clock_has() -> None:
    for day, hours in (("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)):
        begin = at(f"{day}T00:00", KYIV)
        end = at(f"{date.fromisoformat(day) + timedelta(days=1)}T00:00", KYIV)
        assert sum(expect(EVEN, begin, end, KYIV).values()) == pytest.approx(hours)


@given(moments, lengths, lengths, st.sampled_from(ZONES))
def test_what_is_expected_adds_up(
    since: datetime, first: timedelta, then: timedelta, zone: ZoneInfo
) -> None:
    middle, end = since + first, since + first + then
    parts = [expect(USUAL, since, middle, zone), expect(USUAL, middle, end, zone)]
    whole = sum(expect(USUAL, since, end, zone).values())
    assert sum(sum(part.values()) for part in parts) == pytest.approx(whole)


@given(moments, lengths, lengths, st.sampled_from(ZONES))
def test_a_silence_surprises_more_the_longer_it_lasts(
    since: datetime, first: timedelta, more: timedelta, zone: ZoneInfo
) -> None:
    short = judge(USUAL, since, since + first, zone, OPEN)
    long = judge(USUAL, since, since + first + more, zone, OPEN)
    assert long.surprise >= short.surprise - 1e-9
    assert long.expected >= short.expected - 1e-9


@given(moments, lengths, st.integers(0, 20))
def test_it_surprises_less_than_chance_alone_would_have_it(
    since: datetime, length: timedelta, weeks: int
) -> None:
    """The rates are learned, and no day is like another: unless its beginning shows more."""
    known = Rates(USUAL.by_hour, weeks, uneven=0.1)
    found = judge(known, since, since + length, UTC)
    assert 0 <= found.surprise <= found.expected + 1e-9


def test_what_a_day_has_shown_counts() -> None:
    since, now = at("2026-03-03T14:00", UTC), at("2026-03-03T17:00", UTC)
    uneven = Rates(USUAL.by_hour, USUAL.weeks, uneven=0.1)
    by_what_came = [
        judge(uneven, since, now, UTC, [0] * 8 + [each] * 6).surprise for each in (0, 2, 6)
    ]
    quiet, usual, busy = by_what_came
    unknown = judge(uneven, since, now, UTC).surprise
    assert quiet < unknown < usual < busy


def test_who_learned_from_one_week_waits_longer_than_who_learned_from_many() -> None:
    since, now = at("2026-03-03T14:00", UTC), at("2026-03-05T14:00", UTC)
    assert judge(rates(7), since, now, UTC).surprise < judge(USUAL, since, now, UTC).surprise


def test_within_an_hour_there_is_no_silence() -> None:
    busy = Rates((1000.0,) * 168, weeks=10, uneven=0.02)
    since = at("2026-03-03T14:00", UTC)
    early = judge(busy, since, since + HOUR - timedelta(seconds=1), UTC, [1000] * 14)
    assert early.surprise > early.threshold
    assert not early.is_long
    assert not early.is_noticed
    assert judge(busy, since, since + HOUR, UTC, [1000] * 14).is_long


def test_the_night_of_a_shop_is_no_silence() -> None:
    since = at("2026-03-03T19:59", UTC)
    assert not judge(USUAL, since, since + 12 * HOUR, UTC, OPEN).is_noticed


def test_three_expected_customers_are_enough_to_ask_and_not_for_an_alarm() -> None:
    since = at("2026-03-03T14:00", UTC)
    found = judge(USUAL, since, since + timedelta(minutes=91), UTC, OPEN)
    assert found.is_noticed
    assert not found.is_long
    assert judge(USUAL, since, since + 48 * HOUR, UTC, OPEN).is_long
