"""Which comments a person may still answer, privately and publicly, and why not.

Meta takes one private reply to a comment, within seven days; a public one at any time. The same
reasons are given where staff choose and, once more, in the transaction that queues the reply.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from conversations.models import (
    COMMENT,
    PERSONS,
    PRIVATE_REPLY,
    PUBLIC_REPLY,
    TO_COMMENTS,
    Message,
    Origin,
)
from instagram.limits import MAX_TEXT_BYTES, PRIVATE_REPLY_WINDOW, WINDOW_MARGIN
from workqueue import sql

MAX_COMMENT = 2200  # characters, Instagram's limit of a comment
MOST_COMMENTS = 5  # that one chooses from: the newest
GONE = "This comment is no longer there."
ONCE = "This comment already has a private reply: Instagram takes one."
TOO_LATE = "Instagram takes a private reply for 7 days after the comment."


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, and why it takes no private reply any more; empty: it does."""

    message: Message
    why_not_privately: str


def open_comments(conversation_id: int, now: datetime) -> list[Comment]:
    """Return the newest comments of a customer, the newest first; three queries at most."""
    theirs = Message.objects.filter(
        conversation=conversation_id, origin=Origin.CUSTOMER, kind=COMMENT, unsent_at=None
    )
    found = list(theirs.order_by("-at", "-pk")[:MOST_COMMENTS])
    answered = _answered_privately(conversation_id, [one.pk for one in found]) if found else set()
    return [Comment(one, ONCE if one.pk in answered else _why_too_late(one, now)) for one in found]


def why_not(conversation_id: int, comment: int | None, kind: str, now: datetime) -> str:
    """Return why this comment takes no such reply; empty: it does."""
    row = Message.objects.filter(
        pk=comment or 0, conversation=conversation_id, kind=COMMENT, unsent_at=None
    ).first()
    if row is None or not row.about.get("comment"):
        return GONE
    if kind == PUBLIC_REPLY:
        return ""
    return ONCE if _answered_privately(conversation_id, [row.pk]) else _why_too_late(row, now)


def why_unfit(kind: str, text: str, picture: str) -> str:
    """Return what of a reply does not go to a comment; empty: all of it does."""
    if picture:
        return "A comment can only be answered with a text: remove the picture."
    if kind in TO_COMMENTS and not text:
        return "Write something first."
    if kind == PUBLIC_REPLY and len(text) > MAX_COMMENT:
        return f"A public reply can have {MAX_COMMENT} characters; this one has {len(text)}."
    size = len(text.encode())
    if kind == PRIVATE_REPLY and size > MAX_TEXT_BYTES:
        return (
            f"A private reply is one message of at most {MAX_TEXT_BYTES} bytes; this text has"
            f" {size}."
        )
    return ""


def _answered_privately(conversation_id: int, comments: Sequence[int]) -> set[int]:
    """Return those that have a private reply: the bot's, as one_answer finds it, or a person's."""
    replies = Message.objects.filter(in_reply_to__in=comments, kind=PRIVATE_REPLY).said()
    by_person = replies.filter(conversation=conversation_id, origin__in=sql.literals(PERSONS))
    said = [replies.filter(origin=Origin.BOT), by_person]
    return {pk for rows in said for pk in rows.values_list("in_reply_to_id", flat=True)}


def _why_too_late(comment: Message, now: datetime) -> str:
    closed = now >= comment.at + PRIVATE_REPLY_WINDOW - WINDOW_MARGIN
    return TOO_LATE if closed else ""
