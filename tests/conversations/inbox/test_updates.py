"""Unsent, edited, reacted to, seen: in any order, any number of times, and never answered."""

import json
import random
import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from conversations.models import Conversation, Message, Origin, State, Verdict
from tests.support.clock import Clock
from tests.support.graph import ACCOUNT, HANG, Sent, envelope, error
from tests.support.points import passing
from tests.support.shop import Shop, at_rest, incoming, outgoing
from webhooks.models import WebhookEvent

SECRET_WORD = "aardvark"


def unsend(mid: str) -> dict[str, Any]:
    return {"message": {"mid": mid, "is_deleted": True}}


def edit(mid: str, text: str, number: int = 1) -> dict[str, Any]:
    return {"message_edit": {"mid": mid, "text": text, "num_edit": number}}


def react(mid: str, emoji: str = "❤") -> dict[str, Any]:
    return {"reaction": {"mid": mid, "action": "react" if emoji else "unreact", "emoji": emoji}}


def item(**content: Any) -> dict[str, Any]:
    return {
        "sender": {"id": "870001"},
        "recipient": {"id": ACCOUNT},
        "timestamp": int(time.time() * 1000),
        **content,
    }


def taken_back(sent: Sent) -> bytes:
    """The shop unsends in the app what we have sent."""
    return envelope(
        {
            "sender": {"id": ACCOUNT},
            "recipient": {"id": sent.recipient},
            "timestamp": int(time.time() * 1000),
            "message": {"mid": sent.mid, "is_deleted": True, "is_echo": True},
        }
    )


def everything_kept() -> str:
    """All that is held of what was said, messages and raw events."""
    rows = Message.objects.values_list(
        "text", "text_before", "payload", "attachments", "about", "reason"
    )
    bodies = [bytes(body).decode() for body in WebhookEvent.objects.values_list("body", flat=True)]
    return repr(list(rows)) + "".join(bodies)


def test_an_unsend_erases_text_and_links_everywhere(shop: Shop) -> None:
    picture = {"type": "image", "payload": {"url": f"https://cdn.example/{SECRET_WORD}.jpg"}}
    said = {"mid": "aWdf/1", "text": f"price {SECRET_WORD}", "attachments": [picture]}
    shop.hears_item({"message": said})
    shop.hears_item({"message": said})  # delivered twice
    shop.hears_item(edit("aWdf/1", f"price of {SECRET_WORD}"))
    shop.hears("delivery?")
    shop.works()
    assert SECRET_WORD in everything_kept()
    shop.hears_item(unsend("aWdf/1"))
    shop.works()
    assert SECRET_WORD not in everything_kept()
    assert "delivery?" in everything_kept()
    erased = Message.objects.get(mid="aWdf/1")
    assert erased.unsent_at is not None
    assert erased.verdict == Verdict.ANSWERED  # it was, before
    assert len(shop.texts) == 2


def test_a_late_delivery_of_an_unsent_message_brings_nothing_back(shop: Shop) -> None:
    body = envelope(item(message={"mid": "m1", "text": f"price {SECRET_WORD}"}))
    shop.receives(body)
    shop.hears_item(unsend("m1"))
    shop.works()
    shop.receives(body)
    shop.works()
    assert SECRET_WORD not in everything_kept()
    assert {event.state for event in WebhookEvent.objects.all()} == {"processed"}


def test_an_unsend_that_comes_first_has_its_message_arrive_erased(shop: Shop) -> None:
    shop.hears_item(unsend("m1"))
    shop.works()
    shop.hears_item({"message": {"mid": "m1", "text": f"price {SECRET_WORD}"}})
    shop.works()
    assert SECRET_WORD not in everything_kept()
    [row] = incoming()
    assert (row.verdict, row.reason) == (Verdict.KEPT, "Unsent by the customer.")
    assert shop.texts == []
    assert at_rest()


def test_an_unsend_cancels_the_answer_that_has_not_left(shop: Shop) -> None:
    shop.graph.always = error(190)
    shop.hears("price", mid="m1")
    shop.works()
    [answer] = outgoing()
    assert answer.state == State.QUEUED
    shop.hears_item(unsend("m1"))
    shop.works()
    assert Message.objects.get(pk=answer.pk).state == State.CANCELLED
    assert "unsent" in Message.objects.get(pk=answer.pk).error


