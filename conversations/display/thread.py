"""Turns rows into what staff read: the bubbles and lines of one conversation."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format

from backoffice.chips import Chip
from conversations.display import names
from conversations.display.bubble import Media, Shown, link
from conversations.display.chips import fate_chip, say_pause, why_unsent
from conversations.display.explanation import Why, explain
from conversations.models import (
    TO_COMMENTS,
    UNANSWERED,
    Account,
    Attempt,
    Conversation,
    Message,
    Origin,
    State,
)
from conversations.outbox import MAY_BE_CANCELLED, MAY_BE_RESENT
from instagram import content
from instagram.content import Content
from instagram.links import find_link
from workqueue import sql

# What a message is about, and what Meta's own reading of its text found: no media of the message.
NO_MEDIA = ("story", "media", "nlp")
SHOWN = 200  # messages on one page of a conversation
RULE_WORDS = 200  # characters of a question that a new rule begins with: they go into an address


@dataclass
class Entry(Shown):
    """One row of the thread, with what the template asks about it."""

    message: Message
    day: date | None = None  # where a new day begins
    rule: int | None = None  # that answered this question
    part: str = ""  # "1 of 2" of a long answer
    waits: str = ""  # why a message has not left, or what is being found out
    quoted: str = ""  # the beginning of the message that this one replies to
    attempts: Sequence[Attempt] = field(default_factory=list)

    @property
    def is_line(self) -> bool:
        return not names.is_bubble(self.message)

    @property
    def is_customer(self) -> bool:
        return self.message.origin == Origin.CUSTOMER

    @property
    def is_app(self) -> bool:
        return self.message.origin == Origin.APP

    @property
    def may_go_again(self) -> bool:
        return self.message.state in MAY_BE_RESENT and not self.is_app

    @property
    def may_be_stopped(self) -> bool:
        return self.message.state in MAY_BE_CANCELLED and not self.is_app

    @property
    def by_staff(self) -> str:
        """Return who wrote it, or had it resent."""
        by = self.message.staff
        return by if self.message.origin == Origin.STAFF else f"resent by {by}"

    @property
    def origin(self) -> str:
        return names.origin(self.message)

    @property
    def icon(self) -> str:
        return names.icon(self.message)

    @property
    def label(self) -> str:
        """Return what the text alone does not say; what is shown beside it says it itself."""
        return "" if self.media or self.message.content else names.name(self.message.kind)

    @cached_property
    def said(self) -> Content:  # type: ignore[override]  # read when it is asked for
        """Return what we sent, or are to send."""
        return content.read(self.message.kind, self.message.text, self.message.content)

    @property
    def event(self) -> str:
        """Return the words of a line."""
        return names.EVENTS.get(self.message.kind, self.message.kind)

    @property
    def media(self) -> list[Media]:
        """Return what came beside the text, with Meta's links, which die after some time."""
        message = self.message
        found = [
            Media(str(one.get("type", "attachment")), link(find_link(one)))
            for one in message.attachments
        ]
        story = message.about.get("story")
        replied = [Media("story_reply", link(find_link(story)))] if story else []
        return [*found, *super().media, *replied, *self._elsewhere(found)]

    def _elsewhere(self, found: list[Media]) -> Iterator[Media]:
        """Find links in what Meta says of a message beside its attachments."""
        known = {"", *(one.url for one in found)}
        for name, said in self.message.about.items():
            url = "" if name in NO_MEDIA else link(find_link({name: said}))
            if url not in known:
                known.add(url)
                yield Media(name, url)

    @property
    def edited(self) -> str:
        edits = self.message.edits
        return "" if not edits else "edited" if edits == 1 else f"edited {edits} times"

    @property
    def unsent(self) -> str:
        if not self.message.unsent_at:
            return ""
        return "Unsent by the customer" if self.is_customer else "Unsent in the Instagram app"

    @property
    def unanswered(self) -> str:
        """Return on one line what no rule had an answer to; empty: one had, or nothing was said."""
        asked = self.message.verdict in UNANSWERED and not self.message.unsent_at
        return " ".join(self.message.text.split())[:RULE_WORDS] if asked else ""

    @property
    def chip(self) -> Chip:
        return fate_chip(self.message)

    @property
    def sentence(self) -> str:
        """Return why: the reason given, what went wrong, or what a queued message waits for."""
        message = self.message
        said = self.waits or message.error or message.reason
        return "" if said.rstrip(".") in (self.chip.text, self.unsent) else said  # once is enough

    @cached_property
    def why(self) -> Why | None:
        return explain(self.message.why)

    @property
    def tone(self) -> str:
        return self.chip.tone


@dataclass(frozen=True, slots=True)
class Thread:
    entries: list[Entry]
    older: int | None  # the message before which there is more
    is_newest: bool

    @property
    def seen(self) -> int:
        """Return the highest id of these messages: what came after them has not been seen."""
        return max((entry.message.pk for entry in self.entries), default=0)


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
    pk = sql.row_id(before)
    if pk is None:
        return None
    return conversation.messages.filter(pk=pk).values_list("at", "pk").first()


def _entries(page: Sequence[Message], account: Account, now: datetime) -> list[Entry]:
    rules, parts = _answers(page)
    said = {message.mid: names.excerpt(message) for message in page if message.mid}
    entries = []
    day: date | None = None
    held = False  # an unconfirmed send is further up
    for message in page:
        today = timezone.localtime(message.at).date()
        entry = Entry(message, rule=rules.get(message.pk), attempts=list(message.attempts.all()))
        entry.day, day = (today if today != day else None), today
        total = parts[message.in_reply_to_id] if message.origin == Origin.BOT else 0
        if replied := message.about.get("reply_to"):
            entry.quoted = said.get(replied, "an earlier message")
        is_part = total > 1 and message.kind not in TO_COMMENTS
        entry.part = f"part {message.position + 1} of {total}" if is_part else ""
        if message.state == State.QUEUED:
            entry.waits = _waits(message, account, now, held=held)
        elif message.state == State.UNKNOWN:
            entry.waits = why_unsent(message, now)
        held = held or message.state == State.UNKNOWN
        entries.append(entry)
    return entries


def _answers(page: Iterable[Message]) -> tuple[dict[int, int], Counter[int | None]]:
    """Return which rule answered each question, itself or with another, and in how many parts."""
    asked = {one.pk: _answered(one) for one in page if one.origin == Origin.CUSTOMER}
    questions = {*asked.values(), *(one.in_reply_to_id for one in page if one.in_reply_to_id)}
    # The origin is said so that the index one_answer serves it.
    answers = Message.objects.filter(origin=Origin.BOT, in_reply_to__in=questions)
    rows = list(answers.values_list("in_reply_to", "rule"))
    rules = {question: rule for question, rule in rows if rule}
    return (
        {pk: rules[question] for pk, question in asked.items() if question in rules},
        Counter(question for question, _ in rows),
    )


def _answered(question: Message) -> int:
    """Return the message under which its answer is."""
    why = explain(question.why)
    return why.answered_with or question.pk if why else question.pk


def _waits(message: Message, account: Account, now: datetime, *, held: bool) -> str:
    if paused := say_pause(account, now):
        return paused
    if message.not_before and message.not_before > now:
        again = date_format(timezone.localtime(message.not_before), "H:i:s")
        return f"Next attempt at {again}. {message.error}"
    if held:
        return "Waiting until we know whether the message before it was delivered."
    return "Sending…"
