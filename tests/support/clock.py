import time
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from workqueue import snapshot

Clock = Callable[
    [timedelta], None
]  # moves instabot's clock forward: the fixtures `time_passes` and `time_stands`


def move_to(hour: int, passes: Clock) -> None:
    """Move the clock to this hour of the next day by UTC, whenever the test runs."""
    now = timezone.now()
    passes(now.replace(hour=hour, minute=20) + timedelta(days=1) - now)


def let_nothing_age(patch: pytest.MonkeyPatch) -> None:
    """What a process remembers stays as new as it is, however slow the machine."""
    now = time.monotonic()
    patch.setattr(snapshot, "time", SimpleNamespace(monotonic=lambda: now))
    patch.setattr(snapshot, "MAX_AGE", float("inf"))  # also where a test has everything read anew
