"""Another app owns the conversation: what it says is heard, and the bot is silent only so long."""

import time
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation, Message, Origin, State, Verdict
from tests.support.graph import ACCOUNT, RESET, Sent, echo_body, envelope
from tests.support.shop import Shop, at_rest, incoming, outgoing
from tests.support.talks import page
from webhooks.models import WebhookEvent

OWNER = 263902037430900
BY_OWNER = "Sent by the app that handles this conversation. Bot not paused."
CUSTOMER = {"sender": {"id": "870001"}, "recipient": {"id": ACCOUNT}}
US = {"sender": {"id": ACCOUNT}, "recipient": {"id": "870001"}}


def overhears(shop: Shop, *items: dict[str, Any], seconds_ago: float = 0) -> None:
    """Items come to a standby: another app has control."""
    at = int((timezone.now().timestamp() - seconds_ago) * 1000)
    said = [{"timestamp": at + number, **item} for number, item in enumerate(items)]
    shop.receives(envelope(*said).replace(b'"messaging"', b'"standby"'))
    shop.works()


def question(text: str, mid: str) -> dict[str, Any]:
    return {**CUSTOMER, "message": {"mid": mid, "text": text}}


def echo(text: str, mid: str, **more: Any) -> dict[str, Any]:
    return {**US, "message": {"mid": mid, "text": text, "is_echo": True, **more}}


def returns(shop: Shop, way: str) -> None:
    """Control comes back: Meta says so, or only passes messages on to us again."""
    if way == "told":
        passed = {"pass_thread_control": {"new_owner_app_id": 1, "previous_owner_app_id": OWNER}}
        shop.hears_item(passed)
        shop.works()


def paused() -> bool:
    return Conversation.objects.get().bot_is_paused(timezone.now())


@pytest.mark.parametrize("way", ["told", "not told"])
@pytest.mark.parametrize("app", [{"app_id": OWNER}, {"app_id": str(OWNER)}, {"app_id": 0}, {}])
def test_what_the_owner_says_pauses_nothing_and_the_bot_answers_when_control_returns(
    shop: Shop, app: dict[str, Any], way: str
) -> None:
    overhears(shop, question("price", "m1"), seconds_ago=60)
    overhears(shop, echo("Twelve euros.", "m2", **app), seconds_ago=30)
    assert WebhookEvent.objects.latest("pk").outcomes[0]["outcome"] == "standby"
    assert not paused()
    assert Message.objects.get(mid="m2").reason == BY_OWNER
    returns(shop, way)
    shop.hears("price")
    shop.works()
    assert shop.texts == ["Ten euros."]
    assert [row.verdict for row in incoming()] == [Verdict.STANDBY, Verdict.ANSWERED]
    assert at_rest()


def test_staff_read_who_said_it(shop: Shop, staff: Client) -> None:
    overhears(shop, question("price", "m1"), echo("Twelve euros.", "m2", app_id=OWNER))
    shown = page(staff, Conversation.objects.get())
    assert "Twelve euros." in shown
    assert BY_OWNER in shown
    assert "handled by another app" in shown


def test_it_shows_that_another_app_answers_though_nothing_else_did(shop: Shop) -> None:
    shop.hears("price", at=time.time() - 60)
    shop.works()
    overhears(shop, echo("Let me look.", "m2"))
    assert Conversation.objects.get().other_app_at is not None
    assert not paused()


def test_a_late_one_does_not_take_control_away_again(shop: Shop) -> None:
    overhears(shop, question("price", "m1"), seconds_ago=60)
    shop.hears("price")
    shop.works()
    overhears(shop, echo("Twelve euros.", "m2"), seconds_ago=30)
    assert Conversation.objects.get().other_app_at is None
    shop.hears("delivery")
    shop.works()
    assert shop.texts == ["Ten euros.", "Two days."]


def test_a_person_in_the_app_still_pauses_the_bot(shop: Shop) -> None:
    overhears(shop, echo("Twelve euros.", "m2"), seconds_ago=60)
    shop.hears_echo(Sent("870001", "I am here.", "", "m3", time.time()))
    shop.works()
    assert paused()


