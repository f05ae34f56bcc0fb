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
from django.db.models import F
from django.utils import timezone

from conversations import accounts, retry, tuning
from conversations.leases import Lease
from conversations.models import Attempt, Conversation, Message, Origin, State
from instagram.errors import GraphError, Reply
from instagram.events import METADATA_PREFIX

log = structlog.get_logger("outbox")

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
            Attempt.objects.filter(message=row, outcome="").update(
                outcome="interrupted"
            )
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
    conversation: Conversation, queue: Sequence[Message], lease: Lease
) -> datetime | None:
    """Send the queued messages in order; return when to look again for those that must wait."""
    for message in queue:
        now = timezone.now()
        if message.not_before and message.not_before > now:
            return message.not_before
        try:
            attempt = _mark_sending(conversation, message, lease, now)
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
def _mark_sending(
    conversation: Conversation, message: Message, lease: Lease, now: datetime
) -> Attempt | None:
    """Ask once more whether this may go, then mark it; return the call to make, if it may go.

    The lease's row is locked from here to the commit, so a person who takes over is either seen
    here or comes after this send. Raises _HeldError when it must wait.
    """
    Conversation.objects.renew(lease, now)
    rate = tuning.get("send_rate")
    if rate:
        accounts.take_slot(conversation.account_id, now, rate)
    fresh = Conversation.objects.select_related("account").get(pk=conversation.pk)
    account = fresh.account
    if account.paused_until and account.paused_until > now:
        raise _HeldError(account.paused_until)
    if fresh.messages.filter(state=State.UNDECIDED).exists():
        raise _HeldError(now)
    refusal = _refusal(fresh, message, now)
    queued = Message.objects.filter(pk=message.pk, state=State.QUEUED)
    if refusal:
        state, error = refusal
        queued.update(state=state, error=error)
        return None
    slot = now
    if rate and account.next_send_at:
        slot = account.next_send_at - timedelta(seconds=1 / rate)
        if slot > now + SLOT_WAIT:
            raise _HeldError(slot)
    if not queued.update(state=State.SENDING, called_at=now, tries=F("tries") + 1, error=""):
        return None  # cancelled, or confirmed by its echo
    return Attempt.objects.create(message=message, started_at=max(slot, now))


def _refusal(
    conversation: Conversation, message: Message, now: datetime
) -> tuple[State, str] | None:
    if message.origin == Origin.BOT and conversation.bot_is_paused(now):
        return State.CANCELLED, f"The bot was paused by {conversation.bot_paused_by}."
    if not conversation.may_answer(now):
        return State.FAILED, "More than 24 hours have passed since the customer wrote."
    return None


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
        # Its echo was being written at the same moment: now it is there, and gives way.
        _write(conversation, message, attempt, outcome)
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

    metadata = f"{METADATA_PREFIX}{message.pk}"
    try:
        mid, reply = accounts.client().send_text(conversation.customer_id, message.text, metadata)
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


@transaction.atomic(durable=True)
def _write(
    conversation: Conversation, message: Message, attempt: Attempt, outcome: _Outcome
) -> None:
    then, mid = outcome.then, outcome.mid
    if mid:
        # The echo came first and was kept as undecided: it is this message.
        Message.objects.filter(mid=mid, state=State.UNDECIDED).delete()
    sent = {"mid": mid or None, "sent_at": timezone.now()} if then.state == State.SENT else {}
    # Fenced by the state: what its echo has confirmed meanwhile stays sent.
    Message.objects.filter(pk=message.pk, state__in=[State.SENDING, State.UNKNOWN]).update(
        state=then.state, not_before=then.not_before, error=outcome.advice, **sent
    )
    reply = outcome.reply
    Attempt.objects.filter(pk=attempt.pk).update(
        outcome=type(outcome.error).__name__.removesuffix("Error") if outcome.error else "Sent",
        milliseconds=outcome.milliseconds,
        http_status=reply.status,
        code=reply.code,
        subcode=reply.subcode,
        trace_id=reply.trace_id,
        body=reply.body,
    )
    if then.rest_until:
        accounts.rest(conversation.account_id, then.rest_until, outcome.advice)
    if then.hold:
        accounts.hold(conversation.account_id, outcome.advice)
