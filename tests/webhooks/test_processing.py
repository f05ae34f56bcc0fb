"""From a stored event to messages: each item once, and one bad item stops no other."""

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from conversations import inbox
from conversations.account import pause as account_pause
from conversations.models import Account, Conversation, Message, Verdict
from tests.support.clock import Clock
from tests.support.graph import ACCOUNT, Sent, envelope, text_body
from tests.support.shop import Shop, at_rest, incoming, outgoing
from webhooks import processing
from webhooks.models import WebhookEvent
from workqueue.occurrences import Occurrences


def item(customer: str, **content: Any) -> dict[str, Any]:
    return {
        "sender": {"id": customer},
        "recipient": {"id": ACCOUNT},
        "timestamp": int(timezone.now().timestamp() * 1000),
        **content,
    }


def message(customer: str, mid: str, text: str = "price?") -> dict[str, Any]:
    return item(customer, message={"mid": mid, "text": text})


def test_every_item_of_every_entry_is_recorded(shop: Shop) -> None:
    body = json.dumps(
        {
            "object": "instagram",
            "entry": [
                {"id": ACCOUNT, "time": 1, "messaging": [message("1", "a"), message("2", "b")]},
                {"id": ACCOUNT, "time": 1, "messaging": [message("1", "c")]},
                {"id": ACCOUNT, "time": 1},
            ],
        }
    ).encode()
    shop.receives(body)
    shop.works()
    assert [row.mid for row in incoming()] == ["a", "b", "c"]
    assert Conversation.objects.count() == 2
    assert shop.texts == ["Ten euros."] * 3


def test_the_same_event_again_changes_nothing(shop: Shop) -> None:
    body = text_body("870001", "delivery?", "aWdf1")
    for _ in range(3):
        shop.receives(body)
        shop.works()
    assert shop.texts == ["Two days."]
    assert WebhookEvent.objects.count() == 3
    assert [e.outcomes[0]["outcome"] for e in WebhookEvent.objects.order_by("pk")] == [
        "recorded",
        "duplicate",
        "duplicate",
    ]


def test_mids_that_differ_only_in_case_are_two_messages(shop: Shop) -> None:
    shop.hears("price", mid="aWdfX")
    shop.hears("price", mid="aWdfx")
    shop.works()
    assert len(shop.texts) == 2


def test_twenty_deliveries_in_parallel_are_one_message_and_one_answer(shop: Shop) -> None:
    for _ in range(20):
        shop.receives(text_body("870001", "delivery?", "aWdf1"))
    events = list(WebhookEvent.objects.values_list("pk", flat=True))
    barrier = threading.Barrier(20)

    def work(pk: int) -> None:
        try:
            barrier.wait()
            processing.at_once(pk, take=False)
            shop.works()
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[pk]) for pk in events]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shop.works()
    assert len(incoming()) == 1
    assert shop.texts == ["Two days."]
    assert WebhookEvent.objects.filter(state="processed").count() == 20
    assert at_rest()


@pytest.mark.table
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"not json", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[]", "no list of entries"),
        (b'{"object":"instagram"}', "no list of entries"),
        (b"[" * 100_000, "not JSON"),
        (b'{"entry":[5]}', "not an object"),
        (b'{"entry":[]}', "no item that instabot knows"),
        (b'{"entry":[{"id":"1","time":2}]}', "no item that instabot knows"),
        (b'{"entry":[{"id":"1","time":2,"messaging":[]}]}', "no item that instabot knows"),
        (b'{"entry":{"id":"1"}}', "no list of entries"),
        (b'{"a":1}', "no list of entries"),
    ],
)
def test_what_cannot_be_read_is_shown_as_failed_with_the_reason(
    shop: Shop, body: bytes, reason: str
) -> None:
    shop.receives(body)
    shop.works()
    event = WebhookEvent.objects.get()
    assert event.state == "failed"
    assert reason in event.reason
    assert event.due_at is None


def test_one_bad_item_does_not_stop_the_others(shop: Shop) -> None:
    bad = {"recipient": {"id": ACCOUNT}, "timestamp": "never", "message": {"mid": "b", "text": "?"}}
    nobody = {"timestamp": 1, "message": {"mid": "c", "text": "?"}}
    shop.receives(envelope(message("1", "a"), bad, nobody, "what", message("2", "d")))
    shop.works()
    assert shop.texts == ["Ten euros."] * 2
    event = WebhookEvent.objects.get()
    assert event.state == "failed"
    outcomes = [one["outcome"] for one in event.outcomes]
    assert outcomes == ["recorded", "failed", "failed", "failed", "recorded"]


