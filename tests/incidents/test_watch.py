"""One process looks at a time; the web process looks where no worker does."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone
from pytest_django import Settings

from conversations.models import Worker
from incidents import pulse, watch
from incidents.looks import Look, parts
from incidents.models import Contact, Incident, Presence, Watch
from incidents.outage import Outage
from incidents.troubles import Trouble
from tests.support.clock import Clock
from tests.support.receiver import Receiver
from webhooks.models import WebhookEvent

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)


def test_a_look_is_made_once_a_minute_whoever_asks(time_stands: Clock) -> None:
    assert [watch.look(), watch.look()] == [True, False]
    time_stands(50 * timedelta(seconds=1))
    assert not watch.look()
    time_stands(5 * timedelta(seconds=1))
    assert watch.look()


def test_while_somebody_looks_nobody_else_does(time_stands: Clock, settings: Settings) -> None:
    now = timezone.now()
    Watch.objects.take(now, now + settings.LEASE, now)
    Watch.objects.update(looked_at=now - 5 * MINUTE)
    assert not watch.look()
    time_stands(settings.LEASE + timedelta(seconds=1))  # who looked is dead
    assert watch.look()


def test_a_look_that_was_overtaken_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def overtake(_: datetime) -> list[Trouble]:
        Watch.objects.update(leased_until=timezone.now() + MINUTE)
        return [Trouble("x", "x", "x", "x", is_sure=True)]

    monkeypatch.setattr(watch, "LOOKS", [Look(("x",), overtake)])
    assert not watch.look()
    assert not Incident.objects.exists()


def test_a_look_that_fails_stops_no_other(capfd: Any) -> None:
    def fails(_: datetime) -> list[Trouble]:
        raise ZeroDivisionError

    def finds(_: datetime) -> list[Trouble]:
        return [Trouble("x", "x", "x", "x")]

    looks = [Look(("a", "b"), fails), Look(("x",), finds)]
    found, looked_at = watch.examine(looks, timezone.now())
    assert [one.kind for one in found] == ["x"]
    assert looked_at == {"x"}
    assert "look_failed" in capfd.readouterr().err


def test_a_database_that_is_away_is_no_look_that_failed() -> None:
    def away(_: datetime) -> list[Trouble]:
        raise OperationalError

    with pytest.raises(OperationalError):
        watch.examine([Look(("a",), away)], timezone.now())


def test_the_web_process_leaves_looks_to_a_worker_that_is_there() -> None:
    now = timezone.now()
    Worker.objects.create(name="host:1", seen_at=now)
    row = Watch.objects.the_row()
    for length, looks in ((MINUTE, False), (2 * MINUTE, True)):
        Watch.objects.update(looked_at=now - length)
        pulse.beat_in_web(Outage())
        row.refresh_from_db()
        assert row.looked_at
        assert (row.looked_at >= now) == looks


def test_the_web_process_finds_that_no_worker_is_there_and_says_it(
    anna: Contact, receiver: Receiver, settings: Settings
) -> None:
    settings.WATCH_SECONDS = 0.0
    outage = Outage()
    for _ in range(2):
        pulse.beat_in_web(outage)
    assert receiver.titles == ["instabot: No worker is running"]
    Worker.objects.create(name="host:1", seen_at=timezone.now())
    for _ in range(3):
        pulse.beat_in_worker()
    assert not Incident.objects.open().exists()
    assert {one.role for one in Presence.objects.all()} == {"web", "worker"}


def test_processes_that_are_gone_for_a_day_are_forgotten() -> None:
    Presence.objects.note("old:1", "web", timezone.now() - timedelta(days=2), timedelta())
    watch.give_sign_of_life("new:1", Presence.Role.WEB)
    assert [one.name for one in Presence.objects.all()] == ["web new:1"]


def test_the_last_web_process_is_missed_for_longer_than_a_day() -> None:
    now = timezone.now()
    for name, days in (("old:1", 3), ("last:1", 2)):
        Presence.objects.note(name, "web", now - timedelta(days=days), timedelta())
    watch.give_sign_of_life("here:1", Presence.Role.WORKER)
    assert sorted(one.name for one in Presence.objects.all()) == ["web last:1", "worker here:1"]
    assert [one.kind for one in parts.find_deaf(now)] == ["web"]


@pytest.mark.parametrize(("minutes", "missed"), [(1, ["web"]), (20, [])])
def test_a_web_that_takes_webhooks_without_a_sign_of_life_runs_in_another_way(
    minutes: int, missed: list[str]
) -> None:
    last, minute = timezone.now() - timedelta(hours=1), timedelta(minutes=1)
    Presence.objects.note("gunicorn:1", "web", last, timedelta())
    WebhookEvent.objects.create(body=b"{}", received_at=last + minutes * minute)
    assert [one.kind for one in parts.find_deaf(timezone.now())] == missed


def test_a_web_that_has_never_run_is_missed_once_a_worker_has_waited_for_it() -> None:
    watch.give_sign_of_life("here:1", Presence.Role.WORKER)
    assert list(parts.find_deaf(timezone.now())) == []  # it may be about to start
    now = timezone.now() + 6 * MINUTE
    watch.give_sign_of_life("here:1", Presence.Role.WORKER)  # since when it is there stays
    [found] = parts.find_deaf(now)
    assert "no web process was ever seen" in found.says
    assert "it runs without gunicorn.conf.py" in found.says


def test_a_web_that_takes_webhooks_and_was_never_seen_runs_in_another_way() -> None:
    watch.give_sign_of_life("here:1", Presence.Role.WORKER)
    WebhookEvent.objects.create(body=b"{}", received_at=timezone.now())
    assert list(parts.find_deaf(timezone.now() + 6 * MINUTE)) == []


def test_a_wrong_clock_is_one_trouble_for_its_machine() -> None:
    now = timezone.now()
    for name, off in (("a:1", 60), ("a:2", 61), ("b:1", 0), ("c:1", -600)):
        Presence.objects.note(name, "web", now, timedelta(seconds=off))
    found = list(parts.find_wrong_clocks(now))
    assert sorted(one.subject for one in found) == ["a", "c"]


def test_incidents_are_kept_for_three_months() -> None:
    old = timezone.now() - timedelta(days=91)
    for at in (old, timezone.now()):
        Incident.objects.create(
            kind="x", title="x", says="x", next_step="x", since=at, opened_at=at, ended_at=at
        )
    watch.write([], set(), timezone.now())
    assert Incident.objects.count() == 1
