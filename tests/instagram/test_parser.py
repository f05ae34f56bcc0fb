"""Reading Meta's bodies: whatever they hold, the result is items or one clear error."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instagram.events import (
    Broken,
    Echo,
    Edited,
    Incoming,
    Parsed,
    Reacted,
    Seen,
    Unknown,
    Unsent,
)
from instagram.parser import UnreadableError, parse
from tests.support.graph import ACCOUNT, envelope

pytestmark = pytest.mark.no_database

AROUND = {"sender": {"id": "870001"}, "recipient": {"id": ACCOUNT}, "timestamp": 1763800000100}


def one(content: dict[str, Any], **around: Any) -> Any:
    [found] = parse(envelope({**AROUND, **around, **content}))
    return found


def test_a_text() -> None:
    found = one({"message": {"mid": "aWdf1", "text": "Do you ship? \ud83d\ude0a"}})
    written = datetime(2025, 11, 22, 8, 26, 40, 100_000, tzinfo=UTC)
    assert found == Incoming(ACCOUNT, "870001", written, "aWdf1", "text", "Do you ship? 😊")


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


WRITTEN = datetime(2025, 11, 22, 8, 26, 40, tzinfo=UTC)  # 1763800000
ENTRY = WRITTEN + timedelta(minutes=1)
RECEIVED = WRITTEN + timedelta(minutes=2)
MISSING = object()
TIMES = [
    1763800000, 1763800000000, 1763800000000000, 1763800000000000000, 1763800000.0, 1.7638e12,
    "1763800000", "1763800000000", " 1763800000000 ", "1763800000.0",
    "2025-11-22T08:26:40Z", "2025-11-22T08:26:40+0000", "2025-11-22T09:26:40+01:00",
    "2025-11-22 08:26:40", "2025-11-22T08:26:40.000Z", "20251122T082640Z",
]  # fmt: skip
NO_TIMES = [
    MISSING, None, "", "never", 0, 1, -1, "0", "1", 233445667, True, False, [], {}, [1763800000],
    {"time": 1763800000}, 1e400, -1e30, float("nan"), 10**30, "9" * 400, "1969-12-31T23:59:59Z",
    "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", 4763800000000,
]  # fmt: skip


def at(stamp: Any, entry_time: Any) -> datetime:
    """When a message was written that has this stamp, in an entry that has this time."""
    said = {**AROUND, "timestamp": stamp, "message": {"mid": "m", "text": "price?"}}
    entry = {"id": ACCOUNT, "time": entry_time, "messaging": [said]}
    for place in (said, entry):
        for name in ("timestamp", "time"):
            if place.get(name) is MISSING:
                del place[name]
    [found] = parse(json.dumps({"object": "instagram", "entry": [entry]}).encode(), RECEIVED)
    assert isinstance(found, Incoming)
    return found.at


@pytest.mark.parametrize("stamp", TIMES)
def test_a_time_in_any_form_is_the_same_moment(stamp: Any) -> None:
    assert at(stamp, MISSING) == WRITTEN
    assert at(MISSING, stamp) == WRITTEN


@pytest.mark.parametrize("stamp", NO_TIMES)
def test_what_is_no_time_gives_way_to_the_entrys_and_that_to_the_time_of_receipt(
    stamp: Any,
) -> None:
    assert at(stamp, ENTRY.timestamp() * 1000) == ENTRY
    assert at(stamp, stamp) == RECEIVED


@pytest.mark.parametrize(
    ("value", "entry_time", "found"),
    [
        ({}, ENTRY.timestamp(), ENTRY),
        ({}, MISSING, RECEIVED),
        ({}, "never", RECEIVED),
        ({"timestamp": "2025-11-22T08:26:40+0000"}, ENTRY.timestamp(), WRITTEN),
        ({"created_time": 1763800000}, MISSING, WRITTEN),
        ({"timestamp": None}, ENTRY.timestamp() * 1000, ENTRY),
    ],
)
def test_a_comment_has_a_time_too(value: Any, entry_time: Any, found: datetime) -> None:
    comment = {"id": "1805", "text": "price?", "from": {"id": "870001"}, **value}
    entry: dict[str, Any] = {"id": ACCOUNT, "changes": [{"field": "comments", "value": comment}]}
    if entry_time is not MISSING:
        entry["time"] = entry_time
    [said] = parse(json.dumps({"object": "instagram", "entry": [entry]}).encode(), RECEIVED)
    assert isinstance(said, Incoming)
    assert said.at == found


def key_of(items: list[Parsed]) -> str:
    [item] = items
    assert not isinstance(item, Broken)
    return item.mid


def test_an_item_without_an_id_and_a_time_has_the_same_key_whenever_it_comes() -> None:
    said = {"sender": {"id": "870001"}, "recipient": {"id": ACCOUNT}, "postback": {"title": "a"}}
    body = json.dumps({"entry": [{"id": ACCOUNT, "messaging": [said]}]}).encode()
    keys = {key_of(parse(body, RECEIVED + timedelta(hours=hours))) for hours in range(3)}
    assert len(keys) == 1


NLP = {"entities": {"greetings": [{"confidence": 0.9}]}}
PRIOR = {"source": "checkbox_plugin", "identifier": "1"}


@pytest.mark.parametrize(
    ("item", "kept"),
    [
        ({"message": {"mid": "m", "text": "a", "nlp": NLP}}, {"nlp": NLP}),
        ({"message": {"mid": "m", "sticker_id": 369239263222822}}, {"sticker_id": 369239263222822}),
        ({"message": {"mid": "m", "text": "a"}, "prior_message": PRIOR}, {"prior_message": PRIOR}),
        ({"message": {"mid": "m", "text": "a", "prior_message": PRIOR}}, {"prior_message": PRIOR}),
        ({"postback": {"mid": "m", "title": "a", "beyond": [1]}}, {"beyond": [1]}),
        ({"message": {"mid": "m", "story": {"id": "1"}}}, {"message_story": {"id": "1"}}),
        ({"message": {"mid": "m", "text": "a\x00", "x": "\ud83d"}}, {"x": "\ufffd"}),
        (
            {"message": {"mid": "m", "text": "a", "nlp": NLP, "reply_to": {"mid": "n"}}},
            {"nlp": NLP, "reply_to": "n"},
        ),
        (
            {"message": {"mid": "m", "text": "a", "reply_to": {"mid": "n", "url": "x", "ad": [1]}}},
            {"reply_to": "n", "replied_to": {"url": "x", "ad": [1]}},
        ),
        (
            {"message": {"mid": "m", "text": "a", "reply_to": {"story": {"id": "1"}, "url": "x"}}},
            {"story": {"id": "1"}, "replied_to": {"url": "x"}},
        ),
        (
            {"message": {"mid": "m", "text": "a", "reply_to": {"link": "x"}}},
            {"replied_to": {"link": "x"}},
        ),
        ({"message": {"mid": "m", "text": "a", "app_id": 1, "metadata": "x"}}, {}),
    ],
)
def test_whatever_else_is_said_of_a_message_is_kept(item: Any, kept: Any) -> None:
    assert one(item).about == kept


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"nlp": NLP}, {"nlp": NLP}),
        ({"story_media_url": "https://a.example"}, {"story_media_url": "https://a.example"}),
        ({"reply_to": {"mid": "n"}}, {"reply_to": "n"}),
        ({"app_id": 1, "metadata": "x"}, {}),
    ],
)
def test_whatever_else_is_said_of_an_echo_is_kept(said: Any, kept: Any) -> None:
    assert one({"message": {"mid": "m", "text": "a", "is_echo": True, **said}}).about == kept


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"sticker": {"url": "https://a.example"}}, "sticker"),
        ({"image": "https://a.example"}, "image"),
        ({"video": {"src": "https://a.example"}}, "video"),
        ({"image": "https://a.example", "text": "this one"}, "text"),
        ({"image": "https://a.example", "attachments": [{"type": "share"}]}, "share"),
        ({"image": None}, "empty message"),
        ({"sticker_id": 5}, "empty message"),
    ],
)
def test_what_was_sent_beside_the_attachments_is_no_empty_message(said: Any, kind: str) -> None:
    assert one({"message": {"mid": "m", **said}}).kind == kind


def test_one_attachment_without_its_list_is_an_attachment() -> None:
    photo = {"type": "image", "payload": {"url": "https://a.example"}}
    assert one({"message": {"mid": "m", "attachments": photo}}).attachments == (photo,)


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


def change(name: str, value: Any, account: str = ACCOUNT) -> Any:
    entry = {"id": account, "time": 1763800000, "changes": [{"field": name, "value": value}]}
    [found] = parse(json.dumps({"object": "instagram", "entry": [entry]}).encode())
    return found


BY_CUSTOMER = {"sender": {"id": "870001"}, "recipient": {"id": ACCOUNT}}
BY_SHOP = {"sender": {"id": ACCOUNT}, "recipient": {"id": "870001"}}
CHANGES: list[tuple[str, dict[str, Any], type[Any], str]] = [
    ("messages", {**BY_CUSTOMER, "message": {"mid": "m", "text": "price?"}}, Incoming, "870001"),
    (
        "messages",
        {"sender": {"id": "870001"}, "message": {"mid": "m", "text": "price?"}},
        Incoming,
        "870001",
    ),
    ("messages", {**BY_SHOP, "message": {"mid": "m", "text": "Yes"}}, Echo, "870001"),
    ("messages", {**BY_CUSTOMER, "message": {"mid": "m", "is_deleted": True}}, Unsent, "870001"),
    ("messaging_postbacks", {**BY_CUSTOMER, "postback": {"title": "a"}}, Incoming, "870001"),
    ("message_reactions", {**BY_CUSTOMER, "reaction": {"mid": "m"}}, Reacted, "870001"),
    ("messaging_seen", {**BY_CUSTOMER, "read": {"mid": "m"}}, Seen, "870001"),
    (
        "message_edit",
        {**BY_CUSTOMER, "message_edit": {"mid": "m", "text": "a", "num_edit": 1}},
        Edited,
        "870001",
    ),
    ("something_new", {**BY_CUSTOMER, "something_new": {"a": 1}}, Unknown, "870001"),
    ("mentions", {"media_id": "1"}, Unknown, ""),
    ("messages", {"sender": None, "message": {"mid": "m", "text": "price?"}}, Unknown, ""),
]


@pytest.mark.parametrize(("name", "value", "kind", "customer"), CHANGES)
def test_what_comes_as_a_change_is_read_like_any_other_item(
    name: str, value: Any, kind: type[Any], customer: str
) -> None:
    found = change(name, value)
    assert (type(found), found.customer, found.account) == (kind, customer, ACCOUNT)
    assert "test" not in getattr(found, "raw_type", "")


def test_a_message_is_the_same_in_either_place_and_on_standby() -> None:
    said = {**AROUND, "message": {"mid": "m", "text": "price?"}}
    assert change("messages", said) == one({"message": {"mid": "m", "text": "price?"}})
    assert change("standby", said).standby


TEST_PARTIES = {"sender": {"id": "12334"}, "recipient": {"id": "23245"}}


@pytest.mark.parametrize(
    ("account", "value"),
    [
        ("0", {**BY_CUSTOMER, "message": {"mid": "m", "text": "a"}}),
        ("0", {}),
        (ACCOUNT, {**TEST_PARTIES, "message": {"mid": "random_mid", "text": "random_text"}}),
    ],
)
def test_what_the_dashboard_made_up_is_a_test(account: str, value: Any) -> None:
    assert change("messages", value, account).raw_type == "test: messages"


TAP: dict[str, Any] = {"postback": {"mid": "m", "title": "Sizes", "payload": "S"}}
EDIT: dict[str, Any] = {"mid": "m", "text": "price?"}
NO_OBJECTS: list[tuple[dict[str, Any], type[Any], str]] = [
    ({"message": None, **TAP}, Incoming, "postback"),
    ({"message": "", **TAP}, Incoming, "postback"),
    ({"message": [], "reaction": None, **TAP}, Incoming, "postback"),
    ({**TAP, "message": 5}, Incoming, "postback"),
    ({"message": None}, Unknown, "message"),
    ({"message_edit": None}, Unknown, "message_edit"),
    ({"read": None, "something_new": {}}, Unknown, "something_new"),
    ({"message_edit": {**EDIT, "num_edit": "1.0"}}, Edited, "1"),
    ({"message_edit": {**EDIT, "num_edit": 2.0}}, Edited, "2"),
    ({"message_edit": {**EDIT, "num_edit": "abc"}}, Edited, "1"),
    ({"message_edit": {**EDIT, "num_edit": [2]}}, Edited, "1"),
    ({"message_edit": {**EDIT, "num_edit": 1e400}}, Edited, "1"),
    ({"message_edit": {**EDIT, "num_edit": 10**400}}, Edited, "1"),
    ({"message_edit": {"mid": "m", "num_edit": "abc"}}, Incoming, "announced"),
]


@pytest.mark.parametrize(("item", "kind", "what"), NO_OBJECTS)
def test_a_key_without_an_object_and_a_number_that_is_none_break_nothing(
    item: dict[str, Any], kind: type[Any], what: str
) -> None:
    found = one(item)
    assert type(found) is kind
    said = {Incoming: "kind", Unknown: "raw_type", Edited: "number"}[kind]
    assert str(getattr(found, said)) == what


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
