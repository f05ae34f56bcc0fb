import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone

from instagram.events import Echo, Incoming, Unknown, parse
from instagram.signature import sign
from sandbox import payloads
from sandbox.models import Customer, Message

AT = datetime(2026, 11, 22, 8, 0, 0, 100_000, tzinfo=UTC)
Kind = Message.Kind


def message(**about: Any) -> Message:
    customer = Customer(igsid="870000000000001", name="Iryna", username="iryna")
    return Message(**{"customer": customer, "mid": "aWdfMID001", "at": AT, "pk": 7, **about})


def test_body_and_signature_are_those_of_a_worked_example(monkeypatch: pytest.MonkeyPatch) -> None:
    sent_at = datetime.fromtimestamp(1763800000.5, UTC)
    monkeypatch.setattr(timezone, "now", lambda: sent_at)
    written_at = datetime.fromtimestamp(1763800000.1, UTC)
    written = message(at=written_at, text="\u0426\u0456\u043d\u0430? https://a.example")
    body = payloads.body(payloads.written(written))
    assert body == (
        rb'{"object":"instagram","entry":[{"id":"17841400000000001","time":1763800000500,'
        rb'"messaging":[{"sender":{"id":"870000000000001"},"recipient":{"id":"17841400000000001"},'
        rb'"timestamp":1763800000100,"message":{"mid":"aWdfMID001",'
        rb'"text":"\u0426\u0456\u043d\u0430? https:\/\/a.example"}}]}]}'
    )
    expected = "1e23f35b85c579f10d93fb6fb770c13cd9bb96838b1a73e142ae2ac6821e57ab"
    assert sign(body, "test_secret") == f"sha256={expected}"


def parsed(item: dict[str, Any]) -> Any:
    (found,) = parse(payloads.body(item))
    return found


def test_instabot_reads_each_kind_as_what_it_is() -> None:
    text = parsed(payloads.written(message(text="Hi \U0001f44b")))
    assert isinstance(text, Incoming)
    assert (text.kind, text.text, text.at) == ("text", "Hi \U0001f44b", AT)
    tap = parsed(payloads.written(message(kind=Kind.QUICK_REPLY, text="Sizes", payload="SIZES")))
    assert (tap.kind, tap.text, tap.payload) == ("quick_reply", "Sizes", "SIZES")
    button = parsed(payloads.written(message(kind=Kind.POSTBACK, text="Order", payload="ORDER")))
    assert (button.kind, button.text, button.payload) == ("postback", "Order", "ORDER")
    photo = parsed(payloads.written(message(kind=Kind.PHOTO)))
    assert isinstance(photo, Unknown)
    assert photo.raw_type == "image"
    assert photo.opens_window


def test_echo_goes_from_the_shop_to_the_customer_and_brings_metadata_back() -> None:
    echo = parsed(payloads.echo(message(text="Yes."), "instabot:12"))
    assert isinstance(echo, Echo)
    assert (echo.customer, echo.text, echo.metadata) == ("870000000000001", "Yes.", "instabot:12")
    assert "metadata" not in payloads.echo(message(text="Yes."), "")["message"]


def test_message_ids_look_like_those_of_meta() -> None:
    mids = {payloads.new_mid() for _ in range(100)}
    assert len(mids) == 100
    assert all(mid.startswith("aWdf") and 140 <= len(mid) <= 200 for mid in mids)
    said = base64.urlsafe_b64decode(min(mids) + "==").decode()
    assert said.startswith(f"ig_dm_item:1:IGMessageID:{payloads.account_id()}:")


def test_bodies_are_one_line_of_ascii() -> None:
    body = payloads.body(payloads.written(message(text="\u00e4\n</script>")))
    assert body.isascii()
    assert b"\n" not in body
    said = json.loads(body)["entry"][0]["messaging"][0]["message"]["text"]
    assert said == "\u00e4\n</script>"
