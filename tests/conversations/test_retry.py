"""What follows a failed call, as a table."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from conversations.models import State
from conversations.outbox.retry import LONGEST_WAIT, MAX_TRIES, Next, after
from instagram.errors import (
    AccountError,
    AmbiguousError,
    NotSentError,
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
    assert after(AccountError("token"), 99, NOW) == Next(State.QUEUED, hold=True)


@pytest.mark.parametrize(("said", "rests"), [(0, 60), (30, 60), (600, 600)])
def test_a_throttle_rests_the_account_at_least_the_tuned_time(said: int, rests: int) -> None:
    error = ThrottledError("slow")
    error.wait_seconds = said
    found = after(error, 99, NOW, rest=timedelta(minutes=1))
    assert found == Next(State.QUEUED, rest_until=NOW + timedelta(seconds=rests))


@pytest.mark.parametrize("kind", [RetryError, NotSentError])
def test_waits_double_with_jitter_up_to_ten_minutes_and_end_after_eight_tries(
    kind: type[RetryError | NotSentError],
) -> None:
    for tries in range(1, MAX_TRIES):
        full = min(2.0 * 2 ** (tries - 1), LONGEST_WAIT)
        for seed in range(20):
            found = after(kind("later"), tries, NOW, chance=random.Random(seed))
            assert found.state == State.QUEUED
            assert found.not_before is not None
            waits = (found.not_before - NOW).total_seconds()
            assert full / 2 <= waits <= full
    assert after(kind("later"), MAX_TRIES, NOW) == Next(State.FAILED)
