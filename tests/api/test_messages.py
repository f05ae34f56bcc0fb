"""Messages over the API: read, answered by a person, sent again, stopped."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from api.serializers.message import ANSWER
from conversations import outbox
from conversations.models import Conversation, Message
from rules.models import ResponseRule
from tests.api.caller import Caller, asked_queries, only_conversation, problem, rule, walk
from tests.support.clock import Clock
from tests.support.graph import error
from tests.support.missed import begins, looks, loses
from tests.support.shop import Shop
from tests.support.talks import ask, make_conversation, say

MINUTE = timedelta(minutes=1)


def test_a_thread_is_listed_newest_first_with_what_became_of_it(api: Caller, shop: Shop) -> None:
    ResponseRule.objects.filter(name="Price").update(quick_replies="Sizes")
    shop.hears("price")
    shop.works()
    answer, question = api.get(f"conversations/{only_conversation().pk}/messages/")["results"]
    assert set(answer) == set(question) == set(ANSWER)
    assert (question["origin"], question["text"]) == ("customer", "price")
    assert (question["verdict"], question["state"]) == ("answered", None)
    assert question["reason"] == "matched 'price' in rule Price"
    assert (answer["origin"], answer["text"]) == ("bot", "Ten euros.")
    assert (answer["verdict"], answer["state"]) == (None, "sent")
    assert answer["in_reply_to"] == question["id"]
    assert answer["rule"] == rule("Price").pk
    assert answer["quick_replies"] == [{"title": "Sizes", "payload": "Sizes"}]
    assert answer["sent_at"]
    assert api.get(f"messages/{answer['id']}/") == answer


def test_what_no_webhook_told_of_says_when_it_was_found(
    api: Caller, shop: Shop, time_passes: Clock
) -> None:
    begins(time_passes)
    shop.hears("price")
    shop.works()
    loses(shop, "and the size?")
    looks(time_passes)
    rows = api.get(f"conversations/{only_conversation().pk}/messages/")["results"]
    found = {row["text"]: row["found_at"] for row in rows}
    assert found["price"] is found["Ten euros."] is None
    at = Message.objects.get(text="and the size?").found_at
    assert at
    assert datetime.fromisoformat(found["and the size?"]) == at


def test_media_and_cards_are_shown_with_links_that_open(api: Caller) -> None:
    talk = make_conversation("mia")
    photo = {"type": "image", "payload": {"url": "https://cdn.example/1.jpg"}}
    odd = {"type": "audio", "payload": {"url": "javascript:alert(1)"}}
    ask(talk, "", kind="image", attachments=[photo, odd])
    [shown] = api.get(f"conversations/{talk.pk}/messages/")["results"]
    assert shown["media"] == [
        {"kind": "image", "url": "https://cdn.example/1.jpg"},
        {"kind": "audio", "url": ""},
    ]


def test_pages_of_a_thread_follow_each_other(api: Caller) -> None:
    talk, other = make_conversation("mia"), make_conversation("ben")
    now = timezone.now()
    for number in range(23):
        ask(talk, str(number), at=now - (number // 2) * MINUTE)
    ask(other, "not mine")
    path = f"conversations/{talk.pk}/messages/"
    whole = [row["id"] for row in walk(api, f"{path}?limit=200")]
    assert len(set(whole)) == 23
    assert [row["id"] for row in walk(api, f"{path}?limit=5")] == whole
    page = api.get(f"{path}?limit=5")
    ask(talk, "new", at=now + MINUTE)
    assert [row["id"] for row in api.get(page["next"])["results"]] == whole[5:10]


def test_pages_go_on_after_a_message_whose_time_meta_did_not_say(api: Caller) -> None:
    talk = make_conversation("mia")
    for number in range(3):
        ask(talk, at=datetime(1970, 1, 1, 0, 0, number, tzinfo=UTC))
    assert len(walk(api, f"conversations/{talk.pk}/messages/?limit=1")) == 3


def test_a_thread_is_not_paged_by_number(api: Caller) -> None:
    path = f"conversations/{make_conversation('mia').pk}/messages/?page=2"
    said = problem(api.call("get", path), 400, "invalid")
    assert [error["parameter"] for error in said["errors"]] == ["page"]


def test_the_number_of_queries_of_a_thread_does_not_grow(api: Caller) -> None:
    talk = make_conversation("mia")
    path = f"conversations/{talk.pk}/messages/"
    question = ask(talk)
    few = asked_queries(api, "get", path)
    for position in range(30):
        say(talk, in_reply_to=question, position=position)
    assert (
        asked_queries(api, "get", path) == few <= 9
    )  # SQLite's BEGIN and COMMIT of the throttle's count among them


def reply(api: Caller, text: str = "I am Anna.", *, key: str = "", expect: int = 201) -> Any:
    path = f"conversations/{only_conversation().pk}/reply/"
    return api.post(path, {"text": text}, key=key, expect=expect)


def test_a_reply_is_sent_and_silences_the_bot(api: Caller, shop: Shop) -> None:
    shop.hears("hello")
    shop.works()
    [message] = reply(api)["messages"]
    assert (message["origin"], message["state"], message["by"]) == ("staff", "queued", "anna")
    shop.works()
    assert shop.texts == ["Pardon?", "I am Anna."]
    assert api.get(f"messages/{message['id']}/")["state"] == "sent"
    assert only_conversation().bot_is_paused(timezone.now())
    assert LogEntry.objects.get().change_message == "API: Wrote a reply."


def test_a_long_reply_is_several_messages_in_their_order(api: Caller, shop: Shop) -> None:
    shop.hears("hello")
    shop.works()
    text = "This is one sentence of a long reply. " * 60
    parts = reply(api, text)["messages"]
    assert len(parts) == 3
    assert "".join(part["text"] for part in parts).strip() == text.strip()


def test_a_reply_after_the_window_is_refused_and_nothing_is_kept(api: Caller, shop: Shop) -> None:
    shop.hears("hello")
    shop.works()
    Conversation.objects.update(last_inbound_at=timezone.now() - timedelta(hours=25))
    path = f"conversations/{only_conversation().pk}/reply/"
    found = api.call("post", path, json={"text": "x"}, headers={"Idempotency-Key": "k"})
    said = problem(found, 409, "cannot-be-sent")
    assert said["detail"] == "The 24-hour window is closed."
    assert not Message.objects.filter(origin="staff").exists()
    assert not LogEntry.objects.exists()
    # The key is free: once the customer has written, the same request goes.
    Conversation.objects.update(last_inbound_at=timezone.now())
    assert len(reply(api, "x", key="k")["messages"]) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"text": "  "},
        {"text": "\0"},
        {"text": "\ud800"},
        {"text": "x" * 10_001},
        {"text": ["x"]},
        {"text": "x", "to": "mia"},
        [],
        "hello",
    ],
)
def test_a_reply_that_says_nothing_is_refused(api: Caller, shop: Shop, body: Any) -> None:
    shop.hears("hello")
    shop.works()
    path = f"conversations/{only_conversation().pk}/reply/"
    found = api.call("post", path, json=body, headers={"Idempotency-Key": "k"})
    problem(found, 400, "invalid")
    assert not Message.objects.filter(origin="staff").exists()


@pytest.fixture
def failed(shop: Shop) -> Message:
    """The bot's answer, which Instagram refused for good."""
    shop.graph.faults.append(error(100, subcode=2534014, status=400))
    shop.hears("price")
    shop.works()
    message = Message.objects.get(origin="bot")
    assert message.state == "failed"
    return message


