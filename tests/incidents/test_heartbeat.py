"""A dead host cannot ring: another service does, when it is no longer told that all is well."""

import shutil
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from conversations.models import Worker
from incidents import heartbeat
from incidents.troubles import Trouble
from tests.incidents.conftest import Looks
from tests.support.receiver import Receiver

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
    assert receiver.beats == ["/start"]


def test_the_path_comes_before_a_question_mark(receiver: Receiver, settings: Settings) -> None:
    settings.HEARTBEAT_URL = receiver.heartbeat("/beat/?status=up")
    heartbeat.begin()
    heartbeat.end([])
    heartbeat.end([Trouble("worker", "No worker", "x", "x")])
    assert receiver.beats == ["/start?status=up", "/?status=up", "/fail?status=up"]


def test_who_does_not_answer_stops_no_look_and_is_not_named_in_the_log(
    looks: Looks, settings: Settings, capfd: Any
) -> None:
    settings.HEARTBEAT_URL = "http://127.0.0.1:9/hunter2222"
    looks()
    said = "".join(capfd.readouterr())
    assert "heartbeat_failed" in said
    assert "hunter2222" not in said


def test_without_an_address_nobody_is_called(
    receiver: Receiver, looks: Looks, settings: Settings
) -> None:
    settings.HEARTBEAT_URL = ""
    looks()
    assert receiver.calls == []
