"""The states of an outgoing message: a function for each arrow of the diagram in docs/delivery.md.

Nobody else writes a message's state once it is there. Each is one conditional update, so whoever
comes too late changes nothing, and is told so. Staff who have a message sent again, the settlement
and the queue may meet on the same row: the first one wins.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils import timezone

from conversations import erasure
from conversations.models import Conversation, Message, Origin, State
from conversations.models.version import RAISE_ONE
from workqueue import sql

MAY_BE_RESENT = (State.FAILED, State.CANCELLED, State.UNKNOWN, State.QUEUED)
MAY_BE_CANCELLED = (State.QUEUED, State.UNKNOWN, State.FAILED)
MAY_HAVE_GONE = (State.QUEUED, State.SENDING, State.UNKNOWN)  # since a backup was made
OURS = ~Q(origin__in=[Origin.CUSTOMER, Origin.APP])

# Mark: the call for it follows.
_MARK_SENDING = """
UPDATE conversations_message
SET state = 'sending', called_at = %(at)s, tries = tries + 1, error = ''
WHERE id = %(pk)s AND state = 'queued'"""
# Unmark: the call was not made, which nobody but its own thread can know.
_UNMARK_SENDING = """
UPDATE conversations_message SET state = 'queued', called_at = NULL, tries = tries - 1
WHERE id = %(pk)s AND state = 'sending' AND called_at = %(at)s"""
# Sent: a 200 proves that it was sent, however late it comes.
_SENT = """
UPDATE conversations_message
SET state = 'sent', mid = %(mid)s, sent_at = %(now)s, not_before = NULL, error = ''
WHERE id = %(pk)s AND state <> 'sent'"""
# Not sent: any other outcome counts for this very call alone; what its echo confirmed stays sent.
_NOT_SENT = """
UPDATE conversations_message
SET state = %(state)s, not_before = %(not_before)s, error = %(error)s
WHERE id = %(pk)s AND state IN ('sending', 'unknown') AND called_at = %(at)s"""
# Overtaken: what came before the answer to the call gives way to the message itself.
_DROP_ECHO = """
DELETE FROM conversations_message WHERE mid = %(mid)s AND origin = 'app'
RETURNING unsent_at"""


# A message begins as queued, or as sending where nothing else is in its way.


def queue(message: Message) -> None:
    """Write a new message, to be sent in its turn."""
    _insert(message, state=State.QUEUED)


def begin_sending(message: Message, at: datetime) -> None:
    """Write a new message as one whose call follows."""
    _insert(message, state=State.SENDING, called_at=at, tries=1)


def _insert(message: Message, **columns: Any) -> None:
    names = ["conversation_id", "origin", "kind", "text", "at", "created_at", "in_reply_to_id"]
    columns |= {name: getattr(message, name) for name in [*names, "position", "rule", "variant"]}
    # Most are plain texts of the bot, and leave these to their defaults.
    if message.content:
        columns["content"] = json.dumps(message.content)
    if message.staff:
        columns |= {"staff": message.staff, "token": message.token}
    message.pk = Message.objects.insert(columns)
    message.state = columns["state"]


# queued → sending, failed, cancelled


def mark_sending(message: Message, at: datetime) -> bool:
    """Queued → sending; False: it was cancelled, or its echo has confirmed it."""
    return bool(sql.change(_MARK_SENDING, pk=message.pk, at=at))


def refuse(message: Message, state: State, why: str) -> None:
    """Queued → failed or cancelled: it may not go any more."""
    Message.objects.filter(pk=message.pk, state=State.QUEUED).update(state=state, error=why)


def give_up(message: Message, why: str) -> None:
    """Queued → failed: its conversation keeps failing."""
    refuse(message, State.FAILED, why)


def cancel_answers(question: int, why: str) -> None:
    """Queued → cancelled: what would have answered this question."""
    rows = Message.objects.filter(in_reply_to=question, state=State.QUEUED)
    rows.update(state=State.CANCELLED, error=why)


def cancel_of_bot(conversation: int, why: str) -> int:
    """Queued → cancelled: what the bot has not sent yet, unless staff had it sent again."""
    rows = Message.objects.filter(
        conversation=conversation, state=State.QUEUED, origin=Origin.BOT, staff=""
    )
    return rows.update(state=State.CANCELLED, error=why)


# sending → queued, sent, failed, unknown


def unmark_sending(message: Message, at: datetime) -> None:
    """Sending → queued: the call marked at that time was not made."""
    talk = message.conversation_id
    sql.change(_UNMARK_SENDING, first=RAISE_ONE, conversation=talk, pk=message.pk, at=at)


def interrupt(message: Message) -> bool:
    """Sending → unknown: whoever was sending it is gone; False: its outcome has come meanwhile."""
    rows = Message.objects.filter(pk=message.pk, state=State.SENDING)
    if not rows.update(state=State.UNKNOWN):
        return False
    message.state = State.UNKNOWN
    return True


def sent(message: Message, mid: str, now: datetime, *, overtaken: bool = False) -> None:
    """Any → sent: Meta has taken it, under this id. Locks the conversation, before the message.

    overtaken: its echo has the id already, and gives way. Raises IntegrityError where it does and
    nobody said so.
    """
    talk, was_unsent = message.conversation_id, False
    if overtaken:
        Conversation.objects.raise_version(talk)
        was_unsent = give_way(mid)
    sql.change(_SENT, first=RAISE_ONE, conversation=talk, pk=message.pk, mid=mid or None, now=now)
    if was_unsent:
        erasure.erase(message.pk, now)


def not_sent(
    message: Message, at: datetime, state: State, not_before: datetime | None, error: str
) -> None:
    """Sending or unknown → queued, failed or unknown: the outcome of the call marked at `at`.

    Locks the conversation, before the message.
    """
    sql.change(
        _NOT_SENT, first=RAISE_ONE, conversation=message.conversation_id,
        pk=message.pk, at=at, state=state, not_before=not_before, error=error,
    )  # fmt: skip


# Echoes and threads that are read back: any → sent


def confirm(message: int, mid: str) -> bool:
    """Any → sent: it arrived, whatever its response said or will say.

    Tells whether it was unknown: then what it held back may go.
    """
    row = Message.objects.filter(pk=message)
    arrived = {"state": State.SENT, "mid": mid, "sent_at": timezone.now(), "error": ""}
    # In this order, since a turn may take an interrupted send for unknown in between.
    if row.exclude(state__in=[State.SENT, State.UNKNOWN]).update(**arrived):
        return False
    return bool(row.filter(state=State.UNKNOWN).update(**arrived))


def give_way(mid: str) -> bool:
    """Drop what came first under the id of a message of ours: its echo, or that it was unsent.

    Tells whether somebody has unsent it.
    """
    dropped = sql.fetch(_DROP_ECHO, mid=mid)
    return dropped is not None and dropped[0] is not None


def recognise_echo(echo: Message, ours: int) -> None:
    """An undecided echo is one of our messages: unknown → sent, and the echo gives way."""
    echo.delete()  # first: the mid is unique
    confirm(ours, echo.mid or "")


def attribute_echo(echo: int) -> bool:
    """Undecided → sent: another one wrote it; False: a late outcome has found it to be ours."""
    rows = Message.objects.filter(pk=echo, state=State.UNDECIDED)
    return bool(rows.update(state=State.SENT))


# unknown → queued, once


def queue_once_more(message: int) -> bool:
    """Unknown → queued: two reads of the thread did not show it; False: it is settled meanwhile."""
    rows = Message.objects.filter(pk=message, state=State.UNKNOWN)
    fresh = {"looks": 0, "looked_at": None, "not_before": None}
    return bool(rows.update(state=State.QUEUED, sent_again=True, **fresh))


# queued, sending, unknown → failed, cancelled: rows of a backup, whose own worker is gone


def leave_to_staff(message: int, why: str, state: State = State.FAILED) -> bool:
    """End what may have been sent since the backup; False: it is settled meanwhile."""
    rows = Message.objects.filter(pk=message, state__in=MAY_HAVE_GONE)
    return bool(rows.update(state=state, error=why))


# What staff decide. Part of a transaction that has locked the conversation.


def resend(messages: QuerySet[Message], by: str) -> int:
    """failed, cancelled, unknown or queued → queued: the same rows; return how many."""
    fresh: dict[str, Any] = {"not_before": None, "tries": 0, "looks": 0, "looked_at": None}
    return _of_staff(messages, MAY_BE_RESENT, state=State.QUEUED, staff=by, error="", **fresh)


def cancel(messages: QuerySet[Message], by: str) -> int:
    """Cancel what waits, and close what failed or was not confirmed; return how many.

    failed or queued → cancelled. What was not confirmed may have arrived: unknown → failed.
    """
    why_closed = Concat(Value(f"Not resent ({by}). "), F("error"))
    closed = _of_staff(messages, (State.FAILED,), state=State.CANCELLED, error=why_closed)
    left = f"Not confirmed; {by} chose not to resend it."
    unconfirmed = _of_staff(messages, (State.UNKNOWN,), state=State.FAILED, error=left)
    cancelled = f"Cancelled by {by}."
    waiting = _of_staff(messages, (State.QUEUED,), state=State.CANCELLED, error=cancelled)
    return closed + unconfirmed + waiting


def _of_staff(messages: QuerySet[Message], states: Iterable[State], **changes: Any) -> int:
    return messages.filter(OURS, state__in=states).update(**changes)
