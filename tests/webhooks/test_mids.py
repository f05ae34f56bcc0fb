"""An unsend finds the events of its message by an index, whatever shape told of it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations.account import pause as account_pause
from instagram import parser
from instagram.events import Broken
from instagram.limits import MAX_ID
from instagram.values import read_mid
from tests.payloads import names, payload
from tests.support.graph import ACCOUNT, envelope
from tests.support.points import KilledError, at_point, dies
from tests.support.shop import Shop
from tests.support.talks import plans
from webhooks import erasure, index, mids
from webhooks.models import EventMid, WebhookEvent
from webhooks.processing import EVENT_TRIES

WORD = "aardvark"
LONG = "m" * (MAX_ID + 1)


def about(*said: str) -> list[int]:
    return WebhookEvent.objects.about([mids.hash_of(mid) for mid in said])


def says(mid: str = "m1", **beside: Any) -> dict[str, Any]:
    return {"message": {"mid": mid, "text": f"price {WORD}", **beside}}


def unsent(shop: Shop, mid: str = "m1") -> None:
    shop.hears_item({"message": {"mid": mid, "is_deleted": True}})
    shop.works()


def kept() -> bytes:
    return b"".join(bytes(body) for body in WebhookEvent.objects.values_list("body", flat=True))


def as_an_earlier_version_left_them() -> None:
    EventMid.objects.all().delete()
    WebhookEvent.objects.update(mid_hash=None)


# What is in a body, and whose events it is found as.
BODIES: dict[str, tuple[bytes, set[str]]] = {
    "a message": (b'{"message":{"mid":"m1","text":"x"}}', {"m1"}),
    "with white space": (b'{"message" : {"mid" :\n "m1", "text":"x"}}', {"m1"}),
    "its slash escaped": (b'{"message":{"mid":"a\\/b","text":"x"}}', {"a/b"}),
    "escaped otherwise": (b'{"message":{"mid":"a\\u003db","text":"x"}}', {"a=b"}),
    "a quotation mark in it": (b'{"message":{"mid":"a\\"b","text":"x"}}', {'a"b'}),
    "two messages": (b'[{"mid":"m1","text":"x"},{"mid":"m2","text":"x"}]', {"m1", "m2"}),
    "the same one twice": (b'[{"mid":"m1","text":"x"},{"mid":"m1","text":"y"}]', {"m1"}),
    "deep within": (b'{"a":[{"b":{"mid":"m1","text":"x"}}]}', {"m1"}),
    "a reply to another one": (
        b'{"mid":"m1","reply_to":{"mid":"m2"},"text":"x"}', {"m1"},
    ),
    "a reply that quotes it": (
        b'{"mid":"m1","reply_to":{"mid":"m2","text":"y"},"text":"x"}', {"m1", "m2"},
    ),
    "a text that looks like one": (b'{"mid":"m1","text":"\\"mid\\":\\"m2\\""}', {"m1"}),
    "broken JSON": (b'{"mid":"m1","text":"x"', {"m1"}),
    "no text at all": (b'{"mid":7}', set()),
    "nothing": (b"", set()),
    "no UTF-8": (b'{"mid":"\xff","text":"x"}', set()),
    "half a character": (b'{"mid":"\\ud83d","text":"x"}', {"\ufffd"}),
    "a mid that is too long": (
        b'{"mid":"' + LONG.encode() + b'","text":"x"}', {read_mid(LONG)},
    ),
}  # fmt: skip


@pytest.mark.no_database
@pytest.mark.parametrize(("body", "expected"), BODIES.values(), ids=BODIES)
def test_a_body_is_searched_for_the_mids_that_stand_beside_words(
    body: bytes, expected: set[str]
) -> None:
    found = mids.hashes_of(body, [])
    assert set(found) == ({mids.hash_of(mid) for mid in expected} or {mids.NONE})
    assert len(found) == len(set(found))


@pytest.mark.parametrize("name", names())
def test_each_kind_of_event_is_found_by_the_mids_of_its_items(shop: Shop, name: str) -> None:
    body = payload(name)
    shop.receives(body)
    WebhookEvent.objects.update(tries=EVENT_TRIES - 1)  # its last: what came early is closed, too
    shop.works()
    event = WebhookEvent.objects.get()
    for item in parser.parse(body, event.received_at):
        if not isinstance(item, Broken) and item.mid and not item.mid.startswith("key:"):
            assert about(item.mid) == [event.pk]
    assert event.mid_hash is not None
    # What an earlier version has closed is indexed alike.
    was = event.mid_hash, set(EventMid.objects.values_list("mid_hash", flat=True))
    as_an_earlier_version_left_them()
    assert index.index_next() == 1
    event.refresh_from_db()
    assert (event.mid_hash, set(EventMid.objects.values_list("mid_hash", flat=True))) == was
    assert index.index_next() == 0


def test_an_ordinary_message_costs_no_statement_more(shop: Shop) -> None:
    shop.hears_item(says())
    with CaptureQueriesContext(connection) as caught:
        shop.reads()
    written = [query["sql"] for query in caught if "mid_hash" in query["sql"]]
    assert len(written) == 1
    assert written[0].lstrip().startswith("UPDATE webhooks_webhookevent")
    assert not any("eventmid" in query["sql"] for query in caught)


def test_an_unsend_reads_no_body_but_those_of_its_message(shop: Shop) -> None:
    shop.hears_item(says())
    for number in range(5):
        shop.hears(f"price {number}")
    shop.works()
    with CaptureQueriesContext(connection) as caught:
        erasure.erase({"m1"})
    read = [query["sql"] for query in caught if '"body"' in query["sql"]]
    [pk] = about("m1")
    by_id = [sql for sql in read if f'"id" = {pk}' in sql]
    assert len([sql for sql in by_id if sql.startswith("SELECT")]) == 1
    # The others ask for what is being read or has no hash yet: by indexes in which nothing is.
    others = [sql for sql in read if sql not in by_id]
    assert all("due_at" in sql for sql in others)
    assert WORD.encode() not in kept()


def test_an_unsend_of_what_never_came_reads_no_events_of_an_earlier_version(shop: Shop) -> None:
    shop.hears_item(says())
    shop.works()
    as_an_earlier_version_left_them()
    with CaptureQueriesContext(connection) as caught:
        erasure.erase({"m9"})
    assert not [query["sql"] for query in caught if '"mid_hash" IS NULL' in query["sql"]]
    with CaptureQueriesContext(connection) as caught:
        erasure.erase({"m1"})
    assert [query["sql"] for query in caught if '"mid_hash" IS NULL' in query["sql"]]
    assert WORD.encode() not in kept()


@pytest.mark.usefixtures("_many")
def test_events_are_found_by_their_indexes() -> None:
    found = plans(lambda: about("m1", "m2"))
    assert "webhookevent_mid" in found[0]
    assert "one_mid_of_event" in found[1] or "autoindex_webhooks_eventmid" in found[1]
    assert "webhookevent_unindexed" in plans(WebhookEvent.objects.unindexed().exists)[0]
    assert "webhookevent_due" in plans(WebhookEvent.objects.being_read().exists)[0]


# What was posted of the message.
POSTED: dict[str, Callable[[], list[bytes]]] = {
    "it alone": lambda: [envelope(_at("m1"))],
    "twice": lambda: [envelope(_at("m1"))] * 2,
    "a batch": lambda: [envelope(_at("m0"), _at("m1"), _at("m2"))],
    "a reply that quotes it": lambda: [
        envelope(_at("m1")),
        envelope(_at("m5", reply_to={"mid": "m1", "text": WORD})),
    ],
    "a body that nobody can read": lambda: [
        envelope(_at("m1")),
        b'{"entry":' + b"[" * 3000 + b"]" * 3000 + b',"mid":"m1","text":"aardvark"}',
    ],
}


def _at(mid: str, **beside: Any) -> dict[str, Any]:
    return {
        "sender": {"id": "870001"},
        "recipient": {"id": ACCOUNT},
        "timestamp": int(timezone.now().timestamp() * 1000),
        "message": {"mid": mid, "text": f"price {WORD if mid == 'm1' else mid}", **beside},
    }


def of(account: str, message: dict[str, Any]) -> bytes:
    """An event for an account, which need not be ours."""
    about_it = json.loads(envelope({**_at("m1"), "message": message}))
    about_it["entry"][0]["id"] = account
    about_it["entry"][0]["messaging"][0]["recipient"]["id"] = account
    return json.dumps(about_it).encode()


@pytest.mark.parametrize("indexed", ["by this version", "not yet", "by the worker"])
@pytest.mark.parametrize("posted", POSTED.values(), ids=POSTED)
def test_an_unsend_erases_it_from_all_of_them(
    shop: Shop, posted: Callable[[], list[bytes]], indexed: str
) -> None:
    for body in posted():
        shop.receives(body)
    shop.works()
    assert WORD.encode() in kept()
    if indexed != "by this version":
        as_an_earlier_version_left_them()
    if indexed == "by the worker":
        while index.index_next():
            pass
    unsent(shop)
    assert WORD.encode() not in kept()


def unread_event(shop: Shop) -> WebhookEvent:
    """One that an earlier version closed, and of which no message was made."""
    shop.receives(envelope(_at("m0"), _at("m1")))
    WebhookEvent.objects.update(state="failed", due_at=None, reason="It could not be stored.")
    return WebhookEvent.objects.get()


@pytest.mark.parametrize("account", [ACCOUNT, "17841499999999999"], ids=["ours", "nobody's"])
def test_an_unsend_reaches_an_event_that_is_indexed_after_it(shop: Shop, account: str) -> None:
    """Nothing tells the unsend of it: it has no message and stands in no index."""
    account_pause.look_after()  # it is known who we are
    event = unread_event(shop)
    shop.receives(of(account, {"mid": "m1", "is_deleted": True}))
    shop.works()
    while index.index_next():
        pass
    event.refresh_from_db()
    assert WORD.encode() not in bytes(event.body)
    assert b"price m0" in bytes(event.body)  # what was not unsent stays
    assert about("m1", "m0")[0] == event.pk


@pytest.mark.parametrize(
    "point", ["before events are found by their hashes", "before unsends are looked for",
              "before events are indexed"],
)  # fmt: skip
def test_an_unsend_that_comes_while_the_event_is_indexed_reaches_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    event = unread_event(shop)
    at_point(monkeypatch, point, lambda: unsent(shop))
    index.index_next()
    event.refresh_from_db()
    assert WORD.encode() not in bytes(event.body)


@pytest.mark.parametrize(
    "point",
    ["after the event is claimed", "after the item is recorded", "after what was unsent is erased"],
)
def test_an_event_that_is_indexed_while_the_unsend_is_read_is_reached(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    event = unread_event(shop)
    at_point(monkeypatch, point, index.index_next)
    unsent(shop)
    event.refresh_from_db()
    assert event.mid_hash is not None
    assert WORD.encode() not in bytes(event.body)


def test_what_an_index_that_was_interrupted_has_written_is_written_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = unread_event(shop)
    with monkeypatch.context() as patch:
        at_point(patch, "before events are indexed", dies)
        with pytest.raises(KilledError):
            index.index_next()
    unsent(shop)
    assert index.index_next() == 1
    event.refresh_from_db()
    assert WORD.encode() not in bytes(event.body)
    assert EventMid.objects.filter(event=event).count() == 1


@pytest.mark.parametrize("account", [ACCOUNT, "17841499999999999"], ids=["ours", "nobody's"])
def test_what_comes_after_its_unsend_and_becomes_no_message_is_erased(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, account: str
) -> None:
    """It is for an account that is not ours, or could not be stored."""
    account_pause.look_after()  # it is known who we are
    shop.receives(of(account, {"mid": "m1", "is_deleted": True}))
    shop.works()
    shop.receives(of(account, {"mid": "m1", "text": f"price {WORD}"}))
    shop.works()
    assert WORD.encode() not in kept()


@pytest.mark.parametrize(
    "point",
    [
        "after the event is claimed",
        "before the item is recorded",
        "after the item is recorded",
        "before the new event is closed",
        "after the event is finished",
    ],
)
def test_an_unsend_that_comes_while_the_event_is_read_erases_it_too(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """On the careful way: its items are recorded before its hashes are."""
    shop.receives(envelope(_at("m1"), _at("m2")))
    at_point(monkeypatch, point, lambda: unsent(shop))
    shop.works()
    assert WORD.encode() not in kept()


@pytest.mark.parametrize(
    "point",
    [
        "before the new event is read",
        "after the event is claimed",
        "before the new event is closed",
        "after the event is finished",
    ],
)
def test_an_unsend_that_comes_while_what_is_for_nobody_is_read_erases_it_too(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    other = "17841499999999999"
    account_pause.look_after()  # it is known who we are
    shop.receives(of(other, {"mid": "m1", "text": f"price {WORD}"}))

    def unsends() -> None:
        shop.receives(of(other, {"mid": "m1", "is_deleted": True}))
        shop.works()

    at_point(monkeypatch, point, unsends)
    shop.works()
    assert WORD.encode() not in kept()


def test_an_event_that_is_read_once_more_is_found_as_before(shop: Shop) -> None:
    shop.receives(envelope(_at("m1"), _at("m2")))
    shop.works()
    [pk] = about("m2")
    WebhookEvent.objects.again(timezone.now())
    assert about("m1") == about("m2") == [pk]
    shop.works()
    assert about("m1") == about("m2") == [pk]


def test_two_mids_of_one_hash_harm_nobody(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mids, "hash_of", lambda _: 7)
    shop.hears_item(says("m1"))
    shop.hears_item(says("m2"))
    shop.works()
    unsent(shop, "m1")
    bodies = [bytes(event.body) for event in WebhookEvent.objects.order_by("pk")]
    assert [WORD.encode() in body for body in bodies] == [False, True, False]
