"""Reads the items of an event: every entry, every item; a bad item does not stop the others."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from instagram.events import (
    ANNOUNCED,
    EDIT,
    Attachments,
    Broken,
    Echo,
    Edited,
    Handed,
    Incoming,
    Known,
    Parsed,
    Reacted,
    Referred,
    Seen,
    Unknown,
    Unsent,
)
from instagram.limits import MAX_ID, MAX_ITEMS
from instagram.values import (
    KEY_PREFIX,
    clean,
    clean_json,
    first_time,
    make_key,
    read_id,
    read_mid,
    read_object,
)

TEST_NOTE = "Meta's dashboard sent a test: webhooks arrive. Tests are not answered."
OWN_COMMENT_NOTE = "The shop's own comment."
SELF_NOTE = "The account wrote to itself."
OTHER_PRODUCTS = {"page": "Facebook Messenger"}  # by the object of their events
OTHER_PRODUCT_NOTE = "This came from {}, not from Instagram: instabot does not answer there."
COMMENT_FIELDS = ("comments", "live_comments")
TEST_PARTIES = ("12334", "23245")  # sender and recipient of every test of the dashboard


class UnreadableError(ValueError):
    """The body is not an Instagram event; the text says why, for staff."""


class IncompleteError(ValueError):
    """An item does not say which customer or message it is about."""


# What reading hostile or broken JSON can raise.
_UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    OverflowError,
    OSError,
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A part of an event, about one account."""

    raw: dict[str, Any]
    received_at: datetime

    @property
    def account(self) -> str:
        return read_id(self.raw.get("id"))

    def time_of(self, *values: Any) -> datetime:
        """Return the first of these that is a time, else when Meta sent the entry."""
        return first_time(self.received_at, *values, self.raw.get("time"))


def parse(body: bytes, received_at: datetime | None = None) -> list[Parsed]:
    """Read every item of every entry, in their order; raise UnreadableError if there is none.

    Meta may send 1000 updates in one body, for several accounts. received_at: the time of what has
    none of its own; now, if it is left out.
    """
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"The body is not JSON ({type(error).__name__}).") from error
    if isinstance(envelope, dict) and "field" in envelope and "entry" not in envelope:
        # A test of the dashboard, without an envelope.
        envelope = {"entry": [{"id": "0", "changes": [envelope]}]}
    entries = envelope.get("entry") if isinstance(envelope, dict) else None
    if not isinstance(entries, list):
        raise UnreadableError("The body has no list of entries, so it is not an Instagram webhook.")
    every = _parse_entries(entries, envelope.get("object"), received_at or datetime.now(UTC))
    items = list(islice(every, MAX_ITEMS))
    if not items:
        raise UnreadableError("The body has no item that instabot knows.")
    if next(every, None) is not None:
        items.append(Broken(f"The rest was not read: more than {MAX_ITEMS} items."))
    return items


def _parse_entries(entries: list[Any], about: Any, received_at: datetime) -> Iterator[Parsed]:
    product = clean(about).strip().lower() if isinstance(about, str) else ""
    for raw in entries:
        if not isinstance(raw, dict):
            yield Broken("The entry is not an object.")
        elif product in ("", "instagram"):
            yield from _parse_entry(_Entry(raw, received_at))
        else:
            yield from _keep_entry(_Entry(raw, received_at), product)


def _parse_entry(entry: _Entry) -> Iterator[Parsed]:
    for place, read in _PLACES.items():
        for raw in _list_items(entry.raw.get(place)):
            try:
                yield read(entry, raw)
            except _UNREADABLE as error:
                yield Broken(f"An item in {place} couldn't be read: {_explain(error)}.")
    if "field" in entry.raw and not entry.raw.get("changes"):  # Meta's sample has no `changes`
        head = {"id": entry.raw.get("id"), "time": entry.raw.get("time")}
        yield from _parse_entry(_Entry({**head, "changes": entry.raw}, entry.received_at))
        return
    for place, raw in _list_others(entry):
        about, at = clean(f"new place: {place}")[:MAX_ID], entry.time_of(_read_stamp(raw))
        yield Unknown(entry.account, "", at, make_key(entry.account, place, raw), about)