def test_an_item_that_keeps_failing_is_tried_five_times_and_stops_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, time_passes: Clock
) -> None:
    record, tries = inbox.record, []

    def poisoned(one: Any, account: Account) -> Any:
        if getattr(one, "mid", "") == "poison":
            tries.append(1)
            raise ZeroDivisionError("a bug")
        return record(one, account)

    monkeypatch.setattr(inbox, "record", poisoned)
    shop.receives(envelope(message("1", "a"), message("2", "poison"), message("3", "b")))
    for _ in range(10):
        shop.works()
        time_passes(timedelta(minutes=1))
    event = WebhookEvent.objects.get()
    assert len(tries) == 5
    assert event.state == "failed"
    assert "ZeroDivisionError" in event.reason
    assert [one["outcome"] for one in event.outcomes] == ["recorded", "failed", "recorded"]
    assert shop.texts == ["Ten euros."] * 2


def test_an_item_that_fails_for_a_while_is_recorded_later(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, time_passes: Clock
) -> None:
    record, broken = inbox.record, [ZeroDivisionError(), ZeroDivisionError()]

    def once(*args: Any) -> Any:
        if broken:
            raise broken.pop()
        return record(*args)

    monkeypatch.setattr(inbox, "record", once)
    shop.hears("price")
    shop.works()
    assert shop.texts == []
    time_passes(timedelta(seconds=3))
    shop.works()
    assert shop.texts == ["Ten euros."]
    assert WebhookEvent.objects.get().state == "processed"


def test_an_event_that_kills_its_workers_ends_as_failed(shop: Shop) -> None:
    shop.hears("price")
    WebhookEvent.objects.update(tries=5)
    shop.works()
    event = WebhookEvent.objects.get()
    assert event.state == "failed"
    assert "stopped the worker" in event.reason


def test_a_kind_that_is_new_is_kept_shown_and_not_answered(shop: Shop) -> None:
    for _ in range(2):
        shop.hears_item({"something_new": {"a": 1}}, at=1_763_800_000)
        shop.works()
    kept = Message.objects.get()
    assert (kept.kind, kept.verdict) == ("something_new", Verdict.KEPT)
    assert shop.texts == []
    assert [e.outcomes[0]["outcome"] for e in WebhookEvent.objects.order_by("pk")] == [
        "unknown",
        "duplicate",
    ]


@pytest.mark.table
@pytest.mark.parametrize("beside", [True, False], ids=["beside a message", "alone"])
@pytest.mark.parametrize(
    "items",
    [
        [{"sender": {"id": "1"}, "message": {"mid": "x", "text": "price?"}}],
        [{"a": 1}, {"b": 2}],
        {"message": {"mid": "x"}},
        ["messages"],
        "x",
        5,
        True,
        [1],
        [["a"]],
        [{"a": 1}, 5, "x"],
    ],
    ids=repr,
)
def test_a_place_that_is_new_is_kept_as_unknown_and_counted(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, items: Any, beside: bool
) -> None:
    counted = Occurrences("unknown_kind", "processing")
    monkeypatch.setattr(processing, "unknown_kinds", counted)
    entry = {"id": ACCOUNT, "time": int(timezone.now().timestamp()), "messages_v2": items}
    if beside:
        entry["messaging"] = [message("1", "a")]
    body = json.dumps({"object": "instagram", "entry": [entry]}).encode()
    for _ in range(2):
        shop.receives(body)
        shop.works()
    event = WebhookEvent.objects.earliest("pk")
    assert event.state == "processed"
    found = [(one["outcome"], one["kind"]) for one in event.outcomes]
    number = len(items) if isinstance(items, list) else 1
    unknown = [("unknown", "new place: messages_v2")] * number
    assert found == [("recorded", "text")] * beside + unknown
    assert counted.counts == {("new place: messages_v2",): 2 * number}
    assert shop.texts == ["Ten euros."] * beside


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"entry": [{"id": ACCOUNT, "time": 2, "messages_v2": {}}]}, "messages_v2"),
        ({"entry": [{"id": ACCOUNT, "time": 2, "messages_v2": []}]}, "messages_v2"),
        ({"entry": [{"id": ACCOUNT, "time": 2, "messages_v2": None}]}, "messages_v2"),
        ({"entry": [{"id": ACCOUNT, "messaging": [], "messages_v2": ""}]}, "messages_v2"),
        ({"entry": [], "items": [{"a": 1}]}, "items"),
        ({"entry": [], "items": 5}, "items"),
        ({"entry": [], "items": {}}, "items"),
        ({"object": "instagram", "items": [{"a": 1}]}, "items"),
    ],
    ids=repr,
)
def test_an_empty_new_place_and_one_beside_the_entries_are_kept_and_counted(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, body: dict[str, Any], kind: str
) -> None:
    counted = Occurrences("unknown_kind", "processing")
    monkeypatch.setattr(processing, "unknown_kinds", counted)
    shop.receives(json.dumps({"object": "instagram", **body}).encode())
    shop.works()
    event = WebhookEvent.objects.get()
    assert event.state == "processed"
    assert [one["outcome"] for one in event.outcomes] == ["unknown"]
    assert counted.counts == {(f"new place: {kind}",): 1}