def test_an_unsend_before_the_decision_is_the_decision(shop: Shop) -> None:
    shop.hears("price", mid="m1")
    shop.hears_item(unsend("m1"))
    shop.works()
    [row] = incoming()
    assert (row.verdict, row.reason) == (Verdict.KEPT, "Unsent by the customer.")
    assert shop.texts == []


def test_an_unsend_while_the_engines_are_asked_wins(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsent() -> None:
        shop.hears_item(unsend("m1"))
        shop.reads()

    monkeypatch.setattr(*passing("while the engines are asked", unsent))
    shop.hears("price", mid="m1")
    shop.works()
    assert incoming()[0].reason == "Unsent by the customer."
    assert shop.texts == []
    assert outgoing() == []
    assert at_rest()


def test_what_the_shop_unsends_in_the_app_is_erased_too(shop: Shop) -> None:
    shop.hears("price")
    shop.works()
    [sent] = shop.graph.sent
    shop.receives(taken_back(sent))
    shop.works()
    [answer] = outgoing()
    assert (answer.text, answer.state) == ("", State.SENT)
    assert not Conversation.objects.get().bot_is_paused(timezone.now())


@pytest.mark.parametrize("metadata", [True, False], ids=["by metadata", "by its mid"])
def test_an_echo_of_what_the_shop_has_unsent_is_erased_too(shop: Shop, metadata: bool) -> None:
    shop.hears("price")
    shop.works()
    [sent] = shop.graph.sent
    shop.receives(taken_back(sent))
    shop.hears_echo(sent, metadata=metadata)
    shop.works()
    event = WebhookEvent.objects.latest("pk")
    [became] = event.outcomes
    [answer] = outgoing()
    assert (became["outcome"], became["message"]) == ("unsent", answer.pk)
    assert b"Ten euros" not in bytes(event.body)


@pytest.mark.parametrize("comes_again", [True, False], ids=["its echo comes", "nothing comes"])
def test_what_the_shop_unsends_before_it_is_confirmed_is_not_sent_again(
    shop: Shop, time_passes: Clock, comes_again: bool
) -> None:
    shop.graph.faults.append(HANG)
    shop.hears("price")
    shop.works()
    [sent] = shop.graph.sent
    shop.receives(taken_back(sent))
    shop.works()
    if comes_again:
        shop.hears_echo(sent)
        shop.works()
        [answer] = outgoing()
        assert (answer.state, answer.mid, answer.text) == (State.SENT, sent.mid, "")
        assert answer.unsent_at
        assert "Ten euros" not in everything_kept()
    shop.settles(time_passes)
    shop.works()
    assert shop.texts == ["Ten euros."]


def test_what_is_unsent_before_the_answer_to_its_call_comes_is_erased(shop: Shop) -> None:
    def unsent(sent: Sent) -> None:
        shop.receives(taken_back(sent))
        shop.reads()

    shop.graph.on_send = unsent
    shop.hears("price")
    shop.works()
    [answer] = outgoing()
    assert (answer.state, answer.text) == (State.SENT, "")
    assert answer.unsent_at


def test_an_erased_event_is_processed_again_without_harm(shop: Shop) -> None:
    shop.hears("price", mid="m1")
    shop.works()
    shop.hears_item(unsend("m1"))
    shop.works()
    WebhookEvent.objects.again(timezone.now())
    shop.works()
    assert Message.objects.filter(origin=Origin.CUSTOMER).count() == 1
    assert shop.texts == ["Ten euros."]


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 1, 3), (3, 1, 2)])
def test_the_last_edit_holds_in_whatever_order_they_come(
    shop: Shop, order: tuple[int, ...]
) -> None:
    shop.hears("hello", mid="m1")
    for number in order:
        shop.hears_item(edit("m1", f"text {number}", number))
    shop.works()
    [row] = incoming()
    assert (row.text, row.edits) == ("text 3", 3)


@pytest.mark.parametrize(
    ("happens", "before"),
    [
        (["price", edit("m1", "delivery")], "price"),
        (["price", edit("m1", "prices", 1), edit("m1", "delivery", 2)], "prices"),
        (["price", edit("m1", "delivery", 2), edit("m1", "prices", 1)], "price"),
        ([edit("m1", "delivery"), "price"], "price"),
        (["price", edit("m1", "delivery"), edit("m1", "delivery")], "price"),
        (["price"], ""),
    ],
)
def test_what_an_edited_message_said_before_is_kept(
    shop: Shop, happens: list[Any], before: str
) -> None:
    for event in happens:
        if isinstance(event, str):
            shop.hears(event, mid="m1")
        else:
            shop.hears_item(event)
    shop.works()
    assert incoming()[0].text_before == before