def _keep_entry(entry: _Entry, product: str) -> Iterator[Known]:
    """Keep what another product of Meta's tells: its customers are none of Instagram's."""
    note = OTHER_PRODUCT_NOTE.format(OTHER_PRODUCTS.get(product, repr(product)))
    known = ((place, raw) for place in _PLACES for raw in _list_items(entry.raw.get(place)))
    for place, raw in (*known, *_list_others(entry)):
        said = read_object(raw)
        if (_read_party(said, "sender"), _read_party(said, "recipient")) == TEST_PARTIES:
            yield _test("message", entry.time_of(), raw)
            continue
        kind = said.get("field") or next((name for name in _READERS if name in said), place)
        about, at = clean(f"{product}: {kind}")[:MAX_ID], entry.time_of(_read_stamp(raw))
        yield Unknown("", "", at, make_key(product, raw), about, note)


def _list_items(listed: Any) -> list[Any]:
    return listed if isinstance(listed, list) else [listed] if listed else []


def _list_others(entry: _Entry) -> Iterator[tuple[str, Any]]:
    """List what lies in places that instabot does not know: objects, or names in a list."""
    for place, listed in entry.raw.items():
        if place in _PLACES or place in ("id", "time") or not isinstance(listed, list | dict):
            continue
        items = _list_items(listed)
        yield from ((place, raw) for raw in items if raw and isinstance(raw, dict | str))


def _read_stamp(raw: Any) -> Any:
    return read_object(raw).get("timestamp")


def _test(name: str, at: datetime, raw: Any) -> Unknown:
    return Unknown("", "", at, make_key(raw), clean(f"test: {name}")[:MAX_ID], TEST_NOTE)


def _explain(error: Exception) -> str:
    return str(error) if isinstance(error, IncompleteError) else type(error).__name__


def _read_field(entry: _Entry, raw: Any) -> Known:
    """Read the name of a changed field: Meta can be told to leave out the values."""
    key = make_key(entry.account, raw)
    raw_type = clean(f"changed_fields: {raw}")[:MAX_ID]
    return Unknown(entry.account, "", entry.time_of(), key, raw_type)


def _read_change(entry: _Entry, raw: Any) -> Known:
    """Read a comment; or keep a mention or a test of the dashboard."""
    account, name = entry.account, clean(raw["field"])
    value = read_object(raw.get("value"))
    at = entry.time_of(value.get("timestamp"), value.get("created_time"))
    if name in COMMENT_FIELDS and account != "0":
        return _read_comment(account, at, value)
    if account == "0" or "sender" in value:
        return _test(name, at, raw)
    return Unknown(account, "", at, make_key(account, raw), clean(f"changes: {name}")[:MAX_ID])


def _read_comment(account: str, at: datetime, value: dict[str, Any]) -> Known:
    comment = read_id(value.get("id") or value.get("comment_id"))
    by = read_object(value.get("from"))
    customer = read_id(by.get("id"))
    mid = f"comment:{comment}" if comment else make_key(account, value)
    if by.get("self_ig_scoped_id") or customer == account:
        return Unknown(account, "", at, mid, "own comment", OWN_COMMENT_NOTE)
    about = {"comment": comment, "media": clean_json(read_object(value.get("media")))}
    if value.get("parent_id"):
        about["parent"] = read_id(value["parent_id"])
    text, username = clean(value.get("text")), clean(by.get("username"))[:MAX_ID]
    head = _check_customer((account, customer, at, mid[:MAX_ID]))
    return Incoming(*head, "comment", text, about=about, username=username)


