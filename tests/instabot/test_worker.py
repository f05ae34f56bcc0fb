"""The ticker: what no ring announced is found, with the bell and without it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from conversations.models import Account, MissedLook, SilenceWatch
from conversations.recovery import upkeep as recovery
from conversations.silence import watch as silence
from instabot import worker
from tests.support.clock import Clock
from tests.support.shop import Shop, at_rest
from webhooks.models import WebhookEvent
from workqueue import bell


def no_line() -> int:
    raise ConnectionError("no line")


def test_without_a_bell_the_ticker_has_the_work_done_itself(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bell, "waiting", no_line)
    for customer in range(3):
        shop.hears("price", customer=f"87{customer}")
    worker.ring_for_due_work()  # the events
    worker.ring_for_due_work()  # the conversations, if they came later
    assert shop.texts == ["Ten euros."] * 3
    assert at_rest()


def test_without_a_bell_no_thread_leaves_a_connection_behind(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[BaseDatabaseWrapper] = []

    def note(connection: BaseDatabaseWrapper, **_: object) -> None:
        opened.append(connection)

    monkeypatch.setattr(bell, "waiting", no_line)
    shop.hears("price")
    connection_created.connect(note)
    worker.ring_for_due_work()
    connection_created.disconnect(note)
    assert opened
    assert [one for one in opened if one.connection] == []


def test_it_rings_for_what_is_due_while_few_rings_are_waiting(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[int] = []
    monkeypatch.setattr(bell.Ring, "ring", lambda _self, pk: rung.append(pk))
    shop.hears("price")
    rung.clear()
    monkeypatch.setattr(bell, "waiting", lambda: 0)
    worker.ring_for_due_work()
    assert rung == [WebhookEvent.objects.get().pk]
    monkeypatch.setattr(bell, "waiting", lambda: 1000)
    worker.ring_for_due_work()
    assert len(rung) == 1


@pytest.mark.django_db  # a step looks first whether its connection can still be used
def test_a_step_that_fails_stops_no_other_and_is_said_once(
    capfd: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    done: list[int] = []

    def fails() -> None:
        raise ZeroDivisionError

    steps = [worker._Step(fails, every=0), worker._Step(lambda: done.append(1), every=0)]
    for _ in range(3):
        for step in steps:
            step.take()
    assert len(done) == 3
    assert capfd.readouterr().err.count("tick_failed") == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("away", "is_looked"), [(5, False), (15, True)])
def test_after_ten_minutes_without_a_worker_it_is_looked_for_missed_messages(
    time_passes: Clock,
    away: int,
    is_looked: bool,
) -> None:
    Account.objects.ours()
    recovery.look()  # it has its row
    worker.give_sign_of_life("one")
    time_passes(timedelta(minutes=away))
    worker.give_sign_of_life("two")
    worker.give_sign_of_life("three")
    assert (MissedLook.objects.get().due_at is not None) == is_looked


@pytest.mark.django_db
@pytest.mark.parametrize(("away", "is_new"), [(5, False), (15, True)])
def test_after_ten_minutes_without_a_worker_a_silence_begins_anew(
    time_passes: Clock, away: int, is_new: bool
) -> None:
    """Nothing could come meanwhile: that is no silence of the customers'."""
    Account.objects.ours()
    silence.tend()  # it has its row
    before = SilenceWatch.objects.get().watched_since
    worker.give_sign_of_life("one")
    time_passes(timedelta(minutes=away))
    worker.give_sign_of_life("two")
    assert (SilenceWatch.objects.get().watched_since > before) == is_new