def test_a_new_place_beside_the_entries_stops_no_answer(shop: Shop) -> None:
    entry = {"id": ACCOUNT, "messaging": [message("1", "a")], "empty": [], "uid": "1"}
    body = {"object": "instagram", "entry": [entry], "items": [{"a": 1}], "version": None}
    shop.receives(json.dumps(body).encode())
    shop.works()
    assert shop.texts == ["Ten euros."]
    found = [(one["outcome"], one["kind"]) for one in WebhookEvent.objects.get().outcomes]
    assert found == [("recorded", "text"), ("unknown", "new place: items")]


def test_a_message_that_comes_as_a_change_is_answered(shop: Shop) -> None:
    value = {"sender": {"id": "1"}, "message": {"mid": "a", "text": "price?"}}
    entry = {"id": ACCOUNT, "changes": [{"field": "messages", "value": value}]}
    shop.receives(json.dumps({"object": "instagram", "entry": [entry]}).encode())
    shop.works()
    assert shop.texts == ["Ten euros."]


@pytest.mark.parametrize(
    "item",
    [
        {"message": None, "postback": {"mid": "a", "title": "price?"}},
        {"message_edit": {"mid": "a", "text": "price?", "num_edit": "0.0"}},
    ],
)
def test_a_null_beside_it_or_a_number_in_another_form_stops_no_answer(
    shop: Shop, item: dict[str, Any]
) -> None:
    shop.hears_item(item)
    shop.works()
    assert shop.texts == ["Ten euros."]
    assert WebhookEvent.objects.get().state == "processed"


