"""What staff send, resend and cancel.

Each is a conditional update in a transaction that first locks the conversation, as marking a send
does: what is being sent at this moment is waited for, and nothing is sent twice.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from conversations import bot_pause, waiting
from conversations.models import (
    NOT_SAID,
    PUBLIC_REPLY,
    TO_COMMENTS,
    Conversation,
    Message,
    Origin,
    State,
)
from conversations.outbox import comments, gate, states
from instagram import content

log = structlog.get_logger("outbox")

MOST_SHOWN = 20  # messages of a conflict
REPLIED_INSTEAD = "Cancelled: {} replied instead."


class ReplyError(ValueError):
    """This reply cannot be sent; the text says why, in one sentence for staff."""


class ConflictError(ReplyError):
    """Something was said that the writer has not seen; said: what, in its order."""

    def __init__(self, said: list[Message]) -> None:
        super().__init__("Something was said meanwhile.")
        self.said = said


@dataclass(frozen=True, slots=True)
class Written:
    """What a person wrote.

    token: one for each form that was shown, so that a double click sends once. seen: the last
    message that they had seen; None: they want it sent whatever was said since. picture: the
    address of one, which goes before the text. kind: a direct message, or a reply to a comment.
    """

    text: str
    by: str
    token: str
    seen: int | None = None
    picture: str = ""
    kind: str = content.TEXT
    comment: int | None = None


def reply(conversation_id: int, text: str, by: str, token: str) -> list[int]:
    """Queue a text as send_reply() does, whatever was said meanwhile."""
    return send_reply(conversation_id, Written(text, by, token))


def send_reply(conversation_id: int, written: Written) -> list[int]:
    """Queue a person's reply, cancel what the bot has not sent yet, and pause the bot.

    Return the ids of its messages, in their order; none where the token was used before. Raises
    ReplyError, which is a ConflictError where the writer has not seen everything.
    """
    with transaction.atomic():
        now = timezone.now()
        Conversation.objects.wake(conversation_id, now)  # first: it locks the conversation
        if Message.objects.filter(token=written.token).exists():
            return []
        conversation = Conversation.objects.get(pk=conversation_id)
        parts = _parts(conversation, written, now)
        if written.seen is not None and (said := said_since(conversation_id, written)):
            raise ConflictError(said)
        if written.kind == PUBLIC_REPLY:  # it says nothing to the customer alone
            states.cancel_answers(written.comment or 0, REPLIED_INSTEAD.format(written.by))
        else:
            _take_over(conversation, written.by, now)
        for part in parts:
            states.queue(part)
        waiting.take(conversation, written.by)
        waiting.recount(conversation_id)
    log.info("staff_replied", conversation=conversation_id)
    return [part.pk for part in parts]


def said_since(conversation_id: int, written: Written) -> list[Message]:
    """Return what others have said since the last message that the writer has seen."""
    unsaid_of_bot = Q(origin=Origin.BOT, state__in=[State.QUEUED, *NOT_SAID])
    rows = Message.objects.filter(
        conversation=conversation_id, pk__gt=written.seen or 0, unsent_at=None
    )
    rows = rows.exclude(unsaid_of_bot).exclude(state=State.UNDECIDED)
    rows = rows.exclude(origin=Origin.STAFF, staff=written.by)
    return list(rows.order_by("at", "pk")[:MOST_SHOWN])


def _parts(conversation: Conversation, written: Written, now: datetime) -> list[Message]:
    """Return the messages to queue; raise ReplyError where they cannot be sent."""
    rows = _contents(conversation, written, now)
    return [
        Message(
            conversation_id=conversation.pk, origin=Origin.STAFF, kind=kind, text=text,
            content=rest, at=now, created_at=now, position=position, staff=written.by,
            token=None if position else written.token, in_reply_to_id=written.comment,
        )
        for position, (kind, text, rest) in enumerate(rows)
    ]  # fmt: skip


def _contents(
    conversation: Conversation, written: Written, now: datetime
) -> list[tuple[str, str, dict[str, Any]]]:
    text = written.text.strip()
    if not text and not written.picture:
        raise ReplyError("Write something first.")
    if problem := gate.why_stopped(conversation.account_id):
        raise ReplyError(problem)
    if written.kind in TO_COMMENTS:
        if problem := comments.why_not(conversation.pk, written.comment, written.kind, now):
            raise ReplyError(problem)
        if problem := comments.why_unfit(written.kind, text, written.picture):
            raise ReplyError(problem)
        return [(written.kind, text, {})]
    if problem := gate.why_closed(conversation, now, person=True):
        raise ReplyError(problem)
    picture = [content.Media("image", written.picture)] if written.picture else []
    if picture and (problems := picture[0].problems()):
        raise ReplyError(problems[0])
    return [content.row(one) for one in [*picture, *content.messages(text)]]


def _take_over(conversation: Conversation, by: str, now: datetime) -> None:
    states.cancel_of_bot(conversation.pk, REPLIED_INSTEAD.format(by))
    bot_pause.pause_after_reply(conversation.pk, by, now)


def resend(messages: QuerySet[Any], by: str) -> int:
    """Queue what failed, was cancelled or was not confirmed; return how many.

    The same rows: what Instagram has taken meanwhile stays as it is.
    """
    return _decide(messages, states.MAY_BE_RESENT, partial(states.resend, by=by))


def cancel(messages: QuerySet[Any], by: str) -> int:
    """Cancel what waits, and close what failed or was not confirmed; return how many.

    What was not confirmed may have arrived: it ends as failed, not as cancelled.
    """
    return _decide(messages, states.MAY_BE_CANCELLED, partial(states.cancel, by=by))


def _decide(
    messages: QuerySet[Any], which: Iterable[State], change: Callable[[QuerySet[Message]], int]
) -> int:
    """Change the messages that are in one of these states, and wake their conversations."""
    now, chosen = timezone.now(), messages.filter(states.OURS, state__in=which)
    ids = chosen.order_by("conversation_id").values_list("conversation_id", flat=True)
    changed = 0
    # One conversation at a time, so that nobody waits for a lock that waits for another.
    for conversation in list(ids.distinct()):
        with transaction.atomic():
            Conversation.objects.wake(conversation, now)
            rows = Message.objects.filter(pk__in=messages.order_by().values("pk"))
            changed += change(rows.filter(conversation=conversation))
            waiting.recount(conversation)
    return changed
