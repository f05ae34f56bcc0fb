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
SELECT paused_until > %s, EXISTS (
    SELECT 1 FROM conversations_message WHERE conversation_id = %s AND state = 'undecided'), (
    SELECT COUNT(*) FROM conversations_message WHERE conversation_id = %s AND at > %s
        AND origin = 'bot' AND state IN ('sending', 'sent', 'unknown')), EXISTS (
    SELECT 1 FROM conversations_message WHERE conversation_id = %s AND at > %s AND called_at > %s)
FROM conversations_account WHERE id = %s"""
LOOP_PAUSE_HOURS = 12  # where a person's answer pauses nothing


@dataclass(frozen=True, slots=True)
class Seen:
    """What stands at the gate: the account's pause, an echo that may be a person's, a loop, haste.

    said_lately: how many messages of the bot; too_soon: the conversation's own rate is used up.
    """

    account_rests: bool
    undecided_echo: bool
    said_lately: int
    too_soon: bool


def look(conversation: Conversation, now: datetime) -> Seen:
    """Read it in one statement."""
    lately = now - timedelta(minutes=tuning.get("loop_minutes"))
    pk = conversation.pk
    just_now = now - least_gap()
    found = sql.fetch(GATE, now, pk, pk, lately, pk, lately, just_now, conversation.account_id)
    assert found is not None
    return Seen(bool(found[0]), bool(found[1]), found[2], bool(found[3]))


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
    if conversation.may_answer(now) or may_answer_late(conversation, message, now):
        return None
    return State.FAILED, "More than 24 hours have passed since the customer wrote."


def may_answer_late(conversation: Conversation, message: Message, now: datetime) -> bool:
    """Tell whether a person's own reply may still go (HUMAN_AGENT, 7 days); a bot's never may."""
    since = conversation.last_inbound_at
    if not settings.HUMAN_AGENT or message.origin != Origin.STAFF or since is None:
        return False
    return now < since + HUMAN_AGENT_WINDOW - WINDOW_MARGIN
