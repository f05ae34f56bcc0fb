"""From a webhook's body to items: every entry, every item, and one bad item stops no other."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from instagram.events import (
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
    KEY,
    clean,
    clean_json,
    identity,
    key,
    mapping,
    message_id,
    moment,
)

TEST = "Meta's dashboard sent a test: webhooks arrive. Tests are not answered."
OWN_COMMENT = "The shop's own comment."
SELF = "The account wrote to itself."
COMMENTS = ("comments", "live_comments")
TESTERS = ("12334", "23245")  # sender and recipient of the dashboard's test, always


class UnreadableError(ValueError):
    """The body is not an Instagram webhook; the text says why, for staff."""


class IncompleteError(ValueError):
    """An item that does not say whose or about which message it is."""


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


def parse(body: bytes) -> list[Parsed]:
    """Read every item of every entry; raise UnreadableError when there is nothing to read.

    Order is as delivered. Meta may send 1000 updates in one body, for several accounts.
    """
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"The body is not JSON ({type(error).__name__}).") from error
    if isinstance(envelope, dict) and "field" in envelope and "entry" not in envelope:
        envelope = {"entry": [{"id": "0", "changes": [envelope]}]}  # a bare test of the dashboard
    entries = envelope.get("entry") if isinstance(envelope, dict) else None
    if not isinstance(entries, list):
        raise UnreadableError("The body has no list of entries, so it is not an Instagram webhook.")
    every = (item for entry in entries for item in _parse_entry(entry))
    items = list(islice(every, MAX_ITEMS))
    if not items:
        raise UnreadableError("The body has no item that instabot knows.")
    if next(every, None) is not None:
        items.append(Broken(f"The rest was not read: more than {MAX_ITEMS} items."))
    return items


def _parse_entry(entry: Any) -> Iterator[Parsed]:
    if not isinstance(entry, dict):
        yield Broken("The entry is not an object.")
        return
    for place, read in _PLACES.items():
        items = entry.get(place) or []
        for raw in items if isinstance(items, list) else [items]:
            try:
                yield read(entry, raw)
            except _UNREADABLE as error:
                yield Broken(f"An item in {place} couldn't be read: {_reason(error)}.")
    if "field" in entry and not entry.get("changes"):  # Meta's sample leaves `changes` out
        yield from _parse_entry(
            {"id": entry.get("id"), "time": entry.get("time"), "changes": entry}
        )


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, IncompleteError) else type(error).__name__


def _standby(entry: dict[str, Any], raw: Any) -> Known:
    return _item(entry, raw, standby=True)


def _field(entry: dict[str, Any], raw: Any) -> Known:
    """Read a field that changed, of which Meta was told not to say how."""
    account = identity(entry.get("id"))
    raw_type = clean(f"changed_fields: {raw}")[:MAX_ID]
    return Unknown(account, "", moment(entry.get("time")), key(account, raw), raw_type)


def _change(entry: dict[str, Any], raw: Any) -> Known:
    """Read a comment; or a mention, or a test of the dashboard, which are kept."""
    account, name, value = identity(entry.get("id")), clean(raw["field"]), mapping(raw.get("value"))
    at = moment(entry.get("time") or value.get("timestamp") or 0)
    if name in COMMENTS and account != "0":
        return _comment(account, at, value)
    if account == "0" or "sender" in value:
        return Unknown("", "", at, key(raw), clean(f"test: {name}")[:MAX_ID], TEST)
    return Unknown(account, "", at, key(account, raw), clean(f"changes: {name}")[:MAX_ID])


def _comment(account: str, at: datetime, value: dict[str, Any]) -> Known:
    comment = identity(value.get("id") or value.get("comment_id"))
    by = mapping(value.get("from"))
    customer = identity(by.get("id"))
    mid = f"comment:{comment}" if comment else key(account, value)
    if by.get("self_ig_scoped_id") or customer == account:
        return Unknown(account, "", at, mid, "own comment", OWN_COMMENT)
    about = {"comment": comment, "media": clean_json(mapping(value.get("media")))}
    if value.get("parent_id"):
        about["parent"] = identity(value["parent_id"])
    text, username = clean(value.get("text")), clean(by.get("username"))[:MAX_ID]
    head = _whole((account, customer, at, mid[:MAX_ID]))
    return Incoming(*head, "comment", text, about=about, username=username)


def _item(entry: dict[str, Any], raw: dict[str, Any], *, standby: bool = False) -> Known:
    """Read an item of `messaging` or `standby`: exactly one of its keys says what it is."""
    at = moment(raw.get("timestamp", entry.get("time")))
    sender, recipient = _party(raw, "sender"), _party(raw, "recipient")
    account = identity(entry.get("id"))
    if (sender, recipient) == TESTERS:
        return Unknown("", "", at, key(raw), "test: message", TEST)
    if raw.get("is_self") or mapping(raw.get("message")).get("is_self"):
        return Unknown(account, "", at, key(account, raw), "self message", SELF)
    kind = next((name for name in _READERS if name in raw), None)
    customer = recipient if sender == account else sender
    if kind is None:
        raw_type = clean(_other_key(raw))[:MAX_ID]
        return Unknown(account, customer, at, key(account, raw), raw_type)
    content: dict[str, Any] = raw[kind]
    mid = message_id(content.get("mid"))
    head = (account, customer, at, mid or key(account, raw))
    return _READERS[kind](head, {**content, "by_shop": sender == account, "standby": standby})


Head = tuple[str, str, datetime, str]
Reader = Callable[[Head, dict[str, Any]], Known]


def _message(head: Head, said: dict[str, Any]) -> Known:
    if said.get("is_deleted"):
        return Unsent(*_marking(head), by_shop=said["by_shop"])
    if said.get("is_echo") or said["by_shop"]:
        return _echo(head, said)
    attachments, text = _attachments(said), clean(said.get("text"))
    tap, about = said.get("quick_reply"), _about(said)
    kind = _kind(said, text, attachments, about)
    payload = clean(tap.get("payload")) if isinstance(tap, dict) else ""
    return Incoming(
        *_whole(head), kind, text, payload, attachments, about, _referral(said),
        standby=said["standby"],
    )  # fmt: skip


def _kind(said: dict[str, Any], text: str, attachments: Attachments, about: dict[str, Any]) -> str:
    if isinstance(said.get("quick_reply"), dict):
        return "quick_reply"
    types = [clean(one.get("type") or "attachment")[:MAX_ID] for one in attachments]
    if "story_mention" in types:
        return "story_mention"
    if "story" in about:
        return "story_reply"
    if said.get("is_unsupported"):
        return "unsupported"
    if text.strip():
        return "text"
    return types[0] if types else "empty message"


def _about(said: dict[str, Any]) -> dict[str, Any]:
    """Return what a message replies to: a story, or the mid of another message."""
    replied = mapping(said.get("reply_to"))
    if isinstance(replied.get("story"), dict):
        return {"story": clean_json(replied["story"])}
    return {"reply_to": message_id(replied["mid"])} if replied.get("mid") else {}


def _referral(said: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = clean_json(mapping(said.get("referral")))
    return found


def _echo(head: Head, said: dict[str, Any]) -> Known:
    attachments = _attachments(said)
    kind = clean(attachments[0].get("type") or "attachment")[:MAX_ID] if attachments else "text"
    return Echo(
        *_whole(head), kind, clean(said.get("text")), clean(said.get("metadata")), attachments
    )


def _postback(head: Head, said: dict[str, Any]) -> Known:
    text, payload = clean(said.get("title")), clean(said.get("payload"))
    return Incoming(
        *_whole(head), "postback", text, payload,
        referral=_referral(said), standby=said["standby"],
    )  # fmt: skip


def _reaction(head: Head, said: dict[str, Any]) -> Known:
    emoji = clean(said.get("emoji") or said.get("reaction"))
    return Reacted(*_marking(head), "" if said.get("action") == "unreact" else emoji[:50] or "?")


def _seen(head: Head, _: dict[str, Any]) -> Known:
    return Seen(*_marking(head))


def _edit(head: Head, said: dict[str, Any]) -> Known:
    """Read an edit; without text it is Meta's odd announcement of a new message (num_edit 0)."""
    text, number = clean(said.get("text")), int(said.get("num_edit") or 0)
    if not text and number == 0:
        return Unknown(*head[:3], key("edit", *head), "edit without text")
    return Edited(*_marking(head), text, min(max(number, 1), 30_000), said["by_shop"])


