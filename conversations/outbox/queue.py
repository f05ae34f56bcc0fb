"""Sends what is queued, in order, one at a time, and writes down every call.

No transaction is open while we talk to Meta. Before the call: `sending` and an Attempt,
committed. After it: the outcome, fenced by the message's state, so that a late answer is still
written down. What is found in `sending` later has an unknown outcome and is never resent blindly.
"""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from conversations import pauses, sql, stopping
from conversations.leases import Lease
from conversations.models import Attempt, Conversation, Message, State
from conversations.outbox import call, gate

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
SLOT_WAIT = timedelta(seconds=1)  # a slot so near is waited for, a later one is come back to


class _HeldError(Exception):
    """Not now: look again at this time. The transaction that found out is rolled back."""

    def __init__(self, until: datetime | None) -> None:
        self.until = until or timezone.now()


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
    conversation: Conversation, queue: Sequence[Message], lease: Lease[Conversation]
) -> datetime | None:
    """Send the queued messages in order; return when to look again for those that must wait."""
    for message in queue:
        now = timezone.now()
        if stopping.begun():
            return now
        if message.not_before and message.not_before > now:
            return message.not_before
        try:
            marked = _mark_sending(message, lease, now)
            if marked is None:
                continue
            _wait_for_slot(conversation, marked)
        except _HeldError as held:
            return held.until
        again = call.send(conversation, marked)
        if again:
            return again
    return None


@transaction.atomic(durable=True)
def _mark_sending(
    message: Message, lease: Lease[Conversation], now: datetime
) -> call.Marked | None:
    """Ask once more whether this may go, then mark it; return the call to make, if it may go.

    The lease's row is locked from here to the commit, so a person who takes over is either seen
    here or comes after this send. Raises _HeldError when it must wait.
    """
    fresh = Conversation.objects.renew(lease, now)
    rate = pauses.rate()
    seen = gate.look(fresh, now, lock=bool(rate))
    if seen.rests(now):
        raise _HeldError(seen.paused_until)
    if seen.undecided_echo and not message.staff:
        raise _HeldError(now)
    gap = gate.least_gap()
    if gap and seen.last_call and now < seen.last_call + gap:
        raise _HeldError(seen.last_call + gap)
    gate.break_loop(fresh, message, seen.said_lately, now)
    refusal = gate.refusal(fresh, message, now)
    if refusal:
        queued = Message.objects.filter(pk=message.pk, state=State.QUEUED)
        queued.update(state=refusal[0], error=refusal[1])
        return None
    slot = gate.take_slot(fresh.account_id, seen, now, rate) if rate else now
    if slot > now + SLOT_WAIT:
        raise _HeldError(slot)
    if not sql.change(MARK, slot, message.pk):
        return None  # cancelled, or confirmed by its echo
    goes_first = bool(seen.pause)
    if goes_first and not pauses.may_go_first(fresh.account_id, now):
        raise _HeldError(pauses.ends_at(fresh.account_id))  # another one tries whether it works
    inserted = sql.fetch(ATTEMPT, message.pk, slot)
    assert inserted is not None
    return call.Marked(message, inserted[0], slot, goes_first)


def _wait_for_slot(conversation: Conversation, marked: call.Marked) -> None:
    """Wait for the account's turn to send; raise _HeldError where Meta refused others meanwhile."""
    wait = (marked.at - timezone.now()).total_seconds()
    if wait <= 0:
        return
    time.sleep(wait)
    until = pauses.ends_at(conversation.account_id)
    if marked.goes_first or until is None or until <= timezone.now():
        return
    with transaction.atomic():
        sql.change(UNMARK, marked.message.pk, marked.at)
        Attempt.objects.filter(pk=marked.attempt).delete()
    raise _HeldError(until)
