"""How many wrong passwords are free, and how long the next try waits."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from people.login.allowance import (
    ALLOWANCES,
    HOUR,
    MINUTE,
    WAITS,
    Kind,
    beyond,
    cool_off,
    free_after,
    left,
)

pytestmark = pytest.mark.no_database


def waits_of(kind: Kind, tries: int) -> list[timedelta]:
    """The waits of somebody who tries again as soon as they may."""
    level, waits = 0.0, [timedelta()]
    for _ in range(tries):
        level = left(kind, level, waits[-1]) + 1
        wait = cool_off(SimpleNamespace(axes_failures_since_start=beyond(kind, level)))
        waits.append(wait or timedelta())
    return [wait for wait in waits if wait]


def test_each_wait_is_longer_until_there_is_one_every_few_hours() -> None:
    assert waits_of(Kind.PAIR, 8)[:4] == [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR]
    assert sum(waits_of(Kind.PAIR, 60), timedelta()) > 50 * 2 * HOUR


@pytest.mark.parametrize("kind", Kind)
def test_the_free_ones_are_free_and_the_next_waits_a_minute(kind: Kind) -> None:
    free = ALLOWANCES[kind].free
    assert [beyond(kind, level) for level in range(1, free)] == [0] * (free - 1)
    assert cool_off(SimpleNamespace(axes_failures_since_start=beyond(kind, free))) == MINUTE
    assert free_after(kind, free - 2) == 2
    assert free_after(kind, free + 3) == 0


def test_whoever_makes_mistakes_now_and_then_is_never_locked() -> None:
    for kind, allowance in ALLOWANCES.items():
        level = 0.0
        for _ in range(100):
            level = left(kind, level, allowance.forgiven_every) + 1
        assert not beyond(kind, level), kind


def test_no_wait_is_for_ever() -> None:
    assert cool_off(SimpleNamespace(axes_failures_since_start=10**6)) == WAITS[-1]
    assert cool_off(SimpleNamespace(axes_failures_since_start=0)) is None
