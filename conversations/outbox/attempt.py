"""Calls Meta for a message that is marked as being sent, and writes down what came of it."""

import time
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from conversations import waiting
from conversations.account import identity
from conversations.account import pause as account_pause
from conversations.models import (
    PRIVATE_REPLY,
    TO_COMMENTS,
    Account,
    Attempt,
    Conversation,
    Message,
    State,
    key_of,
)
from conversations.outbox import retry, states
from instagram import content
from instagram.errors import (
    BUSY,
    CODES,
    AccountError,
    AmbiguousError,
    GraphError,
    NotSentError,
    PermanentError,
    Reply,
    ThrottledError,
)
from instagram.events import METADATA_PREFIX
from instagram.limits import SLOW_PERCENT, STOP_PERCENT
from metrics import series

log = structlog.get_logger("outbox")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that is known of a call. token_version: of the token that it was made with."""

    then: retry.Next
    milliseconds: int
    reply: Reply
    token_version: int
    mid: str = ""
    error: GraphError | None = None

    @property
    def advice(self) -> str:
        return self.error.advice if self.error else ""

    @property
    def name(self) -> str:
        return type(self.error).__name__.removesuffix("Error") if self.error else "Sent"


@dataclass(frozen=True, slots=True)
class Marked:
    """A call to be made: its message is `sending`, and its attempt on record.

    goes_first: the account's pause is over, and this call shows whether it works again.
    human_agent: the gate let it pass as what a person wrote after the window (HUMAN_AGENT).
    """

    message: Message
    attempt: int
    at: datetime
    goes_first: bool = False
    human_agent: bool = False


def send(conversation: Conversation, marked: Marked) -> datetime | None:
    """Call Meta and write down what came of it; return when to look again if it is not settled."""
    outcome = call(conversation, marked)
    try:
        write_outcome(conversation, marked, outcome)
    except IntegrityError:
        # Its echo came first and has the mid: it is this message, and gives way to it.
        write_outcome(conversation, marked, outcome, overtaken=True)
    then, error = outcome.then, outcome.error
    log.info(
        "called",
        message=marked.message.pk,
        outcome=then.state.value,
        status=outcome.reply.status,
        code=outcome.reply.code,
        ms=outcome.milliseconds,
    )
    _count(marked.message, outcome)
    if isinstance(error, AccountError | ThrottledError | NotSentError):
        return account_pause.ends_at(conversation.account_id) or timezone.now()
    taken = not isinstance(error, AmbiguousError)
    if marked.goes_first and taken and outcome.reply.used < STOP_PERCENT:
        account_pause.end(conversation.account_id)
    if then.state in (State.SENT, State.FAILED):
        return None
    return then.not_before or timezone.now()


def _count(message: Message, outcome: Outcome) -> None:
    code = outcome.reply.code
    known = "none" if code is None else str(code) if code in CODES else "other"
    series.sends.labels(outcome.name.lower(), known).inc()
    series.send_seconds.observe(outcome.milliseconds / 1000)
    asked_at, is_first = message.asked_at, message.position == 0 and not message.staff
    if asked_at and is_first and outcome.then.state == State.SENT:
        seconds = (timezone.now() - asked_at).total_seconds()
        series.answer_seconds.observe(max(seconds, 0))  # machines' clocks differ


def call(conversation: Conversation, marked: Marked) -> Outcome:
    started, account = time.monotonic(), identity.ready(conversation.account_id)

    def spent() -> int:
        return int((time.monotonic() - started) * 1000)

    try:
        mid, reply = _post(account, conversation, marked)
    except GraphError as error:
        then = retry.after(
            error,
            marked.message.tries + 1,
            timezone.now(),
            first=settings.RETRY_FIRST,
        )
        return Outcome(then, spent(), error.reply, account.token_version, error=error)
    return Outcome(retry.Next(State.SENT), spent(), reply, account.token_version, mid)


def _post(account: Account, conversation: Conversation, marked: Marked) -> tuple[str, Reply]:
    """Make the call for a message; return Meta's id of what was sent.

    Whether it is tagged was decided at the gate: the clock has gone on since.
    """
    message = marked.message
    client, metadata = identity.client(account), f"{METADATA_PREFIX}{message.pk}"
    if message.kind not in TO_COMMENTS:
        said = content.read(message.kind, message.text, message.content)
        return client.send(conversation.customer_id, said, metadata, human_agent=marked.human_agent)
    comment = str(message.in_reply_to.about.get("comment", "")) if message.in_reply_to else ""
    try:
        if message.kind == PRIVATE_REPLY:
            return client.send_private_reply(comment, message.text, metadata)
        answer, reply = client.reply_to_comment(comment, message.text)
    except AccountError as error:
        if error.everywhere:
            raise
        # Comments need a permission of their own: without it, direct messages still go.
        raise PermanentError(error.advice, error.reply) from error
    return f"comment:{answer}" if answer else "", reply


@transaction.atomic(durable=True)
def write_outcome(
    conversation: Conversation, marked: Marked, outcome: Outcome, *, overtaken: bool = False
) -> None:
    then, message = outcome.then, marked.message
    if then.state == State.SENT:
        mid = key_of(conversation.account_id, outcome.mid)
        states.sent(message, mid, timezone.now(), overtaken=overtaken)
    else:
        states.not_sent(message, marked.at, then.state, then.not_before, outcome.advice)
    if then.state == State.FAILED or overtaken or _is_late(marked):
        waiting.recount(conversation.pk)
    Attempt.objects.end(marked.attempt, outcome.name, outcome.milliseconds, outcome.reply)
    _pause_account(conversation.account_id, outcome, first_again=marked.goes_first)


def _is_late(marked: Marked) -> bool:
    """Tell whether another worker may have taken it for unconfirmed, and staff closed it since."""
    return timezone.now() - marked.at > settings.LEASE / 2


def _pause_account(account_id: int, outcome: Outcome, *, first_again: bool) -> None:
    """Pause the account when Meta asks for that, by an error or by its headers, or is away."""
    error, reply = outcome.error, outcome.reply
    if isinstance(error, AccountError):
        account_pause.refused(
            account_id, error, first_again=first_again, version=outcome.token_version
        )
    elif isinstance(error, NotSentError):
        account_pause.out_of_reach(account_id, error.advice, first_again=first_again)
    elif isinstance(error, ThrottledError) or reply.used >= STOP_PERCENT:
        reason = outcome.advice or BUSY
        account_pause.throttled(account_id, reply.regain_seconds, reason, first_again=first_again)
    elif reply.used >= SLOW_PERCENT:
        account_pause.slow_down(account_id)
