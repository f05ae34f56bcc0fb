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

from conversations import accounts, sql, tuning
from conversations.leases import Lease
from conversations.models import Attempt, Conversation, Message, State
from conversations.outbox import call, gate

log = structlog.get_logger("outbox")

MARK = """
UPDATE conversations_message SET state = 'sending', called_at = %s, tries = tries + 1, error = ''
WHERE id = %s AND state = 'queued'"""
ATTEMPT = """
INSERT INTO conversations_attempt (message_id, started_at) VALUES (%s, %s) RETURNING id"""
SLOT_WAIT = timedelta(seconds=1)  # a slot so near is waited for, a later one is come back to


class _HeldError(Exception):
    """Not now: look again at this time. The transaction that found out is rolled back."""

    def __init__(self, until: datetime) -> None:
        self.until = until


def interrupted(rows: Sequence[Message]) -> None:
    """A worker died between the call and its outcome: what is `sending` becomes unknown."""
    for row in rows:
        if row.state == State.SENDING:
            row.state = State.UNKNOWN
            Message.objects.filter(pk=row.pk, state=State.SENDING).update(state=State.UNKNOWN)
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
    sent_at: datetime | None = None
    for message in queue:
        now = timezone.now()
        if message.not_before and message.not_before > now:
            return message.not_before
        gap = gate.least_gap()
        if sent_at and now < sent_at + gap:
            return sent_at + gap
        try:
            attempt = _mark_sending(message, lease, now)
        except _HeldError as held:
            return held.until
        if attempt is None:
            continue
        wait = (attempt.started_at - timezone.now()).total_seconds()
        if wait > 0:
            time.sleep(wait)
        sent_at = attempt.started_at
        again = call.send(conversation, message, attempt)
        if again:
            return again
    return None


@transaction.atomic(durable=True)
def _mark_sending(message: Message, lease: Lease[Conversation], now: datetime) -> Attempt | None:
    """Ask once more whether this may go, then mark it; return the call to make, if it may go.

    The lease's row is locked from here to the commit, so a person who takes over is either seen
    here or comes after this send. Raises _HeldError when it must wait.
    """
    fresh = Conversation.objects.renew(lease, now)
    rate = tuning.get("send_rate")
    slot = accounts.take_slot(fresh.account_id, now, rate) if rate else now
    seen = gate.look(fresh, now)
    if seen.account_rests:
        raise _HeldError(accounts.rests_until(fresh.account_id) or now)
    if seen.undecided_echo and not message.staff:
        raise _HeldError(now)
    if seen.too_soon:
        raise _HeldError(now + gate.least_gap())
    gate.break_loop(fresh, message, seen.said_lately, now)
    refusal = gate.refusal(fresh, message, now)
    if refusal:
        queued = Message.objects.filter(pk=message.pk, state=State.QUEUED)
        queued.update(state=refusal[0], error=refusal[1])
        return None
    if slot > now + SLOT_WAIT:
        raise _HeldError(slot)
    if not sql.change(MARK, slot, message.pk):
        return None  # cancelled, or confirmed by its echo
    inserted = sql.fetch(ATTEMPT, message.pk, slot)
    assert inserted is not None
    return Attempt(pk=inserted[0], message=message, started_at=slot)
