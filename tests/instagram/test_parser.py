"""Reading Meta's bodies: whatever they hold, the result is items or one clear error."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instagram.events import Broken, Echo, Incoming, Unknown, Unsent
from instagram.parser import UnreadableError, parse
from tests.support.graph import ACCOUNT, envelope

pytestmark = pytest.mark.no_database

AROUND = {"sender": {"id": "870001"}, "recipient": {"id": ACCOUNT}, "timestamp": 1763800000100}


def one(content: dict[str, Any], **around: Any) -> Any:
    [found] = parse(envelope({**AROUND, **around, **content}))
    return found


def test_a_text() -> None:
    found = one({"message": {"mid": "aWdf1", "text": "Do you ship? \ud83d\ude0a"}})
    at = datetime(2025, 11, 22, 8, 26, 40, 100_000, tzinfo=UTC)
    assert found == Incoming(ACCOUNT, "870001", at, "aWdf1", "text", "Do you ship? 😊")


def test_a_quick_reply_and_a_postback_carry_their_payload() -> None:
    tap = one({"message": {"mid": "m", "text": "Sizes", "quick_reply": {"payload": "S"}}})
    assert (tap.kind, tap.text, tap.payload) == ("quick_reply", "Sizes", "S")
    post = one({"postback": {"mid": "m", "title": "Sizes", "payload": "S"}})
    assert (post.kind, post.text, post.payload) == ("postback", "Sizes", "S")


def test_an_echo_belongs_to_the_customer_it_was_sent_to() -> None:
    echo = one(
        {"message": {"mid": "m", "text": "Yes", "is_echo": True, "metadata": "instabot:1"}},
        sender={"id": ACCOUNT},
        recipient={"id": "870001"},
    )
    assert isinstance(echo, Echo)
    assert (echo.customer, echo.metadata) == ("870001", "instabot:1")


@pytest.mark.parametrize(
    "stamp", [1763800000100, "1763800000100", 1763800000.1, "1763800000.1", 1763800000]
)
def test_times_in_seconds_and_milliseconds_are_the_same_moment(stamp: Any) -> None:
    assert abs(one({"read": {"mid": "m"}}, timestamp=stamp).at.timestamp() - 1763800000.1) < 0.2


def test_ids_as_numbers_are_ids() -> None:
    assert one({"message": {"mid": "m", "text": "a"}}, sender={"id": 870001}).customer == "870001"


def test_an_unsend_is_about_its_message() -> None:
    message = one({"message": {"mid": "m", "text": "a"}})
    unsend = one({"message": {"mid": "m", "is_deleted": True}})
    assert isinstance(unsend, Unsent)
    assert unsend.mid == message.mid


def test_a_mid_longer_than_any_column_still_tells_messages_apart() -> None:
    long = "a" * 4000
    mids = {one({"message": {"mid": long + end, "text": "t"}}).mid for end in "xyx"}
    assert len(mids) == 2
    assert all(len(mid) <= 255 for mid in mids)


@pytest.mark.parametrize(
    "entry",
    [
        {"id": ACCOUNT, "time": 1, "changes": [{"field": "mentions", "value": {"media_id": "1"}}]},
        {"id": ACCOUNT, "time": 1, "changed_fields": ["messages"]},
        {"id": "0", "time": 1, "changes": [{"field": "messages", "value": {}}]},
    ],
)
def test_other_places_of_an_entry_are_kept_and_name_no_conversation(entry: Any) -> None:
    [found] = parse(json.dumps({"object": "instagram", "entry": [entry]}).encode())
    assert isinstance(found, Unknown)
    assert found.customer == ""


@pytest.mark.parametrize("stamp", ["never", None, [], 1e400, -1e30, float("nan"), True, {}])
def test_a_time_that_is_none_breaks_that_item_only(stamp: Any) -> None:
    good = {**AROUND, "message": {"mid": "m", "text": "a"}}
    found = parse(envelope({**good, "timestamp": stamp}, good))
    assert isinstance(found[0], Broken | Incoming)
    assert isinstance(found[1], Incoming)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["message", "postback", "sender", "recipient", "timestamp", "mid", "text", "id", "is_echo",
     "attachments", "quick_reply", "payload", "type", "reaction", "read", "is_deleted"]
)  # fmt: skip
ITEM = st.recursive(
    JSON, lambda inner: st.dictionaries(KEYS, inner, max_size=5) | st.lists(inner), max_leaves=10
)


@given(st.lists(ITEM, min_size=1, max_size=3), st.sampled_from(["messaging", "standby", "changes"]))
def test_whatever_an_entry_holds_it_is_read_item_by_item(items: list[Any], place: str) -> None:
    body = json.dumps({"object": "instagram", "entry": [{"id": "1", "time": 1, place: items}]})
    for found in parse(body.encode()):
        assert isinstance(found, Incoming | Echo | Unknown | Broken)
        if not isinstance(found, Broken):
            found.mid.encode()
            assert len(found.mid) <= 255


@given(st.binary())
def test_any_bytes_are_items_or_one_clear_error(body: bytes) -> None:
    reason = "."
    try:
        parse(body)
    except UnreadableError as error:
        reason = str(error)
    assert reason.endswith(".")
