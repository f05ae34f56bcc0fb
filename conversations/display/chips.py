"""A few words on a coloured ground, for lists and headers: window, bot, account, fate."""

from datetime import datetime, timedelta

from django.conf import settings

from backoffice import people
from backoffice.ages import MINUTE, clock, precisely, span
from backoffice.chips import Chip
from conversations.models import LATE, UNANSWERED, Account, Conversation, Message, State, Verdict
from conversations.queries import CLOSES_SOON

WAITS_LONG = timedelta(hours=1)
WAITS_TOO_LONG = timedelta(hours=4)
_VERDICT_TONES = {
    Verdict.UNDECIDED: "info",
    Verdict.ANSWERED: "good",
    Verdict.TOGETHER: "good",
    Verdict.FALLBACK: "warn",
    Verdict.NO_ANSWER: "warn",
    Verdict.PAUSED: "calm",
    Verdict.OFF: "warn",
    Verdict.TOO_OLD: "warn",
    Verdict.STANDBY: "calm",
    Verdict.KEPT: "calm",
    Verdict.FAILED: "bad",
}
NOT_ANSWERED = (*UNANSWERED, *LATE, Verdict.FAILED)
_STATE_TONES = {
    State.QUEUED: "info",
    State.SENDING: "info",
    State.SENT: "good",
    State.UNKNOWN: "warn",
    State.FAILED: "bad",
    State.CANCELLED: "calm",
    State.UNDECIDED: "warn",
}


PASSING = (Account.Pause.THROTTLED, Account.Pause.UNREACHABLE)
# Of these the end is not known: they are looked at once a minute, or more often.
ASKED_OFTEN = (Account.Pause.BROKEN, Account.Pause.UNREACHABLE)
HELD = "Sending is held since a backup was restored, until somebody lifts the hold."


def account_chip(account: Account, now: datetime) -> Chip:
    if not account.active:
        return Chip("disconnected", "calm", "It keeps what customers write, and sends nothing.")
    if account.sending_held:
        return Chip("held", "bad", HELD)
    if account.paused_until is None or account.paused_until <= now:
        return Chip("active", "good", "Messages are being sent.")
    tone = "warn" if account.pause in PASSING else "bad"
    if account.pause in ASKED_OFTEN:
        return Chip("paused", tone, say_pause(account, now))
    return Chip(f"paused until {clock(account.paused_until, now)}", tone, account.pause_reason)


def written_to_chip(account: Account) -> Chip:
    return Chip(str(account), "calm", "The account that the customer wrote to.")


def bot_chip(account: Account) -> Chip:
    if account.bot_is_off:
        return Chip("off", "warn", f"Switched off by {people.called(account.bot_off_by)}.")
    return Chip("on", "good", "It answers customers by the rules.")


def say_pause(account: Account, now: datetime) -> str:
    """Say that sending is paused, why, and when it is tried again; empty while it is not."""
    if account.sending_held:
        return HELD
    if account.paused_until is None or account.paused_until <= now:
        return ""
    reason = account.pause_reason or account.get_pause_display()
    if account.pause not in ASKED_OFTEN:
        return f"Sending paused until {clock(account.paused_until, now)}. {reason}"
    since = f" since {clock(account.struck_at, now)}" if account.struck_at else ""
    return f"Sending paused{since}. {reason} We try again every minute."


def window_chip(conversation: Conversation, now: datetime, *, brief: bool = False) -> Chip:
    """Tell for how long the customer can still be answered; brief: for a row, beside its words."""
    closes = conversation.answers_until()
    if closes is None:
        return Chip(
            "no DM yet", "calm", "You can only message customers who have written to you first."
        )
    is_over = closes <= now
    verb, until = "could" if is_over else "can", clock(closes, now)
    title = f"The bot {verb} reply until {until}, half an hour before Instagram's own limit."
    if is_over:
        return Chip("closed", "calm", title)
    if closes - now < CLOSES_SOON:
        soon = span(closes - now) if closes - now >= MINUTE else "a minute"
        return Chip(f"closes in {soon}", "warn", title)
    left = span(closes - now)
    return Chip(f"{left} left" if brief else f"open for {left}", "good", title)


def waits_chip(conversation: Conversation, now: datetime) -> Chip | None:
    """Tell for how long the customer has been waiting, or until when that is put off."""
    put_off, since = conversation.back_at(now), conversation.waiting_since
    if put_off is not None:
        return Chip(f"put off until {clock(put_off, now)}", "calm", _since(since))
    if since is None:
        return None
    waits = now - since
    tone = "bad" if waits >= WAITS_TOO_LONG else "warn" if waits >= WAITS_LONG else "info"
    return Chip(f"waits {span(waits) if waits >= MINUTE else '< 1 min'}", tone, _since(since))


def _since(moment: datetime | None) -> str:
    return f"Waiting since {precisely(moment)}" if moment else ""


def bot_chips(
    conversation: Conversation, now: datetime, left: str | None = None, *, pause: bool = True
) -> list[Chip]:
    """Tell who looks after the customer: a person, another app, or the bot.

    left: what became of the customer's last message, where staff marked it as done; what nobody has
    answered is not called answered. pause: false where the pause is told beside the chips.
    """
    chips = []
    if conversation.needs_person:
        chips.append(Chip("needs a person", "bad"))
    elif left in NOT_ANSWERED and conversation.waiting_since is None:  # else the wait says it
        title = "The last message was marked as done, without an answer."
        chips.append(Chip("not answered", "warn", title))
    if conversation.other_app_at:
        at = clock(conversation.other_app_at, now)
        chips.append(Chip("handled by another app", "warn", f"Since {at}"))
    if conversation.opted_out_at:
        since = clock(conversation.opted_out_at, now)
        title = f"Since {since}: the customer wants no automatic messages."
        chips.append(Chip("opted out", "warn", title))
    if conversation.bot_is_paused(now) and not pause:
        return chips
    if conversation.is_paused_until_resumed(now):
        by = people.called(conversation.bot_paused_by)
        chips.append(Chip("bot paused", "warn", f"by {by}"))
    elif conversation.bot_is_paused(now) and conversation.bot_paused_until:
        until = clock(conversation.bot_paused_until, now)
        by = people.called(conversation.bot_paused_by)
        chips.append(Chip(f"paused until {until}", "warn", f"by {by}"))
    if not chips and conversation.waiting_since is None and _bot_may_answer(conversation, now):
        chips.append(Chip("bot answers", "good"))
    return chips


def _bot_may_answer(conversation: Conversation, now: datetime) -> bool:
    account = conversation.account
    return account.active and not account.bot_is_off and conversation.may_answer(now)


def delivery_chips(*, failed: bool, unconfirmed: bool) -> list[Chip]:
    """Tell of sends that went wrong lately."""
    chips = []
    if failed:
        chips.append(Chip("failed", "bad", "A message failed in the last 7 days."))
    if unconfirmed:
        title = "Instagram did not confirm a message in the last 7 days."
        chips.append(Chip("not confirmed", "warn", title))
    return chips


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
    if is_being_checked(message, now):
        return f"{message.error} We're checking whether it was delivered.".strip()
    return f"{message.error} We couldn't find out whether it was delivered.".strip()


def is_being_checked(message: Message, now: datetime) -> bool:
    """Tell whether it is still being found out what became of an unconfirmed send."""
    return now < (message.called_at or message.created_at) + settings.SETTLE_FOR
