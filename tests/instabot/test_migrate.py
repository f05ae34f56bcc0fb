"""`manage.py migrate` beside the version before, which goes on writing."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import OperationalError
from psycopg2.errors import DeadlockDetected

from instabot.management.commands.migrate import TRIES

pytestmark = pytest.mark.no_database


@pytest.fixture
def fails(monkeypatch: pytest.MonkeyPatch) -> list[Exception | None]:
    """What Django's own command meets, try by try."""
    meets: list[Exception | None] = []

    def handle(*_: Any, **__: Any) -> None:
        if error := meets.pop(0):
            raise OperationalError("as Django has it") from error

    monkeypatch.setattr(migrate.Command, "handle", handle)
    return meets


def test_a_deadlock_with_what_runs_is_tried_again(fails: list[Exception | None]) -> None:
    fails += [DeadlockDetected("deadlock detected"), DeadlockDetected("deadlock detected"), None]
    told = StringIO()
    call_command("migrate", stderr=told)
    assert fails == []
    assert told.getvalue().count("Going on.") == 2


def test_it_is_given_up_at_last(fails: list[Exception | None]) -> None:
    fails += [DeadlockDetected("deadlock detected")] * (TRIES + 1)
    with pytest.raises(OperationalError):
        call_command("migrate", stderr=StringIO())
    assert len(fails) == 1


def test_any_other_error_is_raised_at_once(fails: list[Exception | None]) -> None:
    fails += [TimeoutError("no answer"), None]
    with pytest.raises(OperationalError):
        call_command("migrate", stderr=StringIO())
    assert fails == [None]
