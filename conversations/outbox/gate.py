"""May this message go now? Asked once more right before the call, inside its transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings

from conversations import bot_pause, opt_out, waiting
from conversations.account import identity
from conversations.account import pause as account_pause
from conversations.models import (
    ANOTHER_APP,
    ERASED,
    PUBLIC_REPLY,
    STOPPED,
    TO_COMMENTS,
    Account,
    Conversation,
    Message,
    Origin,
    State,
    why_off,
)
from conversations.models.account import AtGate
from conversations.outbox import comparison
from instagram.limits import HUMAN_AGENT_WINDOW, PRIVATE_REPLY_WINDOW, WINDOW_MARGIN
from shop import tuning
from workqueue.leases import YOUNG

log = structlog.get_logger("gate")

HELD_FOR = timedelta(days=1)  # whoever lifts the hold wakes what waits for it
COMPARED_IN = timedelta(minutes=1)  # or earlier: the comparison wakes it, too
SLOT_WAIT = timedelta(seconds=1)  # a slot so near is waited for, a later one is come back to


def hesitation() -> timedelta:
    """Return how long after its slot a call may begin, so that it ends before its lease does."""
    connect, read = settings.GRAPH_TIMEOUT
    # Bytes may drip in until the deadline, and the last wait for them takes one read more.
    call = timedelta(seconds=max(settings.GRAPH_DEADLINE, connect) + read)
    return settings.LEASE - YOUNG - SLOT_WAIT - call


@dataclass(frozen=True, slots=True)
class Pass:
    """It may go at this moment. goes_first: it shows whether the account works again.

    human_agent: it needs the tag by which a person may still answer when the window has closed.
    """

    slot: datetime
    goes_first: bool
    human_agent: bool = False


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
    account = conversation.account_id
    rate, lately = account_pause.rate(account), now - timedelta(minutes=tuning.get("loop_minutes"))
    seen = Account.objects.at_gate(account, conversation.pk, lately, lock=bool(rate))
    if silenced := _silenced(seen, message):
        return silenced
    if wait := _wait(seen, message, now):
        return Held(wait)
    _break_loop(conversation, message, seen.said_lately, now)
    if refused := _refusal(conversation, message, now):
        return _held_too_long(conversation, seen.pause, refused, now)
    slot = max(seen.next_send_at or now, now) if rate else now
    if comparison.is_due(message, seen.restored_at, now):
        slot = now + COMPARED_IN
    if slot > now + SLOT_WAIT:
        return Held(slot)
    if seen.pause and not account_pause.may_go_first(account, now):
        return Held(account_pause.ends_at(account) or now)  # another one goes first
    if rate:
        Account.objects.take_slot(account, slot + timedelta(seconds=1 / rate))
    tagged = _is_by_person(message) and not conversation.may_answer(now)
    return Pass(slot, goes_first=bool(seen.pause), human_agent=tagged)


def _is_by_person(message: Message) -> bool:
    """Tell whether a person wrote it as a direct message; the bot's own stays the bot's."""
    return message.origin == Origin.STAFF and message.kind not in TO_COMMENTS


def _silenced(seen: AtGate, message: Message) -> Refused | None:
    """Refuse what an account that is not active would say, and the bot while it is switched off.

    Nor is sent what the bot wrote before it was switched off.
    """
    if message.staff:
        return None if seen.active else Refused(State.FAILED, STOPPED)
    if not seen.active:
        return Refused(State.CANCELLED, STOPPED)
    if seen.bot_off_by:
        return Refused(State.CANCELLED, why_off(seen.bot_off_by))
    if seen.bot_off_at is not None and message.created_at <= seen.bot_off_at:
        return Refused(State.CANCELLED, "The bot was switched off before this was sent.")
    return None


def _wait(seen: AtGate, message: Message, now: datetime) -> datetime | None:
    """Return when to ask again: a hold, a pause, an echo or the customer's own rate."""
    if seen.sending_held:
        return now + HELD_FOR
    if seen.account_is_paused(now):
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
    bot_pause.pause_by_loop_breaker(conversation, now)
    waiting.flag(conversation.pk, now)
    log.warning("loop_broken", conversation=conversation.pk, messages=said)


def _refusal(conversation: Conversation, message: Message, now: datetime) -> Refused | None:
    if conversation.customer_id.startswith(ERASED):
        return Refused(State.CANCELLED, "The customer is being erased.")
    by_bot = not message.staff  # staff may have the bot's own message sent again
    if by_bot and conversation.pause_stops(message.created_at, now):
        return Refused(State.CANCELLED, conversation.why_paused())
    if by_bot and conversation.opt_out_stops(message.in_reply_to_id):
        return Refused(State.CANCELLED, opt_out.OPTED_OUT)
    if by_bot and conversation.other_app_at and message.kind not in TO_COMMENTS:
        return Refused(State.CANCELLED, ANOTHER_APP)
    late = why_too_late(conversation, message, now)
    return Refused(State.FAILED, late) if late else None


def why_too_late(conversation: Conversation, message: Message, now: datetime) -> str:
    """Return why Instagram does not take this message any more; empty: it takes it."""
    if message.kind not in TO_COMMENTS:
        return why_closed(conversation, now, person=message.origin == Origin.STAFF)
    if message.kind == PUBLIC_REPLY and message.origin == Origin.STAFF:
        return ""  # a person may answer below an old post, too
    commented = message.in_reply_to.at if message.in_reply_to else now
    too_late = now >= commented + PRIVATE_REPLY_WINDOW - WINDOW_MARGIN
    return "Comments can only be answered for 7 days." if too_late else ""


def _held_too_long(
    conversation: Conversation, pause: str, refused: Refused, now: datetime
) -> Refused:
    """What a pause held back until its window closed does not end in silence: a person is asked."""
    if not pause or refused.state != State.FAILED:
        return refused
    waiting.flag(conversation.pk, now)
    held = f"It was held back: {Account.Pause(pause).label}."
    return Refused(State.FAILED, f"{refused.why} {held}")


def why_stopped(account_id: int) -> str:
    """Return why nobody can send from this account, as known half a second ago; empty: one can."""
    return "" if identity.account(account_id).active else STOPPED


def why_closed(conversation: Conversation, now: datetime, *, person: bool) -> str:
    """Return why Instagram takes no answer now; empty: it takes one.

    person: somebody wrote it (HUMAN_AGENT, 7 days where Meta has approved it); a bot's never may.
    """
    since = conversation.last_inbound_at
    if since is None:
        return "You can only message customers who have written to you first."
    if conversation.may_answer(now):
        return ""
    if not (person and settings.HUMAN_AGENT):
        return "The 24-hour window is closed."
    if now >= since + HUMAN_AGENT_WINDOW - WINDOW_MARGIN:
        return "The 7-day window is closed."
    return ""
