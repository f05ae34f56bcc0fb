"""What follows a failed call, as a table."""

import random
from datetime import UTC, datetime

import pytest

from conversations.models import State
from conversations.outbox.retry import LONGEST_WAIT_SECONDS, MAX_CALLS, Next, after
from instagram.errors import (
    AccountError,
    AmbiguousError,
    NotSentError,
    OnceMoreError,
    PermanentError,
    RetryError,
    ThrottledError,
)

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize("tries", [1, 8, 99])
def test_what_may_have_been_sent_is_unknown_however_often(tries: int) -> None:
    assert after(AmbiguousError("?"), tries, NOW) == Next(State.UNKNOWN)


def test_a_permanent_refusal_fails() -> None:
    assert after(PermanentError("no"), 1, NOW) == Next(State.FAILED)


def test_a_broken_account_holds_the_message() -> None:
    assert after(AccountError("token"), 99, NOW) == Next(State.QUEUED)


def test_a_throttled_account_keeps_the_message() -> None:
    assert after(ThrottledError("slow"), 99, NOW) == Next(State.QUEUED)


def test_a_refusal_that_is_worth_one_more_try_gets_one() -> None:
    assert after(OnceMoreError("fetch"), 1, NOW).state == State.QUEUED
    assert after(OnceMoreError("fetch"), 2, NOW) == Next(State.FAILED)


@pytest.mark.parametrize("tries", [1, 8, 999])
def test_what_never_left_is_held_however_often(tries: int) -> None:
    assert after(NotSentError("out of reach"), tries, NOW) == Next(State.QUEUED)


def test_waits_double_with_jitter_up_to_ten_minutes_and_end_after_eight_tries() -> None:
    for tries in range(1, MAX_CALLS):
        full = min(2.0 * 2 ** (tries - 1), LONGEST_WAIT_SECONDS)
        for seed in range(20):
            found = after(RetryError("later"), tries, NOW, chance=random.Random(seed))
            assert found.state == State.QUEUED
            assert found.not_before is not None
            waits = (found.not_before - NOW).total_seconds()
            assert full / 2 <= waits <= full
    assert after(RetryError("later"), MAX_CALLS, NOW) == Next(State.FAILED)