def _read_item(entry: _Entry, raw: dict[str, Any], *, standby: bool = False) -> Known:
    """Read an item of `messaging` or `standby`: one of its keys says what it is."""
    at = entry.time_of(raw.get("timestamp"))
    sender, recipient = _read_party(raw, "sender"), _read_party(raw, "recipient")
    account = entry.account
    if (sender, recipient) == TEST_PARTIES:
        return _test("message", at, raw)
    if raw.get("is_self") or read_object(raw.get("message")).get("is_self"):
        return Unknown(account, "", at, make_key(account, raw), "self message", SELF_NOTE)
    kind = next((name for name in _READERS if name in raw), None)
    customer = recipient if sender == account else sender
    if kind is None:
        raw_type = clean(_find_other_key(raw))[:MAX_ID]
        return Unknown(account, customer, at, make_key(account, raw), raw_type)
    content: dict[str, Any] = raw[kind]
    mid = read_mid(content.get("mid"))
    head = (account, customer, at, mid or make_key(account, raw))
    beside = {name: raw[name] for name in raw if name not in (*_AROUND, kind)}
    more = {"by_shop": sender == account, "standby": standby, "beside": beside}
    return _READERS[kind](head, {**content, **more})


Head = tuple[str, str, datetime, str]
Reader = Callable[[Head, dict[str, Any]], Known]


def _read_message(head: Head, content: dict[str, Any]) -> Known:
    if content.get("is_deleted"):
        return Unsent(*_check_mark(head), by_shop=content["by_shop"])
    if content.get("is_echo") or content["by_shop"]:
        return _read_echo(head, content)
    attachments, text = _read_attachments(content), clean(content.get("text"))
    tap, about = content.get("quick_reply"), _read_about(content)
    kind = _read_kind(content, text, attachments, about)
    payload = clean(tap.get("payload")) if isinstance(tap, dict) else ""
    about = {**_read_more(content), **about}
    return Incoming(
        *_check_customer(head), kind, text, payload, attachments, about, _read_referral(content),
        standby=content["standby"],
    )  # fmt: skip


# What of a message is read; anything else that Meta says of it is kept as it is.
_READ = {
    "mid", "text", "attachments", "quick_reply", "reply_to", "referral", "metadata", "app_id",
    "is_deleted", "is_echo", "is_self", "is_unsupported", "title", "payload",
    "by_shop", "standby", "beside",
}  # fmt: skip
_OURS = ("story", "comment", "media", "parent")  # names of our own in what a message is about


def _read_more(content: dict[str, Any]) -> dict[str, Any]:
    """Return what else is said of a message, in it and beside it: nlp, sticker_id and the like."""
    said = {**content["beside"], **content}
    more = {name: said[name] for name in said if name not in _READ}
    named = {f"message_{name}" if name in _OURS else name: more[name] for name in more}
    kept: dict[str, Any] = clean_json(named)
    return kept


def _read_kind(
    content: dict[str, Any], text: str, attachments: Attachments, about: dict[str, Any]
) -> str:
    if isinstance(content.get("quick_reply"), dict):
        return "quick_reply"
    types = [clean(item.get("type") or "attachment")[:MAX_ID] for item in attachments]
    if "story_mention" in types:
        return "story_mention"
    if "story" in about:
        return "story_reply"
    if content.get("is_unsupported"):
        return "unsupported"
    if text.strip():
        return "text"
    return types[0] if types else "empty message"


def _read_about(content: dict[str, Any]) -> dict[str, Any]:
    """Return what a message replies to: a story, or the mid of another message."""
    target = read_object(content.get("reply_to"))
    if isinstance(target.get("story"), dict):
        return {"story": clean_json(target["story"])}
    return {"reply_to": read_mid(target["mid"])} if target.get("mid") else {}


def _read_referral(content: dict[str, Any]) -> dict[str, Any]:
    referral: dict[str, Any] = clean_json(read_object(content.get("referral")))
    return referral


