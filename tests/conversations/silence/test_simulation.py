"""The benchmark's simulation, small: `python -m bench silence` has the figures."""

import pytest

from bench.silence import STARTS, known_rates, simulate

pytestmark = pytest.mark.no_database

WEEKS, SEED = 60, 7


@pytest.mark.parametrize("starts", STARTS)
def test_in_quiet_weeks_nobody_is_rung_for(starts: int) -> None:
    assert simulate(starts, WEEKS, SEED).ours == 0


@pytest.mark.once
def test_a_thousand_uneven_weeks_have_at_most_three_false_alarms() -> None:
    assert simulate(20, 1000, SEED).ours <= 3  # with SURE = 5 they are five


def test_the_expected_number_alone_would_ring_in_uneven_weeks() -> None:
    found = simulate(1000, WEEKS, SEED)
    assert found.alone > 3, "or the weeks are not uneven, and nothing is shown"
    assert known_rates(1000, WEEKS, SEED) <= 1


def test_a_stop_is_found_and_the_sooner_the_more_customers_there_are() -> None:
    stops = [simulate(starts, WEEKS, SEED) for starts in (20, 200, 1000)]
    found = [sum(one.found) / len(one.found) for one in stops]
    confirmed = [sum(one.confirmed) / len(one.confirmed) for one in stops]
    assert found == sorted(found, reverse=True)
    assert confirmed == sorted(confirmed, reverse=True)
    assert all(one < other for one, other in zip(confirmed, found, strict=True))
    assert found[-1] < 24
    assert confirmed[-1] < 12
