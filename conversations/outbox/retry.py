"""What follows a call that did not succeed: a pure function from the error to the next state."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from conversations.models import State
from instagram.errors import (
    AccountError,
    AmbiguousError,
    GraphError,
    NotSentError,
    OnceMoreError,
    PermanentError,
    ThrottledError,
)

MAX_CALLS = 8
LONGEST_WAIT_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Next:
    """The message's next state, and when to try again."""

    state: State
    not_before: datetime | None = None


def after(
    error: GraphError,
    tries: int,
    now: datetime,
    *,
    first: float = 2.0,
    chance: random.Random | None = None,
) -> Next:
    """Return what follows. tries: calls made so far, this one included; first: seconds.

    A refusal that asks to wait is tried again with growing, jittered waits, at most MAX_CALLS
    times. A throttled or broken account keeps its messages queued, and so does a Meta that cannot
    be reached. What may have been sent is unknown, and is settled elsewhere.
    """
    if isinstance(error, AmbiguousError):
        return Next(State.UNKNOWN)
    if isinstance(error, PermanentError):
        return Next(State.FAILED)
    if isinstance(error, AccountError | ThrottledError | NotSentError):
        return Next(State.QUEUED)
    if tries >= (2 if isinstance(error, OnceMoreError) else MAX_CALLS):
        return Next(State.FAILED)
    longest = min(first * 2 ** (tries - 1), LONGEST_WAIT_SECONDS)
    wait_seconds = longest * (chance or random).uniform(0.5, 1)
    return Next(State.QUEUED, not_before=now + timedelta(seconds=wait_seconds))