def test_an_edit_before_the_decision_is_what_is_answered(shop: Shop) -> None:
    shop.hears("prise", mid="m1")
    shop.hears_item(edit("m1", "price"))
    shop.works()
    assert shop.texts == ["Ten euros."]


def test_an_edit_after_the_answer_changes_the_text_and_sends_nothing(shop: Shop) -> None:
    shop.hears("price", mid="m1")
    shop.works()
    shop.hears_item(edit("m1", "delivery"))
    shop.works()
    assert shop.texts == ["Ten euros."]
    assert incoming()[0].text == "delivery"


def test_an_edit_that_comes_first_is_what_its_message_says(shop: Shop) -> None:
    shop.hears_item(edit("m1", "delivery"))
    shop.works()
    assert shop.texts == []
    shop.hears("price", mid="m1")
    shop.works()
    assert shop.texts == ["Two days."]
    [row] = incoming()
    assert (row.kind, row.edits, row.verdict) == ("text", 1, Verdict.ANSWERED)


def test_an_unsent_message_is_not_edited_back(shop: Shop) -> None:
    shop.hears("price", mid="m1")
    shop.hears_item(unsend("m1"))
    shop.hears_item(edit("m1", SECRET_WORD))
    shop.works()
    assert SECRET_WORD not in everything_kept()


def test_the_newest_reaction_holds(shop: Shop) -> None:
    shop.hears("price", mid="m1")
    shop.works()
    now = time.time()
    for emoji, at in [("❤", now - 2), ("😂", now), ("👍", now - 1)]:
        shop.hears_item(react("m1", emoji), at=at)
        shop.works()
    assert incoming()[0].reaction == "😂"
    shop.hears_item(react("m1", ""), at=now + 1)
    shop.works()
    assert incoming()[0].reaction == ""


@pytest.mark.parametrize("mark", [react("m1"), {"read": {"mid": "m1"}}])
def test_a_mark_that_overtakes_its_message_waits_for_it(
    shop: Shop, mark: dict[str, Any], time_passes: Clock
) -> None:
    shop.hears_item(mark)
    shop.works()
    event = WebhookEvent.objects.get()
    assert (event.state, event.outcomes[0]["outcome"]) == ("received", "early")
    shop.hears("price", mid="m1")
    shop.works()
    time_passes(timedelta(seconds=3))
    shop.works()
    assert WebhookEvent.objects.get(pk=event.pk).state == "processed"
    assert incoming()[0].reaction == ("❤" if "reaction" in mark else "")


def test_a_mark_about_a_message_that_never_comes_is_kept_in_the_ledger(
    shop: Shop, time_passes: Clock
) -> None:
    shop.hears_item(react("m1"))
    for _ in range(4):
        shop.works()
        time_passes(timedelta(minutes=1))
    event = WebhookEvent.objects.get()
    assert (event.state, event.due_at) == ("processed", None)
    assert "has not arrived" in event.outcomes[0]["reason"]


def test_seen_marks_what_we_sent_up_to_that_message(shop: Shop) -> None:
    for _ in range(3):
        shop.hears("price")
        shop.works()
    shop.hears_item({"read": {"mid": shop.graph.sent[1].mid}})
    shop.works()
    assert [row.seen_at is not None for row in outgoing()] == [True, True, False]


def test_a_day_of_marks_in_any_order_ends_the_same(shop: Shop, time_passes: Clock) -> None:
    now = time.time()
    said = [
        ({"message": {"mid": "m1", "text": "price"}}, now - 9),
        (edit("m1", "the price", 1), now - 8),
        (edit("m1", "delivery", 2), now - 7),
        (react("m1", "❤"), now - 6),
        (react("m1", "👍"), now - 5),
        ({"message": {"mid": "m2", "text": SECRET_WORD}}, now - 4),
        (unsend("m2"), now - 3),
    ]
    found = set()
    for seed in range(5):
        Message.objects.all().delete()
        WebhookEvent.objects.all().delete()
        random.Random(seed).shuffle(said)
        for content, at in said:
            shop.hears_item(content, at=at)
        for _ in range(3):
            shop.works()
            time_passes(timedelta(seconds=10))
        rows = Message.objects.filter(origin=Origin.CUSTOMER).order_by("mid")
        found.add(json.dumps(list(rows.values_list("mid", "text", "edits", "reaction"))))
    assert found == {json.dumps([["m1", "delivery", 2, "👍"], ["m2", "", 0, ""]])}
