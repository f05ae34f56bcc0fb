"""Reads one item of `messaging` or `standby`: a message, or what happens to one afterwards."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from instagram.events import (
    ANNOUNCED,
    EDIT,
    Attachments,
    Echo,
    Edited,
    Handed,
    Incoming,
    Known,
    Reacted,
    Referred,
    Seen,
    Unknown,
    Unsent,
)
from instagram.limits import MAX_ID
from instagram.values import (
    KEY_PREFIX,
    clean,
    clean_json,
    make_key,
    read_id,
    read_mid,
    read_object,
)

TEST_NOTE = "Meta's dashboard sent a test: webhooks arrive. Tests are not answered."
SELF_NOTE = "The account wrote to itself."
TEST_PARTIES = ("12334", "23245")  # sender and recipient of every test of the dashboard
AROUND = ("sender", "recipient", "timestamp", "is_self")  # of an item, whatever it is

_ADDED = ("by_shop", "standby", "beside")  # what a reader gets with the content itself

Head = tuple[str, str, datetime, str]
Reader = Callable[[Head, dict[str, Any]], Known]


class IncompleteError(ValueError):
    """An item does not say which customer or message it is about."""


def read_item(account: str, at: datetime, raw: dict[str, Any], *, standby: bool = False) -> Known:
    """Read an item: one of its keys says what it is."""
    sender, recipient = _read_parties(raw)
    if is_test(raw):
        return keep_test("message", at, raw)
    if raw.get("is_self") or read_object(raw.get("message")).get("is_self"):
        return Unknown(account, "", at, make_key(account, raw), "self message", SELF_NOTE)
    kind = find_kind(raw)
    customer = recipient if sender == account else sender
    if kind is None:
        raw_type = clean(_find_other_key(raw))[:MAX_ID]
        return Unknown(account, customer, at, make_key(account, raw), raw_type)
    content: dict[str, Any] = raw[kind]
    mid = read_mid(content.get("mid"))
    head = (account, customer, at, mid or make_key(account, raw))
    beside = {name: raw[name] for name in raw if name not in (*AROUND, kind)}
    more = {"by_shop": sender == account, "standby": standby, "beside": beside}
    return _READERS[kind](head, {**content, **more})


def is_test(raw: dict[str, Any]) -> bool:
    """Tell whether the dashboard made this item up."""
    return _read_parties(raw) == TEST_PARTIES


def keep_test(name: str, at: datetime, raw: Any) -> Unknown:
    """Return what is kept of a test of the dashboard."""
    return Unknown("", "", at, make_key(raw), clean(f"test: {name}")[:MAX_ID], TEST_NOTE)


def find_kind(raw: dict[str, Any]) -> str | None:
    """Return the key that says what an item is, if it is one that is known: what is null is none.

    A key with an object goes before one with anything else, which cannot be read.
    """
    said = [name for name in _READERS if raw.get(name) is not None]
    return next((name for name in said if isinstance(raw[name], dict)), said[0] if said else None)


def check_customer(head: Head) -> Head:
    """Return the head of an item that names its customer; raise IncompleteError for another."""
    if not head[1]:
        raise IncompleteError("a message without a customer")
    return head


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
        *check_customer(head), kind, text, payload, attachments, about, _read_referral(content),
        standby=content["standby"],
    )  # fmt: skip


# What of a message is read; anything else that Meta says of it is kept as it is.
_READ = {
    "mid", "text", "attachments", "quick_reply", "reply_to", "referral", "metadata", "app_id",
    "is_deleted", "is_echo", "is_self", "is_unsupported", "title", "payload", *_ADDED,
}  # fmt: skip
# What was sent may stand in the message itself instead of among its attachments.
_BESIDE = ("sticker", "image", "video", "audio", "file")
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
    beside = (name for name in _BESIDE if content.get(name))
    return next(iter(types), None) or next(beside, "empty message")


def _read_about(content: dict[str, Any]) -> dict[str, Any]:
    """Return what a message replies to: a story or the mid of another message, and the rest."""
    target = read_object(content.get("reply_to"))
    more = {name: said for name, said in target.items() if name not in ("story", "mid")}
    about = {"replied_to": clean_json(more)} if more else {}
    if isinstance(target.get("story"), dict):
        return about | {"story": clean_json(target["story"])}
    return about | ({"reply_to": read_mid(target["mid"])} if target.get("mid") else {})


def _read_referral(content: dict[str, Any]) -> dict[str, Any]:
    said = content.get("referral") or content["beside"].get("referral")
    referral: dict[str, Any] = clean_json(read_object(said))
    return referral


def _read_echo(head: Head, content: dict[str, Any]) -> Known:
    attachments = _read_attachments(content)
    kind = clean(attachments[0].get("type") or "attachment")[:MAX_ID] if attachments else "text"
    text, metadata = clean(content.get("text")), clean(content.get("metadata"))
    standby, app = content["standby"], read_id(content.get("app_id"))
    about = {**_read_more(content), **_read_about(content)}
    return Echo(*check_customer(head), kind, text, metadata, attachments, standby, app, about)


def _read_postback(head: Head, content: dict[str, Any]) -> Known:
    text, payload = clean(content.get("title")), clean(content.get("payload"))
    return Incoming(
        *check_customer(head), "postback", text, payload, about=_read_more(content),
        referral=_read_referral(content), standby=content["standby"],
    )  # fmt: skip


def _read_reaction(head: Head, content: dict[str, Any]) -> Known:
    emoji = clean(content.get("emoji") or content.get("reaction"))[:50] or "?"
    return Reacted(*_check_mark(head), "" if content.get("action") == "unreact" else emoji)


def _read_seen(head: Head, _: dict[str, Any]) -> Known:
    return Seen(*_check_mark(head))


def _read_edit(head: Head, content: dict[str, Any]) -> Known:
    """Read an edit; number 0 is none, but announces a new message, mostly without its text."""
    text = clean(content.get("text"))
    number = _read_edit_number(content.get("num_edit"), text)
    if number <= 0:
        return _read_announcement(head, text, content)
    if not text:
        return _edit_without_text(head, content)
    return Edited(*_check_mark(head), text, min(number, 30_000), content["by_shop"])


def _read_edit_number(value: Any, text: str) -> int:
    """Return how often it has been edited; what is no number is an edit, if it has a text."""
    try:
        return int(float(value or 0))
    except (ValueError, TypeError, OverflowError):
        return 1 if text else 0


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
    said = {name: content[name] for name in content if name not in _ADDED}
    return Referred(*check_customer(head), clean_json(said))


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


def _check_mark(head: Head) -> Head:
    if head[3].startswith(KEY_PREFIX):
        raise IncompleteError("it does not say which message it is about")
    return check_customer(head)


def _read_attachments(content: dict[str, Any]) -> Attachments:
    listed = content.get("attachments")
    listed = [listed] if isinstance(listed, dict) else listed
    if not isinstance(listed, list):
        return ()
    return tuple(clean_json(item) for item in listed if isinstance(item, dict))


def _read_parties(raw: dict[str, Any]) -> tuple[str, str]:
    sender, recipient = read_object(raw.get("sender")), read_object(raw.get("recipient"))
    return read_id(sender.get("id")), read_id(recipient.get("id"))


def _find_other_key(raw: dict[str, Any]) -> str:
    others = [str(name) for name in raw if name not in AROUND]
    said = (name for name in others if raw[name] is not None)
    return next(said, others[0] if others else "empty item")
