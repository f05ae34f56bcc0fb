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

from conversations import waiting
from conversations.account import pause as account_pause
from conversations.models import Account, Attempt, Conversation, Message, State
from conversations.outbox import attempt, gate, states
from workqueue import shutdown
from workqueue.leases import Lease
from workqueue.postgresql import pool

log = structlog.get_logger("outbox")


def interrupted(rows: Sequence[Message]) -> None:
    """A worker died between the call and its outcome: what is `sending` becomes unknown."""
    for row in rows:
        if row.state != State.SENDING:
            continue
        if _interrupt(row):
            log.warning("send_interrupted", message=row.pk)
        else:
            row.refresh_from_db()  # its echo or its outcome has come since the rows were read


@transaction.atomic
def _interrupt(row: Message) -> bool:
    Conversation.objects.raise_version(row.conversation_id)
    if not states.interrupt(row):
        return False
    Attempt.objects.filter(message=row, outcome="").update(outcome="interrupted")
    return True


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
        marked = ask_and_mark(message, lease, timezone.now())
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
def ask_and_mark(
    message: Message, lease: Lease[Conversation], now: datetime
) -> attempt.Marked | gate.Held | None:
    """Ask once more whether this may go, then mark it; return the call to make, if it may go."""
    fresh = Conversation.objects.renew(lease, now)
    passed = gate.ask(fresh, message, now)
    if isinstance(passed, gate.Held):
        return passed
    if isinstance(passed, gate.Refused):
        states.refuse(message, passed.state, passed.why)
        waiting.recount(fresh.pk)
        return None
    marked = mark(message, passed)
    if marked is None:
        transaction.set_rollback(True)  # a pass that is not used gives everything back
    return marked


def mark(message: Message, passed: gate.Pass) -> attempt.Marked | None:
    """Mark a message as being sent, a new one as it is written, and put its call on record.

    Part of the transaction that asked at the gate. None: it was cancelled, or confirmed by its
    echo.
    """
    if message.pk is None:
        states.begin_sending(message, passed.slot)
    elif not states.mark_sending(message, passed.slot):
        return None
    begun = Attempt.objects.begin(message.pk, passed.slot)
    return attempt.Marked(
        message, begun, passed.slot, goes_first=passed.goes_first, human_agent=passed.human_agent
    )


def _send(conversation: Conversation, marked: attempt.Marked) -> datetime | None:
    """Wait for the account's turn and send; return when to look again if it is not settled."""
    wait = (marked.at - timezone.now()).total_seconds()
    if wait > 0:
        pool.give_back()
        time.sleep(wait)
        now, until = timezone.now(), account_pause.ends_at(conversation.account_id)
        if until and until > now and not marked.goes_first:
            _unmark(marked)  # Instagram has refused others meanwhile
            return until
        by_bot = not marked.message.staff
        if Account.objects.is_silent(conversation.account_id, bot=by_bot):
            _unmark(marked)
            return now  # the gate refuses it
        if timezone.now() > marked.at + gate.hesitation():
            _unmark(marked)  # no connection was free to ask by
            return now
    return attempt.send(conversation, marked)


@transaction.atomic
def _unmark(marked: attempt.Marked) -> None:
    Conversation.objects.raise_version(marked.message.conversation_id)
    states.unmark_sending(marked.message, marked.at)
    Attempt.objects.filter(pk=marked.attempt).delete()
