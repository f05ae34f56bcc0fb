"""Turns rows into what staff read: chips for lists and headers, bubbles for a conversation."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conversations.models import Account, Attempt, Conversation, Message, Origin, State, Verdict

SHOWN = 200  # messages on one page of a conversation
SOON = timedelta(hours=2)  # a window that closes within this time deserves a look
EXCERPT = 80  # characters of a message in the list

# Kinds that are a message of their own, though they carry neither text nor attachment. Any other
# kind without either says something about another message: a line, not a bubble.
_EMPTY_MESSAGES = {"text", "quick_reply", "postback", "unsupported", "empty message"}
_TAPS = {"quick_reply": "tapped an answer", "postback": "tapped a button"}
_ICONS = {
    Origin.CUSTOMER: "person",
    Origin.BOT: "smart_toy",
    Origin.STAFF: "support_agent",
    Origin.APP: "smartphone",
}
_VERDICT_TONES = {
    Verdict.UNDECIDED: "info",
    Verdict.ANSWERED: "good",
    Verdict.NO_ANSWER: "warn",
    Verdict.PAUSED: "calm",
    Verdict.TOO_OLD: "warn",
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
    """A few words on a coloured ground. tone: good, info, warn, bad, calm."""

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


def account_chip(account: Account, now: datetime) -> Chip:
    if account.paused_until is None or account.paused_until <= now:
        return Chip("works", "good", "Nothing holds messages back.")
    until = clock(account.paused_until, now)
    broken = account.pause == Account.Pause.BROKEN
    return Chip(f"rests until {until}", "bad" if broken else "warn", account.pause_reason)


def window_chip(conversation: Conversation, now: datetime) -> Chip:
    closes = conversation.window_open_until()
    if closes is None:
        return Chip("never wrote", "calm", "Instagram takes answers after the customer wrote.")
    title = f"Instagram takes answers until {clock(closes, now)}."
    if closes <= now:
        return Chip("closed", "calm", f"Instagram took answers until {clock(closes, now)}.")
    if closes - now < SOON:
        return Chip(f"closes in {span(closes - now)}", "warn", title)
    return Chip(f"open for {span(closes - now)}", "good", title)


def bot_chips(conversation: Conversation, now: datetime) -> list[Chip]:
    """Tell who looks after the customer: a person is asked for, the bot is paused, or the bot."""
    chips = []
    if conversation.needs_person:
        chips.append(Chip("needs a person", "bad"))
    if conversation.bot_is_paused(now) and conversation.bot_paused_until:
        until = clock(conversation.bot_paused_until, now)
        chips.append(Chip(f"paused until {until}", "warn", f"by {conversation.bot_paused_by}"))
    return chips or [Chip("bot answers", "good")]


def excerpt(message: Message) -> str:
    """Return the beginning of a message on one line, or its kind where it has no text."""
    text = " ".join(message.text[: EXCERPT * 4].split()) or f"[{message.kind}]"
    return text if len(text) <= EXCERPT else f"{text[:EXCERPT].rstrip()}…"


def icon(message: Message) -> str:
    return _ICONS[Origin(message.origin)]


@dataclass(slots=True)
class Entry:
    """One row of the thread, with what the template asks about it."""

    message: Message
    day: date | None = None  # where a new day begins
    rule: int | None = None  # that answered this question
    part: str = ""  # "1 of 2" of a long answer
    waits: str = ""  # why a queued message has not left
    attempts: Sequence[Attempt] = field(default_factory=list)

    @property
    def is_line(self) -> bool:
        message = self.message
        bare = not message.text and not message.attachments
        return bare and message.kind not in _EMPTY_MESSAGES

    @property
    def is_customer(self) -> bool:
        return self.message.origin == Origin.CUSTOMER

    @property
    def icon(self) -> str:
        return icon(self.message)

    @property
    def label(self) -> str:
        """Return what the text alone does not say: the raw types of attachments, or a tap."""
        types = [str(one.get("type", "attachment")) for one in self.message.attachments]
        if types:
            return ", ".join(types)
        kind = self.message.kind
        return _TAPS.get(kind, "" if kind == "text" else kind)

    @property
    def chip(self) -> Chip:
        message = self.message
        if message.verdict:
            verdict = Verdict(message.verdict)
            return Chip(str(verdict.label), _VERDICT_TONES[verdict])
        state = State(message.state)
        return Chip(str(state.label), _STATE_TONES[state])

    @property
    def sentence(self) -> str:
        """Return why: the verdict's reason, what went wrong, or what a queued message waits for."""
        message = self.message
        said = message.reason if message.verdict else self.waits or message.error
        return "" if said.rstrip(".") == self.chip.text else said  # once is enough

    @property
    def tone(self) -> str:
        return self.chip.tone


