"""Sends what is queued, in order, one at a time, and writes down every call.

No transaction is open while we talk to Meta. Before the call: `sending` and an Attempt,
committed. After it: the outcome, fenced by the message's state, so that a late answer is still
written down. What is found in `sending` later has an unknown outcome and is never resent blindly.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from conversations import accounts, gate, retry, sql, tuning
from conversations.leases import Lease
from conversations.models import (
    PRIVATE_REPLY,
    Attempt,
    Conversation,
    Message,
    State,
)
from instagram.errors import AccountError, GraphError, PermanentError, Reply
from instagram.events import METADATA_PREFIX

log = structlog.get_logger("outbox")

MARK = """
UPDATE conversations_message SET state = 'sending', called_at = %s, tries = tries + 1, error = ''
WHERE id = %s AND state = 'queued'"""
ATTEMPT = """
INSERT INTO conversations_attempt (message_id, started_at) VALUES (%s, %s) RETURNING id"""
OVERTAKEN = "DELETE FROM conversations_message WHERE mid = %s AND origin = 'app'"
# Fenced by the state: what its echo has confirmed meanwhile stays sent.
OUTCOME = """
UPDATE conversations_message
SET state = %s, not_before = %s, error = %s, mid = %s, sent_at = %s
WHERE id = %s AND state IN ('sending', 'unknown')"""
CALLED = """
UPDATE conversations_attempt
SET outcome = %s, milliseconds = %s, http_status = %s, code = %s, subcode = %s, trace_id = %s,
    body = %s
WHERE id = %s"""

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
    for message in queue:
        now = timezone.now()
        if message.not_before and message.not_before > now:
            return message.not_before
        try:
            attempt = _mark_sending(message, lease, now)
        except _HeldError as held:
            return held.until
        if attempt is None:
            continue
        wait = (attempt.started_at - timezone.now()).total_seconds()
        if wait > 0:
            time.sleep(wait)
        again = _send(conversation, message, attempt)
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
    if seen.undecided_echo:
        raise _HeldError(now)
    gate.break_loop(fresh, message, seen.said_lately, now)
    refusal = gate.refusal(fresh, message, now)
    if refusal:
        queued = Message.objects.filter(pk=message.pk, state=State.QUEUED)
        queued.update(state=refusal[0], error=refusal[1])
        return None
    if slot > now + SLOT_WAIT:
        raise _HeldError(slot)
    if not sql.change(MARK, now, message.pk):
        return None  # cancelled, or confirmed by its echo
    inserted = sql.fetch(ATTEMPT, message.pk, slot)
    assert inserted is not None
    return Attempt(pk=inserted[0], message=message, started_at=slot)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """Everything that is known of a call."""

    then: retry.Next
    milliseconds: int
    reply: Reply
    mid: str = ""
    error: GraphError | None = None

    @property
    def advice(self) -> str:
        return self.error.advice if self.error else ""


def _send(conversation: Conversation, message: Message, attempt: Attempt) -> datetime | None:
    """Call Meta and write down what came of it; return when to look again if it is not settled."""
    outcome = _call(conversation, message)
    try:
        _write(conversation, message, attempt, outcome)
    except IntegrityError:
        # Its echo came first and has the mid: it is this message, and gives way to it.
        _write(conversation, message, attempt, outcome, overtaken=True)
    then = outcome.then
    log.info(
        "called",
        message=message.pk,
        outcome=then.state.value,
        status=outcome.reply.status,
        code=outcome.reply.code,
        ms=outcome.milliseconds,
    )
    if then.state in (State.SENT, State.FAILED):
        return None
    return then.not_before or then.rest_until or timezone.now()


def _call(conversation: Conversation, message: Message) -> _Outcome:
    started = time.monotonic()

    def spent() -> int:
        return int((time.monotonic() - started) * 1000)

    try:
        mid, reply = _post(conversation, message)
    except GraphError as error:
        then = retry.after(
            error,
            message.tries + 1,
            timezone.now(),
            first=settings.RETRY_FIRST,
            rest=timedelta(minutes=tuning.get("throttle_pause_minutes")),
        )
        return _Outcome(then, spent(), error.reply, error=error)
    return _Outcome(retry.Next(State.SENT), spent(), reply, mid)


def _post(conversation: Conversation, message: Message) -> tuple[str, Reply]:
    """Make the call for a message; return Meta's id of what was sent."""
    client, metadata = accounts.client(), f"{METADATA_PREFIX}{message.pk}"
    if message.kind not in gate.TO_COMMENTS:
        return client.send_text(conversation.customer_id, message.text, metadata)
    comment = str(message.in_reply_to.about.get("comment", "")) if message.in_reply_to else ""
    try:
        if message.kind == PRIVATE_REPLY:
            return client.send_private_reply(comment, message.text, metadata)
        answer, reply = client.reply_to_comment(comment, message.text)
    except AccountError as error:
        if error.reply.code in accounts.LOGIN_CODES:
            raise
        # Comments need a permission of their own: without it, direct messages still go.
        raise PermanentError(error.advice, error.reply) from error
    return f"comment:{answer}" if answer else "", reply


@transaction.atomic(durable=True)
def _write(
    conversation: Conversation,
    message: Message,
    attempt: Attempt,
    outcome: _Outcome,
    *,
    overtaken: bool = False,
) -> None:
    then, mid = outcome.then, outcome.mid
    if overtaken:
        sql.change(OVERTAKEN, mid)
    sent_at = timezone.now() if then.state == State.SENT else None
    sql.change(
        OUTCOME, then.state, then.not_before, outcome.advice, mid or None, sent_at, message.pk
    )
    reply, error = outcome.reply, outcome.error
    sql.change(
        CALLED,
        type(error).__name__.removesuffix("Error") if error else "Sent",
        outcome.milliseconds,
        reply.status,
        reply.code,
        reply.subcode,
        reply.trace_id,
        reply.body,
        attempt.pk,
    )
    if then.rest_until:
        accounts.rest(conversation.account_id, then.rest_until, outcome.advice)
    if then.hold:
        accounts.hold(conversation.account_id, outcome.advice, reply.code)