def test_a_failed_message_is_sent_again(api: Caller, shop: Shop, failed: Message) -> None:
    shown = api.post(f"messages/{failed.pk}/resend/")
    assert (shown["state"], shown["by"], shown["error"]) == ("queued", "anna", "")
    shop.works()
    assert shop.texts[-1] == "Ten euros."
    assert api.get(f"messages/{failed.pk}/")["state"] == "sent"
    assert (
        LogEntry.objects.get().change_message == f"API: Queued message {failed.pk} to send again."
    )


def test_a_failed_message_is_closed(api: Caller, failed: Message) -> None:
    shown = api.post(f"messages/{failed.pk}/cancel/")
    assert shown["state"] == "cancelled"
    assert shown["error"].startswith("Not resent (anna).")


@pytest.mark.parametrize("act", ["resend", "cancel"])
def test_what_was_sent_and_what_a_customer_wrote_stay_as_they_are(
    api: Caller, shop: Shop, act: str
) -> None:
    shop.hears("price")
    shop.works()
    before = list(Message.objects.order_by("pk").values_list())
    for message in Message.objects.all():
        found = api.call("post", f"messages/{message.pk}/{act}/", headers={"Idempotency-Key": "k"})
        said = problem(found, 409, "nothing-to-do")
        assert ("customer's own" in said["detail"]) == (message.origin == "customer")
    assert list(Message.objects.order_by("pk").values_list()) == before
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize(("act", "name"), [("resend", "resend"), ("cancel", "cancel")])
def test_the_state_that_is_in_the_way_is_the_one_of_now(
    api: Caller, failed: Message, act: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_late(rows: Any, *_: Any) -> int:
        rows.update(state="sending")
        return 0

    monkeypatch.setattr(outbox, name, too_late)
    found = api.call("post", f"messages/{failed.pk}/{act}/", headers={"Idempotency-Key": "k"})
    assert "'sending'" in problem(found, 409, "nothing-to-do")["detail"]


@pytest.mark.parametrize("path", ["", "resend/", "cancel/"])
def test_a_message_that_is_not_there_is_not_found(api: Caller, path: str) -> None:
    found = api.call(
        "post" if path else "get", f"messages/99999/{path}", headers={"Idempotency-Key": "k"}
    )
    problem(found, 404, "not-found")
