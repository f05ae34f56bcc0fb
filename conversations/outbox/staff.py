"""What staff send, resend and cancel.

Each is a conditional update in a transaction that first locks the conversation, as marking a send
does: what is being sent at this moment is waited for, and nothing is sent twice.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from conversations import bot_pause, waiting
from conversations.models import Conversation, Message, Origin, State
from conversations.outbox import gate, states
from instagram.limits import split_text

log = structlog.get_logger("outbox")


class ReplyError(ValueError):
    """This reply cannot be sent; the text says why, in one sentence for staff."""


def reply(conversation_id: int, text: str, by: str, token: str) -> list[int]:
    """Queue a person's reply, cancel what the bot has not sent yet, and pause the bot.

    token: one for each form that was shown, so that a double click sends once. Return the ids of
    its messages, in their order; none where this was not the first. Raises ReplyError.
    """
    if not text.strip():
        raise ReplyError("Write something first.")
    with transaction.atomic():
        now = timezone.now()
        Conversation.objects.wake(conversation_id, now)  # first: it locks the conversation
        if Message.objects.filter(token=token).exists():
            return []
        conversation = Conversation.objects.get(pk=conversation_id)
        if problem := gate.why_closed(conversation, now, person=True):
            raise ReplyError(problem)
        _take_over(conversation, by, now)
        parts = [
            Message(
                conversation_id=conversation_id, origin=Origin.STAFF, text=part, at=now,
                created_at=now, position=position, staff=by, token=None if position else token,
            )
            for position, part in enumerate(split_text(text.strip()))
        ]  # fmt: skip
        for part in parts:
            states.queue(part)
        waiting.take(conversation, by)
        waiting.recount(conversation_id)
    log.info("staff_replied", conversation=conversation_id)
    return [part.pk for part in parts]


def _take_over(conversation: Conversation, by: str, now: datetime) -> None:
    states.cancel_of_bot(conversation.pk, f"Cancelled: {by} replied instead.")
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