def _referred(head: Head, said: dict[str, Any]) -> Known:
    return Referred(*_whole(head), clean_json(said))


def _handed(head: Head, action: str, *, to_us: bool) -> Known:
    return Handed(*head, action, to_us)


# An item has exactly one of these keys, and it names the kind.
_READERS: dict[str, Reader] = {
    "message": _message,
    "postback": _postback,
    "reaction": _reaction,
    "read": _seen,
    "message_edit": _edit,
    "referral": _referred,
    # Meta tells the new owner of a pass, and the old one of a take (Conversation Routing).
    "pass_thread_control": lambda head, said: _handed(head, "pass", to_us=not said["standby"]),
    "take_thread_control": lambda head, _: _handed(head, "take", to_us=False),
}
_PLACES: dict[str, Callable[[dict[str, Any], Any], Known]] = {
    "messaging": _item,
    "standby": _standby,
    "changes": _change,
    "changed_fields": _field,
}


def _whole(head: Head) -> Head:
    if not head[1]:
        raise IncompleteError("a message without a customer")
    return head


def _marking(head: Head) -> Head:
    if head[3].startswith(KEY):
        raise IncompleteError("it does not say which message it is about")
    return _whole(head)


def _attachments(content: dict[str, Any]) -> Attachments:
    listed = content.get("attachments")
    return (
        tuple(clean_json(a) for a in listed if isinstance(a, dict))
        if isinstance(listed, list)
        else ()
    )


def _party(raw: dict[str, Any], role: str) -> str:
    return identity(mapping(raw.get(role)).get("id"))


def _other_key(raw: dict[str, Any]) -> str:
    envelope = {"sender", "recipient", "timestamp", "is_self"}
    return next((str(name) for name in raw if name not in envelope), "empty item")
