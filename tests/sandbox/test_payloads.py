import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone

from instagram.events import (
    Echo,
    Edited,
    Handed,
    Incoming,
    Reacted,
    Referred,
    Seen,
    Unknown,
    Unsent,
)
from instagram.parser import parse
from instagram.signature import sign
from sandbox import payloads
from sandbox.models import Customer, Message

pytestmark = pytest.mark.once

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


def parsed(part: payloads.Part) -> Any:
    (found,) = parse(payloads.body(part))
    return found


def test_instabot_reads_each_kind_as_what_it_is() -> None:
    text = parsed(payloads.written(message(text="Hi \U0001f44b")))
    assert isinstance(text, Incoming)
    assert (text.kind, text.text, text.at) == ("text", "Hi \U0001f44b", AT)
    tap = parsed(payloads.written(message(kind=Kind.QUICK_REPLY, text="Sizes", payload="SIZES")))
    assert (tap.kind, tap.text, tap.payload) == ("quick_reply", "Sizes", "SIZES")
    button = parsed(payloads.written(message(kind=Kind.POSTBACK, text="Order", payload="ORDER")))
    assert (button.kind, button.text, button.payload) == ("postback", "Order", "ORDER")


@pytest.mark.parametrize(
    ("kind", "read_as"),
    [
        (Kind.PHOTO, "image"),
        (Kind.VOICE, "audio"),
        (Kind.SHARED_POST, "ig_post"),
        (Kind.STORY_REPLY, "story_reply"),
        (Kind.STORY_MENTION, "story_mention"),
        (Kind.VIEW_ONCE, "ephemeral"),
        (Kind.POLL, "unsupported"),
    ],
)
def test_what_is_more_than_text_is_read_as_what_it_is(kind: Kind, read_as: str) -> None:
    found = parsed(payloads.written(message(kind=kind)))
    assert isinstance(found, Incoming)
    assert (found.kind, found.customer) == (read_as, "870000000000001")


def test_a_reply_names_the_message_it_is_about() -> None:
    said = message(mid="aWdfMID002", text="this one", reply_to=message())
    assert parsed(payloads.written(said)).about == {"reply_to": "aWdfMID001"}


def test_a_comment_and_the_shops_own_below_it() -> None:
    comment = message(kind=Kind.COMMENT, mid="comment:1805", text="price?")
    found = parsed(payloads.written(comment))
    assert (found.kind, found.mid, found.username) == ("comment", "comment:1805", "iryna")
    ours = parsed(payloads.public_reply(message(mid="comment:1806", text="We wrote to you.")))
    assert isinstance(ours, Unknown)
    assert ours.raw_type == "own comment"


def test_marks_are_about_their_message() -> None:
    unsent = parsed(payloads.unsent(message()))
    assert isinstance(unsent, Unsent)
    edited = parsed(payloads.edited(message(text="new", edits=2)))
    assert isinstance(edited, Edited)
    assert (edited.text, edited.number) == ("new", 2)
    reacted = parsed(payloads.reacted(message(reaction="❤️")))
    assert isinstance(reacted, Reacted)
    assert reacted.emoji == "❤️"
    assert parsed(payloads.reacted(message())).emoji == ""
    seen = parsed(payloads.read(message()))
    assert isinstance(seen, Seen)
    assert {one.mid for one in (unsent, edited, reacted, seen)} == {"aWdfMID001"}


def test_a_link_brings_its_ref() -> None:
    found = parsed(payloads.referred(message().customer, "autumn"))
    assert isinstance(found, Referred)
    assert found.referral["ref"] == "autumn"


def test_another_app_takes_over_and_gives_back() -> None:
    said = message(text="Hi")
    said.customer.elsewhere = True
    assert parsed(payloads.written(said)).standby
    taken = parsed(payloads.handed(said.customer))
    assert isinstance(taken, Handed)
    assert not taken.to_us
    said.customer.elsewhere = False
    assert parsed(payloads.handed(said.customer)).to_us
    assert not parsed(payloads.written(said)).standby


def test_echo_goes_from_the_shop_to_the_customer_and_brings_metadata_back() -> None:
    echo = parsed(payloads.echo(message(text="Yes."), "instabot:12"))
    assert isinstance(echo, Echo)
    assert (echo.customer, echo.text, echo.metadata) == ("870000000000001", "Yes.", "instabot:12")
    [bare] = payloads.echo(message(text="Yes."), "")["messaging"]
    assert "metadata" not in bare["message"]


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