def test_a_pause_that_was_there_stays(shop: Shop) -> None:
    shop.hears_echo(Sent("870001", "I am here.", "", "m3", time.time() - 60))
    shop.works()
    overhears(shop, question("price", "m1"), echo("Twelve euros.", "m2"))
    assert paused()


@pytest.mark.parametrize("metadata", [True, False])
def test_our_own_message_is_ours_on_standby_too(shop: Shop, metadata: bool) -> None:
    shop.graph.faults.append(RESET)
    shop.hears("price", at=time.time() - 60)
    shop.works()
    assert outgoing()[0].state == State.UNKNOWN
    body = echo_body(shop.graph.sent[0], metadata=metadata)
    shop.receives(body.replace(b'"messaging"', b'"standby"'))
    shop.works()
    [answer] = outgoing()
    assert (answer.state, answer.origin) == (State.SENT, Origin.BOT)
    assert not paused()


def test_what_the_owner_says_while_a_send_of_ours_is_unclear_pauses_nothing_later(
    shop: Shop,
) -> None:
    shop.graph.faults.append(RESET)
    shop.hears("price", at=time.time() - 60)
    shop.works()
    overhears(shop, echo("Twelve euros.", "m2", app_id=OWNER))
    assert outgoing()[-1].state == State.SENT
    assert Message.objects.get(mid="m2").reason == BY_OWNER
    assert not paused()


def takes(shop: Shop, seconds_ago: float) -> None:
    """Another app takes control, and Meta tells us."""
    taken = {"take_thread_control": {"new_owner_app_id": 5, "previous_owner_app_id": 1}}
    shop.hears_item(taken, at=time.time() - seconds_ago)
    shop.works()


def is_told(shop: Shop, text: str, seconds_ago: float, **more: Any) -> None:
    """An echo comes in the ordinary way, not on standby."""
    at = int((time.time() - seconds_ago) * 1000)
    shop.receives(envelope({"timestamp": at, **echo(text, "m2", **more)}))
    shop.works()


@pytest.mark.parametrize("app", [5, "5", OWNER, str(OWNER)])
def test_what_the_owner_says_outside_standby_pauses_nothing_either(shop: Shop, app: Any) -> None:
    takes(shop, seconds_ago=60)
    is_told(shop, "Twelve euros.", 30, app_id=app)
    assert Message.objects.get(mid="m2").reason == BY_OWNER
    returns(shop, "told")
    assert not paused()
    shop.hears("price")
    shop.works()
    assert shop.texts == ["Ten euros."]


INSTAGRAM = 936619743392459


@pytest.mark.parametrize(
    ("taken", "said", "more"),
    [
        (60, 30, {}),
        (60, 30, {"app_id": None}),
        (60, 30, {"app_id": 0}),
        (60, 30, {"app_id": INSTAGRAM}),
        (60, 30, {"app_id": str(INSTAGRAM)}),
        (30, 60, {"app_id": 5}),  # before it took control
        (None, 30, {"app_id": 5}),
    ],
)
def test_whoever_is_not_the_owner_still_pauses_the_bot(
    shop: Shop, taken: float | None, said: float, more: dict[str, Any]
) -> None:
    if taken is not None:
        takes(shop, seconds_ago=taken)
    is_told(shop, "I am here.", said, **more)
    assert paused()


def test_what_the_owner_says_outside_standby_while_a_send_is_unclear_pauses_nothing_later(
    shop: Shop,
) -> None:
    shop.graph.faults.append(RESET)
    shop.hears("price", at=time.time() - 60)
    shop.works()
    takes(shop, seconds_ago=40)
    is_told(shop, "Twelve euros.", 30, app_id=5)
    assert Message.objects.get(mid="m2").reason == BY_OWNER
    assert not paused()


def test_a_second_delivery_changes_nothing(shop: Shop) -> None:
    said = {**echo("Twelve euros.", "m2"), "timestamp": int(time.time() * 1000)}
    for _ in range(3):
        overhears(shop, said)
    assert Message.objects.count() == 1
    assert not paused()