def test_every_kind_that_is_not_known_is_counted(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Occurrences("unknown_kind", "processing")
    monkeypatch.setattr(processing, "unknown_kinds", counted)
    shop.hears_item({"vanish_mode": {"on": True}})
    shop.hears("price")
    shop.works()
    assert counted.counts == {("vanish_mode",): 1}


def test_text_beside_an_unknown_attachment_is_answered(shop: Shop) -> None:
    attachment = {"type": "hologram", "payload": {"url": "https://x.example"}}
    shop.hears_item({"message": {"mid": "m", "text": "price?", "attachments": [attachment]}})
    shop.works()
    assert shop.texts == ["Ten euros."]
    assert incoming()[0].attachments == [attachment]


@pytest.mark.parametrize("kind", ["quick_reply", "postback"])
def test_taps_are_answered_by_title_or_payload(shop: Shop, kind: str) -> None:
    if kind == "quick_reply":
        shop.hears_item(
            {"message": {"mid": "m", "text": "?!", "quick_reply": {"payload": "PRICE"}}}
        )
    else:
        shop.hears_item({"postback": {"mid": "m", "title": "Delivery", "payload": "ICE"}})
    shop.works()
    assert incoming()[0].kind == kind
    assert len(shop.texts) == 1


def test_a_postback_without_mid_is_recorded_once(shop: Shop) -> None:
    at = timezone.now().timestamp()
    for _ in range(2):
        shop.hears_item({"postback": {"title": "price", "payload": "P"}}, at=at)
        shop.works()
    assert len(incoming()) == 1
    assert shop.texts == ["Ten euros."]


def test_characters_that_no_database_takes_are_replaced(shop: Shop) -> None:
    shop.hears_item({"message": {"mid": "m", "text": "price \x00 \ud83d ok"}})
    shop.works()
    assert incoming()[0].text == "price \ufffd \ufffd ok"
    assert shop.texts == ["Ten euros."]


def test_an_event_for_another_account_is_kept_with_that_reason(shop: Shop) -> None:
    account_pause.look_after()
    shop.receives(envelope(message("1", "a"), account="someone-else"))
    shop.works()
    assert incoming() == []
    assert WebhookEvent.objects.get().outcomes[0]["outcome"] == "no account"


def test_our_own_echo_is_neither_a_second_bubble_nor_a_question(shop: Shop) -> None:
    shop.hears("price")
    shop.works()
    for metadata in (True, False):
        shop.hears_echo(shop.graph.sent[0], metadata=metadata)
        shop.works()
    assert len(incoming()) == 1
    assert len(outgoing()) == 1
    assert not Conversation.objects.get().bot_is_paused(timezone.now())


def test_an_echo_that_is_not_ours_is_a_person_and_silences_the_bot(
    shop: Shop, time_passes: Clock
) -> None:
    shop.hears_echo(Sent("870001", "I will look", "", "aWdfAPP", timezone.now().timestamp()))
    shop.works()
    shop.hears("price")
    shop.works()
    assert shop.texts == []
    assert incoming()[0].verdict == Verdict.PAUSED
    assert "person in the Instagram app" in incoming()[0].reason
    time_passes(timedelta(hours=13))
    shop.hears("price", at=timezone.now().timestamp())
    shop.works()
    assert shop.texts == ["Ten euros."]


def test_a_message_of_any_kind_opens_the_window_and_a_reaction_does_not(shop: Shop) -> None:
    shop.hears_item({"reaction": {"mid": "x", "action": "react"}})
    shop.works()
    assert not Conversation.objects.exists()
    shop.hears_item({"message": {"mid": "m", "attachments": [{"type": "image"}]}})
    shop.works()
    assert Conversation.objects.get().may_answer(timezone.now())


def test_a_link_that_the_customer_opened_opens_the_window(shop: Shop) -> None:
    at = timezone.now() - timedelta(hours=1)
    referral = {"referral": {"ref": "autumn", "source": "SHORTLINK", "type": "OPEN_THREAD"}}
    shop.hears_item(referral, at=at.timestamp())
    shop.works()
    opened = Conversation.objects.get().last_inbound_at
    assert opened is not None
    assert abs(opened - at) < timedelta(seconds=1)


ISO = "%Y-%m-%dT%H:%M:%S+0000"


@pytest.mark.parametrize("in_entry", [True, False], ids=["with entry.time", "without"])
@pytest.mark.parametrize(
    "stamp",
    [
        {},
        {"timestamp": None},
        {"timestamp": ""},
        {"timestamp": 0},
        {"timestamp": "soon"},
        {"timestamp": "seconds"},
        {"timestamp": "text of digits"},
        {"timestamp": "iso"},
    ],
    ids=str,
)
def test_a_question_is_answered_whatever_its_time_looks_like(
    shop: Shop, stamp: dict[str, Any], in_entry: bool
) -> None:
    now = timezone.now()
    forms = {
        "seconds": int(now.timestamp()),
        "text of digits": str(int(now.timestamp() * 1000)),
        "iso": now.strftime(ISO),
    }
    said = message("1", "a")
    del said["timestamp"]
    said |= {name: forms.get(value, value) for name, value in stamp.items()}
    entry = {"id": ACCOUNT, "time": int(now.timestamp() * 1000), "messaging": [said]}
    if not in_entry:
        del entry["time"]
    shop.receives(json.dumps({"object": "instagram", "entry": [entry]}).encode())
    shop.works()
    assert shop.texts == ["Ten euros."]
    assert abs(incoming()[0].at - now) < timedelta(minutes=1)
    assert Conversation.objects.get().may_answer(timezone.now())


def test_a_question_without_a_time_that_lay_here_is_as_old_as_its_receipt(
    shop: Shop, time_passes: Clock
) -> None:
    said = message("1", "a")
    del said["timestamp"]
    body = json.dumps({"object": "instagram", "entry": [{"id": ACCOUNT, "messaging": [said]}]})
    shop.receives(body.encode())
    received = timezone.now()
    time_passes(timedelta(hours=1))
    shop.works()
    assert abs(incoming()[0].at - received) < timedelta(minutes=1)
    assert incoming()[0].verdict == Verdict.TOO_OLD
