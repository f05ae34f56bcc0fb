"""A few words on a coloured ground, for lists and headers: window, bot, account, fate."""

from datetime import datetime

from django.conf import settings

from backoffice.ages import clock, span
from backoffice.chips import Chip
from conversations.models import Account, Conversation, Message, State, Verdict
from conversations.queries import CLOSES_SOON

_VERDICT_TONES = {
    Verdict.UNDECIDED: "info",
    Verdict.ANSWERED: "good",
    Verdict.TOGETHER: "good",
    Verdict.FALLBACK: "warn",
    Verdict.NO_ANSWER: "warn",
    Verdict.PAUSED: "calm",
    Verdict.TOO_OLD: "warn",
    Verdict.STANDBY: "calm",
    Verdict.KEPT: "calm",
    Verdict.FAILED: "bad",
}
_STATE_TONES = {
    State.QUEUED: "info",
    State.SENDING: "info",
    State.SENT: "good",
    State.UNKNOWN: "warn",
    State.FAILED: "bad",
    State.CANCELLED: "calm",
    State.UNDECIDED: "warn",
}


def account_chip(account: Account, now: datetime) -> Chip:
    if account.paused_until is None or account.paused_until <= now:
        return Chip("active", "good", "Messages are being sent.")
    until = clock(account.paused_until, now)
    broken = account.pause != Account.Pause.THROTTLED
    return Chip(f"paused until {until}", "bad" if broken else "warn", account.pause_reason)


def window_chip(conversation: Conversation, now: datetime) -> Chip:
    closes = conversation.answers_until()
    if closes is None:
        return Chip(
            "no DM yet", "calm", "You can only message customers who have written to you first."
        )
    is_over = closes <= now
    verb, until = "could" if is_over else "may", clock(closes, now)
    title = f"The bot {verb} answer until {until}: half an hour less than Instagram allows."
    if is_over:
        return Chip("closed", "calm", title)
    if closes - now < CLOSES_SOON:
        return Chip(f"closes in {span(closes - now)}", "warn", title)
    return Chip(f"open for {span(closes - now)}", "good", title)


def bot_chips(conversation: Conversation, now: datetime) -> list[Chip]:
    """Tell who looks after the customer: a person, another app, or the bot."""
    chips = []
    if conversation.needs_person:
        chips.append(Chip("needs a person", "bad"))
    if conversation.other_app_at:
        at = clock(conversation.other_app_at, now)
        chips.append(Chip("handled by another app", "warn", f"Since {at}"))
    if conversation.opted_out_at:
        since = clock(conversation.opted_out_at, now)
        title = f"Since {since}: the customer wants no automatic messages."
        chips.append(Chip("opted out", "warn", title))
    if conversation.bot_is_paused(now) and conversation.bot_paused_until:
        until = clock(conversation.bot_paused_until, now)
        chips.append(Chip(f"paused until {until}", "warn", f"by {conversation.bot_paused_by}"))
    return chips or [Chip("bot answers", "good")]


def label_chips(conversation: Conversation) -> list[Chip]:
    return [Chip(label.name, "label", "A label") for label in conversation.labels.all()]


def fate_chip(message: Message) -> Chip:
    """Tell what became of a message: its verdict, or how far its sending is."""
    if message.verdict:
        verdict = Verdict(message.verdict)
        return Chip(str(verdict.label), _VERDICT_TONES[verdict])
    state = State(message.state)
    return Chip(str(state.label), _STATE_TONES[state])


def why_unsent(message: Message, now: datetime) -> str:
    """Say what is wrong with a send, and whether that is still being checked."""
    if message.state != State.UNKNOWN:
        return message.error
    called = message.called_at or message.created_at
    if now < called + settings.SETTLE_FOR:
        return f"{message.error} We're checking whether it was delivered.".strip()
    return f"{message.error} We couldn't find out whether it was delivered.".strip()
