"""A dead host cannot ring: another service does, when it is no longer told that all is well."""

import shutil
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from conversations.models import Worker
from incidents import heartbeat, pulse
from incidents.models import Watch
from incidents.outage import Outage
from incidents.troubles import Trouble
from tests.incidents.conftest import Looks, beats_are_told
from tests.support.receiver import Receiver
from tests.support.service import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@pytest.fixture(autouse=True)
def _well(receiver: Receiver, settings: Settings) -> None:
    settings.HEARTBEAT_URL = receiver.heartbeat()
    Worker.objects.create(name="host:1", seen_at=timezone.now())


def test_it_is_told_at_each_look_that_all_is_well(receiver: Receiver, looks: Looks) -> None:
    looks()
    looks()
    assert receiver.beats == ["/start", ""] * 2


def test_it_is_told_what_is_wrong_and_when_that_is_over(receiver: Receiver, looks: Looks) -> None:
    Worker.objects.update(seen_at=timezone.now() - timedelta(minutes=5))
    looks()
    assert receiver.beats == ["/start", "/fail"]  # at once: the other service counts for itself
    method, _, body = receiver.calls[-1]
    assert (method, b"No worker is running" in body) == ("POST", True)
    Worker.objects.update(seen_at=timezone.now())
    looks()
    assert receiver.beats[2:] == ["/start", ""]


def test_what_can_wait_does_not_fail_it(
    receiver: Receiver, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = (100 * 1024**3, 0, 900 * 1024**2)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(*usage))
    looks()
    assert looks() == ["disk"]
    assert receiver.beats == ["/start", ""] * 2


def test_a_look_that_fails_is_not_well(
    receiver: Receiver, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("incidents.ledger.write", fails)
    with pytest.raises(ZeroDivisionError):
        looks()
    beats_are_told()
    assert receiver.beats == ["/start"]


def test_what_could_not_be_looked_at_is_not_called_well(
    receiver: Receiver, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("incidents.work.last_seen", fails)
    looks()
    assert receiver.beats == ["/start", "/fail"]
    assert b"A look at this failed: work, worker." in receiver.calls[-1][2]


def test_the_path_comes_before_a_question_mark(receiver: Receiver, settings: Settings) -> None:
    settings.HEARTBEAT_URL = receiver.heartbeat("/beat/?status=up")
    heartbeat.begin()
    heartbeat.end([])
    heartbeat.end([Trouble("worker", "No worker", "x", "x")])
    beats_are_told()
    assert receiver.beats == ["/start?status=up", "/?status=up", "/fail?status=up"]


def test_who_does_not_answer_stops_no_look_and_is_not_named_in_the_log(
    looks: Looks, settings: Settings, capfd: Any
) -> None:
    settings.HEARTBEAT_URL = "http://127.0.0.1:9/hunter2222"
    looks()
    said = "".join(capfd.readouterr())
    assert "heartbeat_failed" in said
    assert "hunter2222" not in said


def test_a_service_that_hangs_holds_up_no_look_and_hears_nothing_that_is_old(
    receiver: Receiver, settings: Settings, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    receiver.hang = threading.Event()
    settings.WATCH_SECONDS = 0.0
    outage = Outage()
    pulse.beat_in_web(outage)  # /start hangs, and the rest of it waits
    wait_for(lambda: receiver.beats, "the first beat")
    assert Watch.objects.get().leased_until is None
    assert (outage.failed, receiver.beats) == (0, ["/start"])
    monkeypatch.setattr(heartbeat, "LATE_SECONDS", 0.0)
    receiver.hang.set()
    beats_are_told()
    assert receiver.beats == ["/start"]
    assert "too late" in "".join(capfd.readouterr())


@pytest.mark.parametrize("status", [302, 404, 500])
def test_an_answer_that_is_none_is_said_in_the_log(
    receiver: Receiver, status: int, capfd: Any
) -> None:
    receiver.statuses.append(status)
    heartbeat.end([])
    beats_are_told()
    said = "".join(capfd.readouterr())
    assert "heartbeat_failed" in said
    assert str(status) in said


def test_without_an_address_nobody_is_called(
    receiver: Receiver, looks: Looks, settings: Settings
) -> None:
    settings.HEARTBEAT_URL = ""
    looks()
    assert receiver.calls == []
