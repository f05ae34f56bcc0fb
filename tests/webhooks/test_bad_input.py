"""Nothing that is signed gives an error or stops a worker, whatever it holds."""

import json
import time
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.models import Message, Verdict
from instagram.limits import MAX_BODY_BYTES, MAX_ITEMS
from tests.payloads import names, payload
from tests.payloads.hostile import Hostile
from tests.support.graph import ACCOUNT, envelope
from tests.support.shop import Shop
from webhooks.models import WebhookEvent

LATER_TRIES = 6


def ended(shop: Shop) -> None:
    """Every event is processed, or failed with its reason; later tries are brought forward."""
    for _ in range(LATER_TRIES):
        shop.works()
        WebhookEvent.objects.filter(state="received").update(due_at="2020-01-01T00:00:00Z")
    for event in WebhookEvent.objects.all():
        assert event.state in ("processed", "failed")
        assert event.state == "processed" or event.reason
        assert event.due_at is None


def still_answers(shop: Shop) -> None:
    before = len(shop.texts)
    shop.hears("price", customer="999001", mid=f"aWdf{time.time_ns()}")
    shop.works()
    assert shop.texts[before:][-1] == "Ten euros."


def item(**content: Any) -> dict[str, Any]:
    return {
        "sender": {"id": "870001"},
        "recipient": {"id": ACCOUNT},
        "timestamp": int(time.time() * 1000),
        **content,
    }


def raw(text: str) -> bytes:
    """A message whose text is this piece of JSON."""
    body = envelope(item(message={"mid": "m1", "text": "@"}))
    return body.replace(b'"@"', text.encode())


@given(seed=st.integers(0, 2**32))
@settings(
    max_examples=120,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_hostile_payloads_end_as_processed_or_failed(shop: Shop, seed: int) -> None:
    hostile = Hostile(Random(seed))
    for _ in range(3):
        assert shop.receives(hostile.body()) == 200
    ended(shop)
    WebhookEvent.objects.all().delete()


@given(body=st.binary(max_size=300))
@settings(
    max_examples=50,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_bytes_end_as_processed_or_failed(shop: Shop, body: bytes) -> None:
    assert shop.receives(body) == 200
    ended(shop)
    WebhookEvent.objects.all().delete()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('"price \\u0000 ok"', "price \ufffd ok"),
        ('"price \\ud83d"', "price \ufffd"),
        ('"price \\ud83d\\ude0a"', "price 😊"),
        ("1e400", "inf"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("null", ""),
        ("true", "True"),
    ],
)
def test_a_text_that_is_none_is_kept_as_what_can_be_stored(
    shop: Shop, text: str, kept: str
) -> None:
    assert shop.receives(raw(text)) == 200
    ended(shop)
    assert Message.objects.get(mid="m1").text == kept
    still_answers(shop)


@pytest.mark.parametrize("depth", [100, 3000, 100_000])
def test_deep_nesting_ends_with_a_reason_or_as_text(shop: Shop, depth: int) -> None:
    assert shop.receives(raw("[" * depth + "]" * depth)) == 200
    assert shop.receives(raw('{"mid":' * depth + "0" + "}" * depth)) == 200
    ended(shop)
    still_answers(shop)


def test_ten_megabytes_of_text_are_kept_and_answered(shop: Shop) -> None:
    body = envelope(item(message={"mid": "m1", "text": ""}))
    room = MAX_BODY_BYTES - len(body)
    text = ("price " * (room // 6 + 1))[:room]
    assert shop.receives(envelope(item(message={"mid": "m1", "text": text}))) == 200
    shop.works()
    assert shop.texts == ["Ten euros."]
    assert len(Message.objects.get(mid="m1").text) == room
    assert shop.receives(b" " * (MAX_BODY_BYTES + 1)) == 413


def test_ten_megabytes_of_items_that_mean_nothing(shop: Shop) -> None:
    body = b'{"entry":[' + b"0," * ((MAX_BODY_BYTES - 100) // 2) + b"0]}"
    assert shop.receives(body) == 200
    ended(shop)
    event = WebhookEvent.objects.get()
    assert len(event.outcomes) == MAX_ITEMS + 1
    assert "more than 5000 items" in event.outcomes[-1]["reason"]
    still_answers(shop)


def _without(said: Any, key: str) -> Any:
    if isinstance(said, list):
        return [_without(one, key) for one in said]
    if isinstance(said, dict):
        return {name: _without(one, key) for name, one in said.items() if name != key}
    return said


@pytest.mark.parametrize(
    "key", ["id", "sender", "recipient", "timestamp", "time", "mid", "text", "value", "payload"]
)
def test_without_a_key_every_payload_ends(shop: Shop, key: str) -> None:
    for name in names():
        body = json.dumps(_without(json.loads(payload(name)), key)).encode()
        assert shop.receives(body) == 200
    ended(shop)
    still_answers(shop)


def test_an_unsend_whose_message_was_delivered_in_an_unreadable_shape_still_erases(
    shop: Shop,
) -> None:
    shop.receives(envelope(item(message={"mid": "m1", "text": "price"})))
    deep = "[" * 3000 + "]" * 3000
    shop.receives(b'{"entry":' + deep.encode() + b', "mid": "m1", "text": "price"}')
    shop.works()
    shop.hears_item({"message": {"mid": "m1", "is_deleted": True}})
    ended(shop)
    assert not any(b"price" in bytes(event.body) for event in WebhookEvent.objects.all())
    assert Message.objects.get(mid="m1").verdict == Verdict.ANSWERED
