"""A few words on a coloured ground, for lists and headers: window, bot, account, fate."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conversations.models import Account, Conversation, Message, State, Verdict

SOON = timedelta(hours=2)  # a window that closes within this time deserves a look
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


@dataclass(frozen=True, slots=True)
class Chip:
    """A few words on a coloured ground. tone: good, info, warn, bad, calm, label."""

    text: str
    tone: str
    title: str = ""

    @property
    def html(self) -> SafeString:
        return format_html(
            '<span class="chip chip-{}" title="{}">{}</span>', self.tone, self.title, self.text
        )


def span(length: timedelta) -> str:
    """Say a length of time in few characters: 12 min, 1 h 40, 19 h, 3 d."""
    minutes = max(int(length.total_seconds() // 60), 0)
    hours, rest = divmod(minutes, 60)
    if hours == 0:
        return f"{minutes} min"
    if hours < 2:  # noqa: PLR2004 - the minutes matter only in the last two hours
        return f"{hours} h {rest:02}"
    return f"{hours} h" if hours < 48 else f"{hours // 24} d"  # noqa: PLR2004 - two days in hours


def clock(moment: datetime, now: datetime) -> str:
    """Say when: 14:20 today, else with the day."""
    local = timezone.localtime(moment)
    today = local.date() == timezone.localtime(now).date()
    return date_format(local, "H:i" if today else "j M, H:i")


def precisely(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "Y-m-d H:i:s e")


def ago(moment: datetime, now: datetime) -> SafeString:
    """Say how long ago, and the moment itself where the pointer rests."""
    return format_html(
        '<time class="nowrap" datetime="{}" title="{}">{}</time>',
        moment.isoformat(), precisely(moment), span(now - moment),
    )  # fmt: skip


def account_chip(account: Account, now: datetime) -> Chip:
    if account.paused_until is None or account.paused_until <= now:
        return Chip("works", "good", "Nothing holds messages back.")
    until = clock(account.paused_until, now)
    broken = account.pause != Account.Pause.THROTTLED
    return Chip(f"rests until {until}", "bad" if broken else "warn", account.pause_reason)


def window_chip(conversation: Conversation, now: datetime) -> Chip:
    closes = conversation.answers_until()
    if closes is None:
        return Chip("never wrote", "calm", "Instagram takes answers after the customer wrote.")
    is_over = closes <= now
    until = f"until {clock(closes, now)}: 24 hours, less half an hour to be sure."
    title = f"Answers {'were' if is_over else 'are'} sent {until}"
    if is_over:
        return Chip("closed", "calm", title)
    if closes - now < SOON:
        return Chip(f"closes in {span(closes - now)}", "warn", title)
    return Chip(f"open for {span(closes - now)}", "good", title)


def bot_chips(conversation: Conversation, now: datetime) -> list[Chip]:
    """Tell who looks after the customer: a person is asked for, the bot is paused, or the bot."""
    chips = []
    if conversation.needs_person:
        chips.append(Chip("needs a person", "bad"))
    if conversation.other_app_at:
        at = clock(conversation.other_app_at, now)
        chips.append(
            Chip("another app answers", "warn", f"Another app owns this conversation since {at}.")
        )
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
    """Say what is wrong with a send, and whether it is still being found out."""
    if message.state != State.UNKNOWN:
        return message.error
    called = message.called_at or message.created_at
    if now < called + settings.SETTLE_FOR:
        return f"{message.error} Instabot is finding out whether it arrived.".strip()
    return f"{message.error} It could not be found out: send it again, or leave it.".strip()
