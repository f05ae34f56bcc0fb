"""Where the database is away the web process tells by itself, from what it has in memory."""

import threading
from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, ProgrammingError, connections
from django.utils import timezone
from pytest_django import Settings

from incidents import outage as outages
from incidents import pulse, watch
from incidents.models import Contact, Incident
from incidents.outage import Outage
from tests.incidents.conftest import beats_are_told
from tests.support.clock import Clock
from tests.support.receiver import Receiver

pytestmark = pytest.mark.django_db(transaction=True)

AWAY = OperationalError('connection to server at "db" failed: Connection refused')
TITLE = "instabot: The database cannot be reached"


@pytest.fixture
def outage(anna: Contact, settings: Settings, tmp_path: Path) -> Iterator[Outage]:
    settings.VAR_DIR = tmp_path
    one = Outage()
    one.remember()
    yield one
    one._forget()


def test_two_failures_in_a_row_are_told_and_three_good_beats_end_it(
    outage: Outage, receiver: Receiver, settings: Settings
) -> None:
    settings.HEARTBEAT_URL = receiver.heartbeat()
    outage.note_failure(AWAY)
    outage.note_success()
    outage.note_failure(AWAY)
    assert receiver.titles == []
    for _ in range(3):
        outage.note_failure(AWAY)
    assert receiver.titles == [TITLE]
    assert "DATABASE" not in receiver.messages[0]["message"]
    assert "See that PostgreSQL runs" in receiver.messages[0]["message"]
    beats_are_told()
    assert receiver.beats == ["/fail"] * 5
    for _ in range(4):
        outage.note_success()
    assert receiver.titles == [TITLE, "instabot: over: The database cannot be reached"]
    [row] = Incident.objects.all()
    assert (row.kind, row.title) == ("outage", "The database cannot be reached")
    assert row.since <= row.opened_at <= row.ended_at


def test_while_it_lasts_it_is_told_once_a_day(
    outage: Outage, receiver: Receiver, time_stands: Clock
) -> None:
    for _ in range(30):
        outage.note_failure(AWAY)
        time_stands(timedelta(hours=2))
    assert receiver.titles == [TITLE] * 3


def test_of_the_processes_of_a_machine_one_tells(
    outage: Outage, receiver: Receiver, anna: Contact
) -> None:
    other = Outage()
    other.remember()
    for one in (outage, other, outage, other):
        one.note_failure(AWAY)
    assert receiver.titles == [TITLE]
    for one in (outage, other) * 3:
        one.note_success()
    assert len(receiver.titles) == 2
    for _ in range(2):  # the next one may be told by another process
        other.note_failure(AWAY)
    assert len(receiver.titles) == 3
    other._forget()


@pytest.mark.parametrize(
    ("error", "title"),
    [
        (AWAY, "The database cannot be reached"),
        (InterfaceError("connection already closed"), "The database cannot be reached"),
        (OperationalError("database or disk is full"), "The disk of the database is full"),
        (
            OperationalError('could not extend file "base/5": No space left on device'),
            "The disk of the database is full",
        ),
        (
            OperationalError("FATAL:  sorry, too many clients already"),
            "The database has no connection left",
        ),
        (
            OperationalError(
                "FATAL:  remaining connection slots are reserved for roles with the SUPERUSER"
            ),
            "The database has no connection left",
        ),
        (
            OperationalError('too many connections for role "x"'),
            "The database has no connection left",
        ),
        (OperationalError("no such table: x"), "The database does not fit the code"),
        (
            ProgrammingError('relation "x" does not exist'),
            "The database does not fit the code",
        ),
        (ProgrammingError("syntax error at or near"), "The database refuses what instabot asks"),
        (
            OperationalError("PostgreSQL gave no answer for 5 s: it is frozen, overloaded, or out"),
            "The database does not answer",
        ),
        (None, "The database does not answer"),
    ],
)  # fmt: skip
def test_it_says_what_the_error_means(error: Exception | None, title: str) -> None:
    assert outages.cause_of(error).title == title


def test_quiet_hours_are_kept_and_an_address_without_its_key_stops_no_other(
    outage: Outage, receiver: Receiver
) -> None:
    lost, [anna] = Contact(who="x", address="gAAAA-of-another-key"), outage.contacts
    outage.contacts = [lost, anna]
    now = timezone.now()
    anna.quiet_from = (now - timedelta(hours=1)).time()
    anna.quiet_until = (now + timedelta(hours=1)).time()
    anna.urgent_anyway = False
    for _ in range(2):
        outage.note_failure(AWAY)
    assert receiver.titles == []
    anna.quiet_from = anna.quiet_until = time(1)  # they are over
    for _ in range(2):
        outage.note_failure(AWAY)
    assert receiver.titles == [TITLE], "and once"


def test_only_those_who_heard_of_it_hear_that_it_is_over(
    outage: Outage, receiver: Receiver
) -> None:
    [anna], now = outage.contacts, timezone.now()
    anna.quiet_from = (now - timedelta(hours=1)).time()
    anna.quiet_until = (now + timedelta(hours=1)).time()
    anna.urgent_anyway = False
    for _ in range(2):
        outage.note_failure(AWAY)
    anna.quiet_from = anna.quiet_until = time(1)
    for _ in range(4):
        outage.note_success()
    assert receiver.titles == []
    [row] = Incident.objects.all()
    assert row.told_at is None


def test_a_beat_tells_the_database_from_a_mistake_of_ours(
    outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> None:
        raise error

    monkeypatch.setattr(watch, "give_sign_of_life", fails)
    error: Exception = AWAY
    pulse.beat_in_web(outage)
    error = ProgrammingError('relation "incidents_presence" does not exist')
    pulse.beat_in_web(outage)
    assert outage.failed == 2
    error = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        pulse.beat_in_web(outage)
    assert outage.failed == 2


def test_a_database_that_never_answers_is_away_and_asked_by_one_thread(
    outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone_on, asked = threading.Event(), []

    def hangs(*_: Any) -> None:
        asked.append(1)
        gone_on.wait(30)

    monkeypatch.setattr(watch, "give_sign_of_life", hangs)
    monkeypatch.setattr(pulse, "ANSWER_SECONDS", 0.1)
    for _ in range(3):
        pulse.beat_in_web(outage)
    gone_on.set()
    assert (outage.failed, asked) == (3, [1])
    assert outage.cause.title == "The database does not answer"
    for _ in range(100):
        if not pulse._hanging.is_set():
            break
        threading.Event().wait(0.05)
    assert not pulse._hanging.is_set()


def test_a_connection_that_cannot_be_closed_does_not_stop_the_next_beat(
    outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> None:
        raise AWAY

    monkeypatch.setattr(connections, "close_all", fails)
    pulse.beat_in_web(outage)
    assert outage.cause.title == "The database cannot be reached"
    assert not pulse._hanging.is_set()
