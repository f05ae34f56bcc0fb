"""May this message go now? Asked once more right before the call, inside its transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings

from conversations import sql, tuning
from conversations.models import (
    TO_COMMENTS,
    Conversation,
    Message,
    Origin,
    State,
)
from instagram.limits import HUMAN_AGENT_WINDOW, PRIVATE_REPLY_WINDOW, WINDOW_MARGIN

log = structlog.get_logger("gate")

GATE = """
SELECT next_send_at, paused_until, pause, EXISTS (
    SELECT 1 FROM conversations_message WHERE conversation_id = %s AND state = 'undecided'), (
    SELECT COUNT(*) FROM conversations_message WHERE conversation_id = %s AND at > %s
        AND origin = 'bot' AND state IN ('sending', 'sent', 'unknown')), (
    SELECT MAX(called_at) FROM conversations_message WHERE conversation_id = %s AND at > %s)
FROM conversations_account WHERE id = %s"""
LOCKED = f"{GATE} FOR UPDATE OF conversations_account"
SLOT = "UPDATE conversations_account SET next_send_at = %s WHERE id = %s"
LOOP_PAUSE_HOURS = 12  # where a person's answer pauses nothing


@dataclass(frozen=True, slots=True)
class Seen:
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


def look(conversation: Conversation, now: datetime, *, lock: bool) -> Seen:
    """Read it in one statement. lock: nobody else takes a send slot until the commit."""
    lately = now - timedelta(minutes=tuning.get("loop_minutes"))
    pk, account = conversation.pk, conversation.account_id
    statement = LOCKED if lock else GATE
    found = sql.fetch(statement, pk, pk, lately, pk, lately, account)
    assert found is not None
    next_send_at, paused_until, pause, undecided, said, last_call = found
    moment = sql.moment
    return Seen(
        moment(next_send_at), moment(paused_until), pause, bool(undecided), said, moment(last_call)
    )


def take_slot(account_id: int, seen: Seen, now: datetime, rate: float) -> datetime:
    """Reserve the account's next moment to send and return it: `rate` of them a second.

    The account is locked since it was looked at; given back when the transaction is rolled back.
    """
    slot = max(seen.next_send_at or now, now)
    sql.change(SLOT, slot + timedelta(seconds=1 / rate), account_id)
    return slot


def least_gap() -> timedelta:
    """Return the time between two messages to one customer."""
    rate = tuning.get("conversation_rate")
    return timedelta(seconds=1 / rate if rate else 0)


def break_loop(conversation: Conversation, message: Message, said: int, now: datetime) -> None:
    """Two bots may answer each other for ever: pause ours after so many, and ask for a person."""
    most = int(tuning.get("loop_messages"))
    if not most or said < most or message.staff or conversation.bot_is_paused(now):
        return
    minutes = tuning.get("loop_minutes")
    hours = tuning.get("pause_hours") or LOOP_PAUSE_HOURS
    conversation.bot_paused_until = now + timedelta(hours=hours)
    conversation.bot_paused_by = f"the loop breaker (more than {most} messages in {minutes:g} min)"
    Conversation.objects.filter(pk=conversation.pk).update(
        bot_paused_until=conversation.bot_paused_until,
        bot_paused_by=conversation.bot_paused_by,
        needs_person=True,
    )
    log.warning("loop_broken", conversation=conversation.pk, messages=said)


def refusal(
    conversation: Conversation, message: Message, now: datetime
) -> tuple[State, str] | None:
    """Return why this may not go at all, and the state it ends in."""
    by_bot = not message.staff  # staff may have the bot's own message sent again
    if by_bot and conversation.bot_is_paused(now):
        return State.CANCELLED, f"The bot was paused by {conversation.bot_paused_by}."
    if message.kind in TO_COMMENTS:
        commented = message.in_reply_to.at if message.in_reply_to else now
        if now >= commented + PRIVATE_REPLY_WINDOW - WINDOW_MARGIN:
            return State.FAILED, "More than 7 days have passed since the comment."
        return None
    if by_bot and conversation.other_app_at:
        return State.CANCELLED, "Another app answers in this conversation."
    closed = why_closed(conversation, now, person=message.origin == Origin.STAFF)
    return (State.FAILED, closed) if closed else None


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