@dataclass(frozen=True, slots=True)
class Thread:
    entries: list[Entry]
    older: int | None  # the message before which there is more
    is_newest: bool


def read(conversation: Conversation, before: str, now: datetime) -> Thread:
    """Read one page of a conversation in four queries, however long it is.

    `before` is the id of a message, as the page's address gives it; nonsense means: the newest.
    """
    rows = conversation.messages.order_by("-at", "-pk")
    anchor = _anchor(conversation, before)
    if anchor:
        at, pk = anchor
        rows = rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk))
    page = list(rows.prefetch_related("attempts")[: SHOWN + 1])
    more = len(page) > SHOWN
    page = page[:SHOWN][::-1]
    entries = _entries(page, conversation.account, now)
    return Thread(entries, page[0].pk if more else None, anchor is None)


def _anchor(conversation: Conversation, before: str) -> tuple[datetime, int] | None:
    if not (before.isascii() and before.isdecimal() and len(before) < 19):  # noqa: PLR2004 - digits that a bigint surely holds
        return None
    return conversation.messages.filter(pk=int(before)).values_list("at", "pk").first()


def _entries(page: Sequence[Message], account: Account, now: datetime) -> list[Entry]:
    rules, parts = _answers(page)
    entries = []
    day: date | None = None
    held = False  # an unconfirmed send is further up
    for message in page:
        today = timezone.localtime(message.at).date()
        entry = Entry(message, rule=rules.get(message.pk), attempts=list(message.attempts.all()))
        entry.day, day = (today if today != day else None), today
        total = parts[message.in_reply_to_id] if message.origin == Origin.BOT else 0
        entry.part = f"part {message.position + 1} of {total}" if total > 1 else ""
        if message.state == State.QUEUED:
            entry.waits = _waits(message, account, now, held=held)
        held = held or message.state == State.UNKNOWN
        entries.append(entry)
    return entries


def _answers(page: Iterable[Message]) -> tuple[dict[int, int], Counter[int | None]]:
    """Return which rule answered each question, and in how many parts."""
    questions = {message.pk for message in page if message.origin == Origin.CUSTOMER}
    questions |= {message.in_reply_to_id for message in page if message.in_reply_to_id}
    # The origin is said so that the index one_answer serves it.
    answers = Message.objects.filter(origin=Origin.BOT, in_reply_to__in=questions)
    rows = list(answers.values_list("in_reply_to", "rule"))
    return (
        {question: rule for question, rule in rows if question and rule},
        Counter(question for question, _ in rows),
    )


def _waits(message: Message, account: Account, now: datetime, *, held: bool) -> str:
    if account.paused_until and account.paused_until > now:
        reason = account.pause_reason or account.get_pause_display()
        return f"All sending rests until {clock(account.paused_until, now)}. {reason}"
    if message.not_before and message.not_before > now:
        again = date_format(timezone.localtime(message.not_before), "H:i:s")
        return f"The next try is at {again}. {message.error}"
    if held:
        return "It waits until the unconfirmed message before it is settled."
    return "Its turn comes in a moment."
