"""The words of the page: what each column is called for the customer, and how its values read.

A column without words is raw data: it is folded below its row, as JSON.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any

from django.utils.formats import date_format

from conversations.customer_data.record import Told
from conversations.models import COMMENT, PRIVATE_REPLY, PUBLIC_REPLY

# Columns of several tables.
WORDS: Mapping[str, str] = {
    "account": "Account of the shop",
    "at": "At",
    "by": "By",
    "created_at": "At",
    "kind": "Kind",
    "message": "Message number",
    "note": "Note number",
    "said": "What was done",
    "says": "What was done",
    "state": "State",
    "text": "Text",
    "user": "By",
}
# And of one, by its name in the file; a room above this one says its own (Holding.words).
OF_PART: Mapping[str, tuple[tuple[str, str], ...]] = {
    "customer": (
        ("customer_id", "Your Instagram ID"),
        ("name", "Your name"),
        ("username", "Your username"),
        ("picture_url", "Address of your profile picture"),
        ("profile_at", "Name and picture asked for at"),
        ("created_at", "Conversation begun at"),
        ("last_inbound_at", "You last wrote at"),
        ("waiting_since", "You have waited since"),
        ("put_off_until", "Put off until"),
        ("closed_at", "Closed at"),
        ("needs_person", "Given to the shop's people"),
        ("flagged_at", "Given to them at"),
        ("assignee", "Who looks after it"),
        ("assigned_at", "Looked after since"),
        ("bot_paused_until", "Bot paused until"),
        ("bot_paused_by", "Bot paused by"),
        ("bot_resumed_at", "Bot resumed at"),
        ("disclosed_at", "You were told of the bot at"),
        ("opted_out_at", "You opted out of automatic messages at"),
        ("referral_ref", "Link or ad that you came by"),
        ("referred_at", "You came by it at"),
        ("other_app_at", "Another app answered you at"),
        ("erased_until", "Erased what was written until"),
    ),
    "labels": (("label", "Label"),),
    "messages": (
        ("created_at", "Stored at"),
        ("verdict", "What the bot did"),
        ("reason", "Why"),
        ("decided_at", "Decided at"),
        ("flagged", "Given to the shop's people"),
        ("done_at", "Done by them at"),
        ("in_reply_to", "Answers message number"),
        ("state", "Sending"),
        ("error", "What went wrong"),
        ("sent_at", "Sent at"),
        ("seen_at", "You saw it at"),
        ("payload", "What you tapped stands for"),
        ("attachments", "Beside the text"),
        ("reaction", "Reaction"),
        ("reacted_at", "Reacted at"),
        ("text_before", "Before it was edited"),
        ("edited_at", "Edited at"),
        ("unsent_at", "Unsent at"),
    ),
    "attempts": (("started_at", "Handed over at"), ("outcome", "What came of it")),
    "pictures": (
        ("content_type", "Kind of file"),
        ("file", "File"),
        ("uploaded_by", "Chosen by"),
        ("uploaded_at", "Chosen at"),
    ),
    "notes": (("by", "Written by"), ("at", "Written at")),
    "mentions": (("user", "For"), ("seen_at", "Seen at")),
    "drafts": (("user", "Typed by"), ("written_at", "Typed at")),
}
# Of a message, what it is called beside its time, from the customer's side; else as Meta does.
KINDS: Mapping[str, str] = {
    "text": "",
    "image": "photo",
    "audio": "voice note",
    "share": "shared post",
    "ig_post": "shared post",
    "reel": "shared reel",
    "ig_reel": "shared reel",
    "like_heart": "heart",
    "template": "message with buttons",
    "postback": "button tapped",
    "story_reply": "reply to a story",
    "story_mention": "mention in a story",
    COMMENT: "comment on a post",
    PRIVATE_REPLY: "private reply to a comment",
    PUBLIC_REPLY: "public reply to a comment",
}
_EMPTY: tuple[Any, ...] = (None, "", [], {}, False)
_MOMENT = "j M Y, H:i:s T"


def words_of(part: str, more: Mapping[str, str]) -> Mapping[str, str]:
    """Return what the columns of a part are called; more: what its own room says."""
    return {**WORDS, **dict(OF_PART.get(part, ())), **more}


def kind(name: str) -> str:
    """Return what a kind of message is called; empty for a plain text."""
    return KINDS.get(name, name.replace("_", " "))


def moment(at: datetime, zone: tzinfo) -> str:
    """Say when, and by which clock: 3 Nov 2026, 14:20:05 CET."""
    return date_format(at.astimezone(zone), _MOMENT)


def lines(
    row: Any, told: Told, words: Mapping[str, str], zone: tzinfo
) -> Iterator[tuple[str, Any]]:
    """Return what has words and is not empty: what it is called, and how its value reads."""
    for name, value in told.items():
        if name in words and value not in _EMPTY:
            is_moment = isinstance(value, datetime)
            yield words[name], moment(value, zone) if is_moment else _say(row, name, value)


def raw(told: Told, words: Mapping[str, str]) -> str:
    """Return what has no words, or does not all fit into them, as JSON; empty: nothing."""
    rest = {
        name: value
        for name, value in told.items()
        if value not in _EMPTY and (name not in words or isinstance(value, dict | list))
    }
    return json.dumps(rest, ensure_ascii=False, indent=1, default=_read) if rest else ""


def _say(row: Any, name: str, value: Any) -> Any:
    if value is True:
        return "yes"
    if isinstance(value, list):
        return "\n".join(map(_say_attachment, value))
    display = getattr(row, f"get_{name}_display", None)
    return display() if display else value


def _say_attachment(one: Any) -> str:
    """Say what stands beside a text, with its address where Instagram gave one."""
    if not isinstance(one, dict):
        return str(one)
    inside = one.get("payload")
    url = one.get("url") or (inside.get("url") if isinstance(inside, dict) else "")
    return ": ".join(filter(None, [kind(str(one.get("type", "something"))), str(url or "")]))


def _read(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
