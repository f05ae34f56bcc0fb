"""A message that Meta announces by an edit, number 0, which may be all that ever comes of it."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from conversations import turns
from conversations.models import Conversation, Message, Verdict
from shop import tuning
from tests.support.clock import Clock
from tests.support.graph import ACCOUNT, envelope
from tests.support.points import TURN, WAITS, KilledError, at_point, dies
from tests.support.shop import Shop, at_rest, incoming, outgoing, settled
from tests.support.talks import page
from webhooks.models import WebhookEvent

MOMENT = timedelta(seconds=1)
LONG_ENOUGH = timedelta(seconds=31)
NOT_PASSED_ON = "Instagram did not pass this message on: open the Instagram app to read it."


def announce(shop: Shop, mid: str = "m1", text: str | None = None, **more: Any) -> None:
    said = {"mid": mid, "num_edit": 0} | ({} if text is None else {"text": text})
    shop.hears_item({"message_edit": said | more})


def asked() -> bool:
    return Conversation.objects.get().needs_person


def test_it_is_kept_once_shown_and_opens_the_window(shop: Shop, staff: Client) -> None:
    for _ in range(3):
        announce(shop)
        shop.works()
    [row] = incoming()
    assert (row.mid, row.verdict, row.text) == ("m1", Verdict.UNDECIDED, "")
    talk = Conversation.objects.get()
    assert talk.may_answer(timezone.now())
    assert "announced but did not pass on" in page(staff, talk)
    assert shop.texts == []


def test_a_person_is_asked_after_thirty_seconds_and_not_before(
    shop: Shop, time_passes: Clock
) -> None:
    announce(shop)
    shop.works()
    time_passes(timedelta(seconds=28))
    shop.works()
    assert not asked()
    time_passes(timedelta(seconds=3))
    shop.works()
    assert asked()
    [row] = incoming()
    assert (row.verdict, row.reason) == (Verdict.KEPT, NOT_PASSED_ON)
    assert shop.texts == []
    assert at_rest()


@pytest.mark.parametrize("seconds", [0, 29, 31, 600])
def test_the_message_itself_is_the_same_one_and_answered_once(
    shop: Shop, time_passes: Clock, seconds: int
) -> None:
    announce(shop)
    shop.works()
    time_passes(timedelta(seconds=seconds))
    shop.works()
    for _ in range(2):
        shop.hears("price", mid="m1")
        shop.works()
    announce(shop)
    time_passes(LONG_ENOUGH)
    shop.works()
    [row] = incoming()
    assert (row.kind, row.text, row.verdict) == ("text", "price", Verdict.ANSWERED)
    assert shop.texts == ["Ten euros."]
    assert asked() == (seconds > 30)
    assert at_rest()


def test_both_in_one_event_are_one_message(shop: Shop, time_passes: Clock) -> None:
    around = {
        "sender": {"id": "870001"},
        "recipient": {"id": ACCOUNT},
        "timestamp": int(time.time() * 1000),
    }
    edit = {**around, "message_edit": {"mid": "m1", "num_edit": 0}}
    message = {**around, "message": {"mid": "m1", "text": "price"}}
    for order in ((edit, message), (message, edit)):
        shop.receives(envelope(*order))
        shop.works()
    time_passes(LONG_ENOUGH)
    shop.works()
    assert len(incoming()) == 1
    assert shop.texts == ["Ten euros."]
    assert not asked()


def test_it_holds_back_nothing_else(shop: Shop, time_passes: Clock) -> None:
    announce(shop)
    shop.hears("delivery", mid="m2")
    shop.works()
    assert shop.texts == ["Two days."]
    time_passes(LONG_ENOUGH)
    shop.works()
    assert asked()
    assert shop.texts == ["Two days."]


def test_it_does_not_hold_back_a_shop_that_waits_for_more(
    patient: Shop, time_passes: Clock
) -> None:
    announce(patient)
    patient.hears("delivery", mid="m2")
    patient.works()
    time_passes(2 * MOMENT)
    patient.works()
    assert patient.texts == ["Two days."]
    patient.hears("price", mid="m1")
    patient.works()
    time_passes(2 * MOMENT)
    patient.works()
    assert patient.texts == ["Two days.", "Ten euros."]
    assert not asked()


@pytest.mark.parametrize("number", [0, "0", None, -1])
def test_the_number_is_zero_however_it_is_written(shop: Shop, number: Any) -> None:
    announce(shop, num_edit=number)
    shop.works()
    assert incoming()[0].kind == "announced"


def test_with_its_text_it_is_answered_at_once_and_once(shop: Shop, time_passes: Clock) -> None:
    announce(shop, text="price")
    shop.works()
    assert shop.texts == ["Ten euros."]
    picture = {"type": "image", "payload": {"url": "https://cdn.example/1.jpg"}}
    shop.hears_item({"message": {"mid": "m1", "text": "price", "attachments": [picture]}})
    time_passes(LONG_ENOUGH)
    shop.works()
    [row] = incoming()
    assert (row.kind, row.attachments, row.verdict) == ("text", [picture], Verdict.ANSWERED)
    assert shop.texts == ["Ten euros."]
    assert not asked()


def test_an_edit_that_has_its_text_is_answered_at_once(shop: Shop, time_passes: Clock) -> None:
    announce(shop)
    shop.works()
    shop.hears_item({"message_edit": {"mid": "m1", "text": "delivery", "num_edit": 1}})
    shop.works()
    assert shop.texts == ["Two days."]
    shop.hears("price", mid="m1")
    time_passes(LONG_ENOUGH)
    shop.works()
    assert shop.texts == ["Two days."]
    [row] = incoming()
    assert (row.text, row.edits, row.verdict) == ("delivery", 1, Verdict.ANSWERED)


def test_an_edit_of_a_message_that_never_came_asks_a_person_too(
    shop: Shop, time_passes: Clock
) -> None:
    for number in (1, 2, 2):
        edit = {"mid": "m1", "text": f"price {number}", "num_edit": number}
        shop.hears_item({"message_edit": edit})
        shop.works()
    time_passes(timedelta(seconds=28))
    shop.works()
    assert not asked()
    time_passes(timedelta(seconds=3))
    shop.works()
    assert asked()
    assert shop.texts == []
    [row] = incoming()
    assert (row.text, row.verdict) == ("price 2", Verdict.KEPT)
    assert "reported this edit" in row.reason
    shop.hears("delivery", mid="m1")
    shop.works()
    assert shop.texts == ["Ten euros."], "what it says now"
    assert len(incoming()) == 1


def test_after_its_message_it_changes_nothing(shop: Shop, time_passes: Clock) -> None:
    shop.hears("price", mid="m1")
    shop.works()
    announce(shop)
    announce(shop, text="delivery")
    time_passes(LONG_ENOUGH)
    shop.works()
    [row] = incoming()
    assert (row.kind, row.text, row.edits) == ("text", "price", 0)
    assert shop.texts == ["Ten euros."]
    assert not asked()


@pytest.mark.parametrize("comes_after", [True, False])
def test_what_was_unsent_is_asked_for_no_more(
    shop: Shop, time_passes: Clock, comes_after: bool
) -> None:
    unsend = {"message": {"mid": "m1", "is_deleted": True}}
    for one in (0, 1) if comes_after else (1, 0):
        if one:
            shop.hears_item(unsend)
        else:
            announce(shop)
    shop.works()
    time_passes(LONG_ENOUGH)
    shop.works()
    [row] = incoming()
    assert (row.verdict, row.reason) == (Verdict.KEPT, "Unsent by the customer.")
    assert not asked()


def test_another_app_that_owns_the_conversation_sees_to_it(shop: Shop, time_passes: Clock) -> None:
    entry = {
        "sender": {"id": "870001"},
        "recipient": {"id": ACCOUNT},
        "timestamp": int(time.time() * 1000),
        "message_edit": {"mid": "m1", "num_edit": 0},
    }
    shop.receives(envelope(entry).replace(b'"messaging"', b'"standby"'))
    shop.works()
    time_passes(LONG_ENOUGH)
    shop.works()
    assert incoming()[0].verdict == Verdict.STANDBY
    assert not asked()


@pytest.mark.parametrize(
    "item",
    [
        {"message_edit": {"num_edit": 0}},
        {"message_edit": {"mid": "m1", "num_edit": 0}, "sender": None, "recipient": None},
        {"message_edit": {"mid": "m1", "num_edit": 0}, "sender": {"id": ACCOUNT},
         "recipient": {"id": "870001"}},
        {"message_edit": {"mid": "m1", "num_edit": 3}},
        {"message_edit": {"mid": "m1", "num_edit": 3, "text": ""}},
    ],
)  # fmt: skip
def test_what_names_no_message_of_a_customer_is_in_the_ledger_alone(
    shop: Shop, item: dict[str, Any]
) -> None:
    shop.hears_item(item)
    shop.works()
    event = WebhookEvent.objects.get()
    assert event.state == "processed"
    assert event.outcomes[0]["kind"] == "edit without text"
    assert not Message.objects.exists()


def test_an_edit_without_its_text_takes_none_away(shop: Shop) -> None:
    shop.hears("price", mid="m1")
    shop.hears_item({"message_edit": {"mid": "m1", "num_edit": 2}})
    shop.works()
    assert incoming()[0].text == "price"
    assert shop.texts == ["Ten euros."]


@pytest.mark.parametrize("point", [point for point in TURN if point not in WAITS])
def test_its_message_may_come_at_any_point_of_the_turn_that_gives_it_up(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, time_passes: Clock, point: str
) -> None:
    def comes() -> None:
        shop.hears("price", mid="m1")
        shop.reads()

    announce(shop)
    shop.works()
    time_passes(LONG_ENOUGH)
    at_point(monkeypatch, point, comes)
    shop.works()
    settled(shop, time_passes)
    shop.hears("price", mid="m1")  # where the point was never passed
    settled(shop, time_passes)
    [row] = incoming()
    assert (row.kind, row.verdict) == ("text", Verdict.ANSWERED)
    assert shop.texts == ["Ten euros."]
    assert at_rest()


@pytest.mark.parametrize("point", [point for point in TURN if point not in WAITS])
def test_a_worker_killed_while_it_waits_or_asks_forgets_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, time_passes: Clock, point: str
) -> None:
    at_point(monkeypatch, point, dies)
    announce(shop)
    try:
        shop.works()
        time_passes(LONG_ENOUGH)
        shop.works()
    except KilledError:
        time_passes(LONG_ENOUGH)
    settled(shop, time_passes)
    assert incoming()[0].verdict == Verdict.KEPT
    assert asked()
    assert at_rest()


@pytest.mark.skipif(settings.ON_SQLITE, reason="its transactions are never beside each other")
def test_a_turn_that_gives_it_up_beside_its_message_is_not_the_last_word(
    shop: Shop, time_passes: Clock
) -> None:
    import threading

    announce(shop)
    shop.works()
    time_passes(LONG_ENOUGH)
    talk = Conversation.objects.get().pk

    def gives_up() -> None:
        turns.take(talk)
        connection.close()

    thread = threading.Thread(target=gives_up)
    shop.hears("price", mid="m1")
    thread.start()
    shop.reads()
    thread.join(10)
    shop.works()
    assert shop.texts == ["Ten euros."]
    assert outgoing()[0].in_reply_to_id == incoming()[0].pk


def test_where_the_bot_waits_for_nobody_it_still_waits_for_this(shop: Shop) -> None:
    tuning.put("waiting_seconds", "0")
    announce(shop)
    shop.works()
    assert incoming()[0].verdict == Verdict.UNDECIDED
    assert not asked()
