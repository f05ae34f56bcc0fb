"""Sends what is queued, in order, one at a time, and writes down every call.

No transaction is open while we talk to Meta. Before the call: `sending` and an Attempt,
committed. After it: the outcome, fenced by the message's state, so that a late answer is still
written down. What is found in `sending` later has an unknown outcome and is never resent blindly.
"""

import time
from collections.abc import Sequence
from datetime import datetime

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from conversations.account import pause as account_pause
from conversations.models import Attempt, Conversation, Message, State
from conversations.outbox import attempt, gate
from workqueue import shutdown, sql
from workqueue.leases import Lease

log = structlog.get_logger("outbox")

MARK = """
UPDATE conversations_message SET state = 'sending', called_at = %s, tries = tries + 1, error = ''
WHERE id = %s AND state = 'queued'"""
ATTEMPT = """
INSERT INTO conversations_attempt (message_id, started_at) VALUES (%s, %s) RETURNING id"""
# The call was not made, which nobody but its own thread can know.
UNMARK = """
UPDATE conversations_message SET state = 'queued', called_at = NULL, tries = tries - 1
WHERE id = %s AND state = 'sending' AND called_at = %s"""


def interrupted(rows: Sequence[Message]) -> None:
    """A worker died between the call and its outcome: what is `sending` becomes unknown."""
    for row in rows:
        if row.state != State.SENDING:
            continue
        sending = Message.objects.filter(pk=row.pk, state=State.SENDING)
        if not sending.update(state=State.UNKNOWN):
            row.refresh_from_db()  # its echo or its outcome has come since the rows were read
            continue
        row.state = State.UNKNOWN
        Attempt.objects.filter(message=row, outcome="").update(outcome="interrupted")
        log.warning("send_interrupted", message=row.pk)


def held_by_unknown(rows: Sequence[Message]) -> datetime | None:
    """Return until when an unconfirmed send holds back the bot's next messages, if any does."""
    now = timezone.now()
    ends = [
        (row.called_at or row.created_at) + settings.UNKNOWN_HOLDS
        for row in rows
        if row.state == State.UNKNOWN
    ]
    return max((end for end in ends if end > now), default=None)


def send_queue(
    conversation: Conversation,
    queue: Sequence[Message],
    lease: Lease[Conversation],
    first: attempt.Marked | None = None,
) -> datetime | None:
    """Send the queued messages in order; return when to look again for those that must wait.

    first: a message before them, which is marked already.
    """
    if first and (again := _send(conversation, first)):
        return again
    last = first
    for message in queue:
        if again := _not_yet(message, last):
            return again
        marked = _mark_sending(message, lease, timezone.now())
        if isinstance(marked, gate.Held):
            return marked.until
        if marked and (again := _send(conversation, marked)):
            return again
        last = marked or last
    return None


def _not_yet(message: Message, last: attempt.Marked | None) -> datetime | None:
    """Return when to come back, where that is known without asking at the gate."""
    now = timezone.now()
    if shutdown.begun():
        return now
    if message.not_before and message.not_before > now:
        return message.not_before
    # What was held for long is not among the latest messages that the gate looks at.
    return gate.too_soon(last.at, now) if last else None


@transaction.atomic(durable=True)
def _mark_sending(
    message: Message, lease: Lease[Conversation], now: datetime
) -> attempt.Marked | gate.Held | None:
    """Ask once more whether this may go, then mark it; return the call to make, if it may go."""
    fresh = Conversation.objects.renew(lease, now)
    passed = gate.ask(fresh, message, now)
    if isinstance(passed, gate.Held):
        return passed
    if isinstance(passed, gate.Refused):
        queued = Message.objects.filter(pk=message.pk, state=State.QUEUED)
        queued.update(state=passed.state, error=passed.why)
        return None
    if not sql.change(MARK, passed.slot, message.pk):
        transaction.set_rollback(True)  # a pass that is not used gives everything back
        return None  # cancelled, or confirmed by its echo
    return on_record(message, passed)


def on_record(message: Message, passed: gate.Pass) -> attempt.Marked:
    """Write the attempt of a message that is `sending`, in the transaction that made it so."""
    # On the disk before the call, or a crash of the database could have it sent again.
    inserted = sql.fetch(ATTEMPT, message.pk, passed.slot, durable=True)
    assert inserted is not None
    return attempt.Marked(message, inserted[0], passed.slot, passed.goes_first)


def _send(conversation: Conversation, marked: attempt.Marked) -> datetime | None:
    """Wait for the account's turn and send; return when to look again if it is not settled."""
    wait = (marked.at - timezone.now()).total_seconds()
    if wait > 0:
        time.sleep(wait)
        until = account_pause.ends_at(conversation.account_id)
        if until and until > timezone.now() and not marked.goes_first:
            _unmark(marked)  # Instagram has refused others meanwhile
            return until
    return attempt.send(conversation, marked)


@transaction.atomic
def _unmark(marked: attempt.Marked) -> None:
    sql.change(UNMARK, marked.message.pk, marked.at)
    Attempt.objects.filter(pk=marked.attempt).delete()