def _read_echo(head: Head, content: dict[str, Any]) -> Known:
    attachments = _read_attachments(content)
    kind = clean(attachments[0].get("type") or "attachment")[:MAX_ID] if attachments else "text"
    text, metadata = clean(content.get("text")), clean(content.get("metadata"))
    standby, app = content["standby"], read_id(content.get("app_id"))
    return Echo(*_check_customer(head), kind, text, metadata, attachments, standby, app)


def _read_postback(head: Head, content: dict[str, Any]) -> Known:
    text, payload = clean(content.get("title")), clean(content.get("payload"))
    return Incoming(
        *_check_customer(head), "postback", text, payload, about=_read_more(content),
        referral=_read_referral(content), standby=content["standby"],
    )  # fmt: skip


def _read_reaction(head: Head, content: dict[str, Any]) -> Known:
    emoji = clean(content.get("emoji") or content.get("reaction"))[:50] or "?"
    return Reacted(*_check_mark(head), "" if content.get("action") == "unreact" else emoji)


def _read_seen(head: Head, _: dict[str, Any]) -> Known:
    return Seen(*_check_mark(head))


def _read_edit(head: Head, content: dict[str, Any]) -> Known:
    """Read an edit; number 0 is none, but announces a new message, mostly without its text."""
    text, number = clean(content.get("text")), int(content.get("num_edit") or 0)
    if number <= 0:
        return _read_announcement(head, text, content)
    if not text:
        return _edit_without_text(head, content)
    return Edited(*_check_mark(head), text, min(number, 30_000), content["by_shop"])


def _read_announcement(head: Head, text: str, content: dict[str, Any]) -> Known:
    is_named = head[1] and not head[3].startswith(KEY_PREFIX)
    if content["by_shop"] or not is_named:
        return _edit_without_text(head, content)
    return Incoming(*head, EDIT if text.strip() else ANNOUNCED, text, standby=content["standby"])


def _edit_without_text(head: Head, content: dict[str, Any]) -> Unknown:
    """Keep what says nothing but that there is, or was, a message; it is no line in a thread."""
    key = make_key("edit", head[0], head[3], content.get("num_edit"))
    return Unknown(head[0], "", head[2], key, "edit without text")


def _read_referred(head: Head, content: dict[str, Any]) -> Known:
    return Referred(*_check_customer(head), clean_json(content))


def _read_handed(head: Head, action: str, *, to_us: bool) -> Known:
    return Handed(*head, action, to_us)


# An item has exactly one of these keys, which names its kind.
_READERS: dict[str, Reader] = {
    "message": _read_message,
    "postback": _read_postback,
    "reaction": _read_reaction,
    "read": _read_seen,
    "message_edit": _read_edit,
    "referral": _read_referred,
    # Meta tells the new owner about a pass, and the old owner about a take (Conversation Routing).
    "pass_thread_control": lambda head, content: _read_handed(
        head, "pass", to_us=not content["standby"]
    ),
    "take_thread_control": lambda head, _: _read_handed(head, "take", to_us=False),
}
_PLACES: dict[str, Callable[[_Entry, Any], Known]] = {
    "messaging": _read_item,
    "standby": lambda entry, raw: _read_item(entry, raw, standby=True),
    "changes": _read_change,
    "changed_fields": _read_field,
}
_AROUND = ("sender", "recipient", "timestamp", "is_self")  # of an item, whatever it is


def _check_customer(head: Head) -> Head:
    if not head[1]:
        raise IncompleteError("a message without a customer")
    return head


def _check_mark(head: Head) -> Head:
    if head[3].startswith(KEY_PREFIX):
        raise IncompleteError("it does not say which message it is about")
    return _check_customer(head)


def _read_attachments(content: dict[str, Any]) -> Attachments:
    listed = content.get("attachments")
    if not isinstance(listed, list):
        return ()
    return tuple(clean_json(item) for item in listed if isinstance(item, dict))


def _read_party(raw: dict[str, Any], role: str) -> str:
    return read_id(read_object(raw.get(role)).get("id"))


def _find_other_key(raw: dict[str, Any]) -> str:
    return next((str(name) for name in raw if name not in _AROUND), "empty item")
