"""Calls Meta for a message that is marked as being sent, and writes down what came of it."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from conversations import accounts, sql, tuning
from conversations.models import PRIVATE_REPLY, TO_COMMENTS, Attempt, Conversation, Message, State
from conversations.outbox import retry
from instagram import content
from instagram.errors import AccountError, GraphError, PermanentError, Reply
from instagram.events import METADATA_PREFIX

log = structlog.get_logger("outbox")

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


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that is known of a call."""

    then: retry.Next
    milliseconds: int
    reply: Reply
    mid: str = ""
    error: GraphError | None = None

    @property
    def advice(self) -> str:
        return self.error.advice if self.error else ""


def send(conversation: Conversation, message: Message, attempt: Attempt) -> datetime | None:
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


def _call(conversation: Conversation, message: Message) -> Outcome:
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
        return Outcome(then, spent(), error.reply, error=error)
    return Outcome(retry.Next(State.SENT), spent(), reply, mid)


def _post(conversation: Conversation, message: Message) -> tuple[str, Reply]:
    """Make the call for a message; return Meta's id of what was sent."""
    client, metadata = accounts.client(), f"{METADATA_PREFIX}{message.pk}"
    if message.kind not in TO_COMMENTS:
        late = not conversation.may_answer(timezone.now())
        said = content.read(message.kind, message.text, message.content)
        return client.send(conversation.customer_id, said, metadata, human_agent=late)
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
    outcome: Outcome,
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
