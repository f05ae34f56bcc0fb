"""A worker that dies, at each point of a turn, of settling and of a pause, and who takes over."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from conversations import turns
from conversations.inbox import echoes
from conversations.models import Conversation, Message, State, Verdict
from shop import tuning
from tests.support.clock import Clock
from tests.support.graph import HTML_502, RESET, Sent, error
from tests.support.points import PAUSE, SETTLE, TURN, WAITS, KilledError, at_point, dies
from tests.support.shop import Shop, at_rest, incoming, outgoing, settled
from webhooks.models import WebhookEvent
from webhooks.tasks import process_event


@pytest.mark.parametrize("point", TURN)
def test_a_worker_killed_at_any_point_loses_nothing_and_repeats_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, time_passes: Clock, point: str
) -> None:
    at_point(monkeypatch, point, dies)
    shop.hears("delivery")
    shop.hears("price")
    with pytest.raises(KilledError):
        shop.works()
    settled(shop, time_passes)
    # What was marked and never called is read back, and sent when it is surely not there.
    assert shop.texts == ["Two days.", "Ten euros."]
    assert [row.state for row in outgoing()] == [State.SENT] * 2
    assert [row.verdict for row in incoming()] == [Verdict.ANSWERED] * 2
    assert at_rest()


@pytest.mark.parametrize("point", [point for point in TURN if point not in WAITS])
def test_a_worker_killed_in_a_turn_begun_with_the_message_loses_nothing_and_repeats_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, time_passes: Clock, point: str
) -> None:
    at_point(monkeypatch, point, dies)
    shop.hears("delivery")
    with pytest.raises(KilledError):
        process_event.answer(WebhookEvent.objects.get().pk)
    shop.hears("price")
    settled(shop, time_passes)
    assert shop.texts == ["Two days.", "Ten euros."]
    assert [row.state for row in outgoing()] == [State.SENT] * 2
    assert at_rest()


@pytest.mark.parametrize("point", PAUSE)
def test_a_worker_killed_at_the_end_of_a_pause_leaves_it_to_the_next_one(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, time_passes: Clock, point: str
) -> None:
    shop.graph.faults.append(error(613))
    shop.hears("delivery")
    shop.hears("price", customer="870002")
    shop.works()
    assert shop.texts == []
    at_point(monkeypatch, point, dies)
    time_passes(timedelta(minutes=tuning.get("throttle_pause_minutes"), seconds=1))
    with pytest.raises(KilledError):
        shop.works()
    settled(shop, time_passes)
    assert sorted(shop.texts) == ["Ten euros.", "Two days."]
    assert [row.state for row in outgoing()] == [State.SENT] * 2
    assert at_rest()


@pytest.fixture
def interrupted(shop: Shop, monkeypatch: pytest.MonkeyPatch, time_passes: Clock) -> Sent:
    """A send that Meta took and whose worker died; its lease is over, and another one waits."""

    at_point(monkeypatch, "after the answer of Meta", dies)
    shop.hears("delivery")
    shop.hears("price")
    with pytest.raises(KilledError):
        shop.works()
    time_passes(settings.LEASE + timedelta(seconds=1))
    return shop.graph.sent[0]


def test_an_echo_while_a_turn_takes_over_an_interrupted_send_holds_nothing_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, interrupted: Sent
) -> None:
    def comes() -> None:
        shop.hears_echo(interrupted)
        shop.reads()

    at_point(monkeypatch, "after the open rows are read", comes)
    shop.works()
    assert shop.texts == ["Two days.", "Ten euros."]
    assert at_rest()


def test_a_late_refusal_while_a_turn_takes_over_is_tried_again_at_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, time_passes: Clock
) -> None:
    at_point(monkeypatch, "after the verdict is written", dies)
    shop.hears("delivery")
    with pytest.raises(KilledError):
        shop.works()
    time_passes(settings.LEASE + timedelta(seconds=1))

    def refused() -> None:
        Message.objects.filter(state=State.SENDING).update(state=State.QUEUED)

    at_point(monkeypatch, "after the open rows are read", refused)
    shop.works()
    assert shop.texts == ["Two days."]
    assert at_rest()


@pytest.mark.skipif(settings.ON_SQLITE, reason="its transactions are never beside each other")
def test_a_turn_that_takes_over_while_the_echo_is_recorded_holds_nothing_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, interrupted: Sent
) -> None:
    ours = echoes._ours_by_metadata

    def takes_over() -> None:
        turns.take(Conversation.objects.get().pk)
        connection.close()

    def found(*args: Any) -> Any:
        row = ours(*args)
        thread = threading.Thread(target=takes_over)
        thread.start()
        thread.join(10)
        return row

    monkeypatch.setattr(echoes, "_ours_by_metadata", found)
    shop.hears_echo(interrupted)
    shop.reads()
    shop.works()
    assert shop.texts == ["Two days.", "Ten euros."]


@pytest.mark.parametrize("point", SETTLE)
def test_a_settler_killed_at_any_point_leaves_what_it_settled_due_at_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, time_passes: Clock, point: str
) -> None:
    at_point(monkeypatch, point, dies)
    shop.graph.faults.append(RESET if point == "after the send was found" else HTML_502)
    shop.hears("delivery")
    shop.hears("price")
    shop.works()
    with pytest.raises(KilledError):
        shop.settles(time_passes)
    if outgoing()[0].state != State.UNKNOWN:
        assert Conversation.objects.due(timezone.now()).exists()
    shop.settles(time_passes)
    assert shop.texts == ["Two days.", "Ten euros."]
    assert [row.state for row in outgoing()] == [State.SENT] * 2
