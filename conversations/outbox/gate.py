"""May this message go now? Asked once more right before the call, inside its transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings

from conversations import bot_pause
from conversations.account import pause as account_pause
from conversations.models import (
    TO_COMMENTS,
    Conversation,
    Message,
    Origin,
    State,
)
from instagram.limits import HUMAN_AGENT_WINDOW, PRIVATE_REPLY_WINDOW, WINDOW_MARGIN
from shop import tuning
from workqueue import sql

log = structlog.get_logger("gate")

GATE = """
SELECT next_send_at, paused_until, pause, EXISTS (
    SELECT 1 FROM conversations_message WHERE conversation_id = %s AND state = 'undecided'),
    lately.said, lately.last_call
FROM conversations_account CROSS JOIN (
    SELECT MAX(called_at) AS last_call, COUNT(
        CASE WHEN origin = 'bot' AND state IN ('sending', 'sent', 'unknown') THEN 1 END) AS said
    FROM conversations_message WHERE conversation_id = %s AND at > %s) AS lately
WHERE conversations_account.id = %s"""
LOCKED = f"{GATE} FOR NO KEY UPDATE OF conversations_account"
SLOT = "UPDATE conversations_account SET next_send_at = %s WHERE id = %s"
SLOT_WAIT = timedelta(seconds=1)  # a slot so near is waited for, a later one is come back to


@dataclass(frozen=True, slots=True)
class Pass:
    """It may go at this moment. goes_first: it shows whether the account works again."""

    slot: datetime
    goes_first: bool


@dataclass(frozen=True, slots=True)
class Held:
    """Not now: ask again at this time."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Refused:
    """Not at all: the state it ends in, and why."""

    state: State
    why: str


def ask(conversation: Conversation, message: Message, now: datetime) -> Pass | Held | Refused:
    """Tell whether this message may go now. A pass must be used: it has taken the send slot.

    Part of the transaction that marks the send. That one holds the conversation's row, so a person
    who takes over is either seen here or comes after this send.
    """
    rate = account_pause.rate()
    seen = _look(conversation, now, lock=bool(rate))
    if wait := _wait(seen, message, now):
        return Held(wait)
    _break_loop(conversation, message, seen.said_lately, now)
    if refused := _refusal(conversation, message, now):
        return refused
    slot = max(seen.next_send_at or now, now) if rate else now
    if slot > now + SLOT_WAIT:
        return Held(slot)
    if seen.pause and not account_pause.may_go_first(conversation.account_id, now):
        return Held(account_pause.ends_at(conversation.account_id) or now)  # another one goes first
    if rate:
        sql.change(SLOT, slot + timedelta(seconds=1 / rate), conversation.account_id)
    return Pass(slot, goes_first=bool(seen.pause))


@dataclass(frozen=True, slots=True)
class _Seen:
    """What stands at the gate: the account's rate and pause, an echo not yet clear.

    said_lately: how many messages of the bot; last_call: to this customer, in the last minutes.
    """

    next_send_at: datetime | None
    paused_until: datetime | None
    pause: str
    undecided_echo: bool
    said_lately: int
    last_call: datetime | None

    def rests(self, now: datetime) -> bool:
        return self.paused_until is not None and now < self.paused_until


def _look(conversation: Conversation, now: datetime, *, lock: bool) -> _Seen:
    """Read it in one statement. lock: nobody else takes a send slot until the commit."""
    lately = now - timedelta(minutes=tuning.get("loop_minutes"))
    pk, account = conversation.pk, conversation.account_id
    statement = LOCKED if lock else GATE
    found = sql.fetch(statement, pk, pk, lately, account)
    assert found is not None
    next_send_at, paused_until, pause, undecided, said, last_call = found
    moment = sql.moment
    return _Seen(
        moment(next_send_at), moment(paused_until), pause, bool(undecided), said, moment(last_call)
    )


def _wait(seen: _Seen, message: Message, now: datetime) -> datetime | None:
    """Return when to ask again: a pause, an echo or this customer's own rate is in the way."""
    if seen.rests(now):
        return seen.paused_until
    if seen.undecided_echo and not message.staff:
        return now
    return too_soon(seen.last_call, now)


def too_soon(last_call: datetime | None, now: datetime) -> datetime | None:
    """Return when the next message may go to this customer, where the rate is used up."""
    rate = tuning.get("conversation_rate")
    again = last_call + timedelta(seconds=1 / rate) if rate and last_call else now
    return again if again > now else None


def _break_loop(conversation: Conversation, message: Message, said: int, now: datetime) -> None:
    """Two bots may answer each other for ever: pause ours after so many, and ask for a person."""
    most = int(tuning.get("loop_messages"))
    if not most or said < most or message.staff or conversation.bot_is_paused(now):
        return
    minutes = tuning.get("loop_minutes")
    conversation.bot_paused_until = now + bot_pause.usual()
    conversation.bot_paused_by = f"the loop breaker (more than {most} messages in {minutes:g} min)"
    Conversation.objects.filter(pk=conversation.pk).update(
        bot_paused_until=conversation.bot_paused_until,
        bot_paused_by=conversation.bot_paused_by,
        last_word_at=None,
        needs_person=True,
    )
    log.warning("loop_broken", conversation=conversation.pk, messages=said)


def _refusal(conversation: Conversation, message: Message, now: datetime) -> Refused | None:
    by_bot = not message.staff  # staff may have the bot's own message sent again
    if by_bot and conversation.silences(message.created_at, now):
        return Refused(State.CANCELLED, f"The bot was paused by {conversation.bot_paused_by}.")
    if message.kind in TO_COMMENTS:
        commented = message.in_reply_to.at if message.in_reply_to else now
        if now >= commented + PRIVATE_REPLY_WINDOW - WINDOW_MARGIN:
            return Refused(State.FAILED, "More than 7 days have passed since the comment.")
        return None
    if by_bot and conversation.other_app_at:
        return Refused(State.CANCELLED, "Another app answers in this conversation.")
    closed = why_closed(conversation, now, person=message.origin == Origin.STAFF)
    return Refused(State.FAILED, closed) if closed else None


def why_closed(conversation: Conversation, now: datetime, *, person: bool) -> str:
    """Return why Instagram takes no answer now; empty: it takes one.

    person: somebody wrote it (HUMAN_AGENT, 7 days where Meta has approved it); a bot's never may.
    """
    since = conversation.last_inbound_at
    if since is None:
        return "The customer has not written yet: Instagram takes answers only."
    if conversation.may_answer(now):
        return ""
    if not (person and settings.HUMAN_AGENT):
        return "More than 24 hours have passed since the customer wrote."
    if now >= since + HUMAN_AGENT_WINDOW - WINDOW_MARGIN:
        return "More than 7 days have passed since the customer wrote."
    return ""
