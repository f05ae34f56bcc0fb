"""What staff send, have sent again, and stop.

Each is a conditional update in a transaction that first locks the conversation, as marking a send
does: what is being sent at this moment is waited for, and nothing is sent twice.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils import timezone

from conversations import bot_pause
from conversations.models import Conversation, Message, Origin, State
from conversations.outbox import gate
from instagram.limits import split_text
from shop import tuning

log = structlog.get_logger("outbox")

MAY_GO_AGAIN = (State.FAILED, State.CANCELLED, State.UNKNOWN, State.QUEUED)
MAY_BE_STOPPED = (State.QUEUED, State.UNKNOWN, State.FAILED)


class ReplyError(ValueError):
    """This reply cannot be sent; the text says why, in one sentence for staff."""


def reply(conversation_id: int, text: str, by: str, token: str) -> list[int]:
    """Queue a person's reply, cancel what the bot has not sent yet, and silence the bot.

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
        queued = []
        for position, part in enumerate(split_text(text.strip())):
            columns = {
                "conversation_id": conversation_id,
                "origin": Origin.STAFF,
                "text": part,
                "kind": "text",
                "at": now,
                "created_at": now,
                "position": position,
                "state": State.QUEUED,
                "staff": by,
                "token": token if position == 0 else None,
            }
            queued.append(Message.objects.insert(columns))
    log.info("staff_replied", conversation=conversation_id)
    return [pk for pk in queued if pk]


def _take_over(conversation: Conversation, by: str, now: datetime) -> None:
    queued = Message.objects.filter(
        conversation=conversation, state=State.QUEUED, origin=Origin.BOT, staff=""
    )
    queued.update(state=State.CANCELLED, error=f"{by} answered instead.")
    changes: dict[str, Any] = {"needs_person": False}
    if hours := tuning.get("pause_hours"):
        changes |= bot_pause.columns(now + timedelta(hours=hours), by)
    Conversation.objects.filter(pk=conversation.pk).update(**changes)


def send_again(messages: QuerySet[Any], by: str) -> int:
    """Queue what failed, was cancelled or was not confirmed; return how many.

    The same rows: what Instagram has taken meanwhile stays as it is.
    """
    fresh: dict[str, Any] = {"not_before": None, "tries": 0, "looks": 0, "looked_at": None}
    return _change(messages, MAY_GO_AGAIN, state=State.QUEUED, staff=by, error="", **fresh)


def cancel(messages: QuerySet[Any], by: str) -> int:
    """Stop what waits, and close what failed or was not confirmed; return how many.

    What was not confirmed may have arrived: it ends as failed, not as cancelled.
    """
    said = Concat(Value(f"Closed by {by}. "), F("error"))
    closed = _change(messages, (State.FAILED,), state=State.CANCELLED, error=said)
    left = f"Instagram did not confirm it, and {by} left it so."
    unsure = _change(messages, (State.UNKNOWN,), state=State.FAILED, error=left)
    waiting = _change(messages, (State.QUEUED,), state=State.CANCELLED, error=f"Stopped by {by}.")
    return closed + unsure + waiting


def _change(messages: QuerySet[Any], states: Iterable[State], **changes: Any) -> int:
    """Change the messages that are in one of these states, and wake their conversations."""
    now, outgoing = timezone.now(), ~Q(origin__in=[Origin.CUSTOMER, Origin.APP])
    chosen = messages.order_by("conversation_id").filter(outgoing, state__in=states)
    changed = 0
    # One conversation at a time, so that nobody waits for a lock that waits for another.
    for conversation in list(chosen.values_list("conversation_id", flat=True).distinct()):
        with transaction.atomic():
            Conversation.objects.wake(conversation, now)
            rows = Message.objects.filter(pk__in=messages.order_by().values("pk"))
            rows = rows.filter(outgoing, conversation=conversation, state__in=states)
            changed += rows.update(**changes)
    return changed
