"""Meta's webhook bodies as frozen dataclasses. An unknown kind is a kind, never an exception.

Shapes: Instagram Platform, Webhooks, "Examples". Whatever Meta adds later becomes `Unknown` with
its raw type, and a broken item becomes `Broken` with the reason; the items beside it go on.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from instagram.limits import MAX_ID

METADATA_PREFIX = "instabot:"


class UnreadableError(ValueError):
    """The body is not an Instagram webhook; the text says why, for staff."""


class MissingCustomerError(ValueError):
    """A message that does not say whose it is."""


@dataclass(frozen=True, slots=True)
class Item:
    """What every item says: for which account, with which customer, when, and under which key.

    `mid` identifies the item: Meta's own where it has one, else a key made of what it says, so
    that a second delivery is recognised.
    """

    account: str
    customer: str
    at: datetime
    mid: str


@dataclass(frozen=True, slots=True)
class Incoming(Item):
    """A customer wrote or tapped. kind: text, quick_reply, postback."""

    kind: str
    text: str
    payload: str = ""
    attachments: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Echo(Item):
    """Something was sent from our account: by us, by a person in the app, or by another tool."""

    kind: str
    text: str
    metadata: str = ""
    attachments: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown(Item):
    """A kind that is kept and shown, not answered; customer is empty where Meta named none."""

    raw_type: str
    text: str = ""
    attachments: tuple[dict[str, Any], ...] = ()
    opens_window: bool = False  # a message of any kind does; a reaction, an edit and so on do not


@dataclass(frozen=True, slots=True)
class Broken:
    """An item that makes no sense, and why."""

    reason: str


Parsed = Incoming | Echo | Unknown | Broken

# An item has exactly one of these keys, and it names the kind.
CONTENT_KEYS = (
    "message",
    "postback",
    "reaction",
    "read",
    "referral",
    "optin",
    "message_edit",
    "pass_thread_control",
    "take_thread_control",
    "request_thread_control",
)


def parse(body: bytes) -> list[Parsed]:
    """Read every item of every entry; raise UnreadableError when there is nothing to read.

    Order is as delivered. Meta may send 1000 updates in one body, for several accounts.
    """
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"The body is not JSON ({type(error).__name__}).") from error
    entries = envelope.get("entry") if isinstance(envelope, dict) else None
    if not isinstance(entries, list):
        raise UnreadableError("The body has no list of entries: not an Instagram webhook.")
    items = [item for entry in entries for item in _parse_entry(entry)]
    if not items:
        raise UnreadableError("The body holds no item that instabot knows.")
    return items


def _parse_entry(entry: Any) -> Iterator[Parsed]:
    if not isinstance(entry, dict):
        yield Broken("The entry is not an object.")
        return
    for place in ("messaging", "standby", "changes", "changed_fields"):
        items = entry.get(place) or []
        for raw in items if isinstance(items, list) else [items]:
            try:
                yield _parse_item(entry, raw) if place == "messaging" else _other(entry, place, raw)
            except _UNREADABLE as error:
                yield Broken(f"The item in {place} cannot be read: {_reason(error)}.")


# What hostile or broken JSON makes of dict access, numbers and times.
_UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    OverflowError,
    OSError,
    RecursionError,
)


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, MissingCustomerError) else type(error).__name__


def _other(entry: dict[str, Any], place: str, raw: Any) -> Unknown:
    """Standby, comments and changes: kept on the event; they name no conversation yet."""
    account = _id(entry.get("id"))
    field = raw.get("field") if isinstance(raw, dict) else raw
    raw_type = place if place == "standby" else clean(f"{place}: {field}")[:MAX_ID]
    return Unknown(account, "", _time(entry.get("time")), _key(account, raw), raw_type)


def _parse_item(entry: dict[str, Any], raw: Any) -> Incoming | Echo | Unknown:
    account = _id(entry.get("id"))
    at = _time(raw.get("timestamp", entry.get("time")))
    kind = next((key for key in CONTENT_KEYS if key in raw), None) or _other_key(raw)
    content = raw.get(kind)
    sender, recipient = _party(raw, "sender"), _party(raw, "recipient")
    if kind == "message" and content.get("is_echo"):
        return _parse_echo(account, recipient, at, content)
    if kind == "message" and not content.get("is_deleted"):
        return _parse_message(account, sender, at, content)
    if kind == "postback":
        text, payload = clean(content.get("title")), clean(content.get("payload"))
        mid = _mid(content.get("mid")) or _key(account, raw)
        return Incoming(account, _known(sender), at, mid, "postback", text, payload)
    # Reactions, reads, edits and unsends carry the mid of the message they are about.
    raw_type = "unsend" if kind == "message" else clean(kind)[:MAX_ID]
    customer = recipient if sender == account else sender
    return Unknown(account, customer, at, _key(account, raw), raw_type)


def _parse_message(
    account: str, sender: str, at: datetime, content: dict[str, Any]
) -> Incoming | Unknown:
    text = clean(content.get("text"))
    attachments = _attachments(content)
    mid = _mid(content.get("mid")) or _key(account, [sender, at.isoformat(), content])
    quick_reply = content.get("quick_reply")
    if isinstance(quick_reply, dict):
        payload = clean(quick_reply.get("payload"))
        return Incoming(account, _known(sender), at, mid, "quick_reply", text, payload)
    if text.strip():
        return Incoming(account, _known(sender), at, mid, "text", text, attachments=attachments)
    raw_type = str(attachments[0].get("type", "attachment")) if attachments else "empty message"
    if content.get("is_unsupported"):
        raw_type = "unsupported"
    return Unknown(account, _known(sender), at, mid, raw_type[:MAX_ID], "", attachments, True)


def _parse_echo(account: str, recipient: str, at: datetime, content: dict[str, Any]) -> Echo:
    attachments = _attachments(content)
    kind = str(attachments[0].get("type", "attachment"))[:MAX_ID] if attachments else "text"
    mid = _mid(content.get("mid")) or _key(account, [recipient, at.isoformat(), content])
    metadata = clean(content.get("metadata"))
    text = clean(content.get("text"))
    return Echo(account, _known(recipient), at, mid, kind, text, metadata, attachments)


def _attachments(content: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    listed = content.get("attachments")
    return (
        tuple(clean_json(a) for a in listed if isinstance(a, dict))
        if isinstance(listed, list)
        else ()
    )


def _party(raw: dict[str, Any], role: str) -> str:
    party = raw.get(role)
    return _id(party.get("id")) if isinstance(party, dict) else ""


def _known(customer: str) -> str:
    if not customer:
        raise MissingCustomerError("a message without its customer")
    return customer


def _other_key(raw: dict[str, Any]) -> str:
    envelope = {"sender", "recipient", "timestamp", "is_self"}
    return next((str(key) for key in raw if key not in envelope), "empty item")


def _id(value: Any) -> str:
    """Ids are numeric texts, seen as numbers too."""
    return clean(value)[:MAX_ID] if isinstance(value, str | int) else ""


def _mid(value: Any) -> str:
    """Meta's mid as it is: case matters. One that no column holds is stood in for by its digest."""
    mid = clean(value) if isinstance(value, str) else ""
    return mid if len(mid) <= MAX_ID else _key("mid", mid)


def _key(account: str, raw: Any) -> str:
    said = json.dumps([account, raw], sort_keys=True, default=str)
    return "key:" + hashlib.sha256(said.encode()).hexdigest()


def _time(value: Any) -> datetime:
    """Milliseconds, or seconds where the number is small; a number or its text."""
    number = float(value)
    seconds = number / 1000 if number >= 1e11 else number  # noqa: PLR2004 - seconds until year 5138
    return datetime.fromtimestamp(seconds, UTC)


_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL and UTF-8 refuse them


def clean(value: Any) -> str:
    """Return the text of a JSON value with what cannot be stored replaced; nothing for null."""
    return "" if value is None else _NOT_STORABLE.sub("\ufffd", str(value))


def clean_json(value: Any) -> Any:
    """Return the JSON value with every text in it cleaned."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key): clean_json(held) for key, held in value.items()}
    if isinstance(value, list):
        return [clean_json(held) for held in value]
    return clean(value) if isinstance(value, float) and value - value != 0 else value
