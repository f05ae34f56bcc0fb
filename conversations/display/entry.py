"""One row of a thread, with what a page asks about it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from django.utils import timezone
from django.utils.safestring import SafeString

from backoffice import ages, people
from backoffice.chips import Chip
from conversations.display import names
from conversations.display.bubble import Shown, read_card
from conversations.display.chips import fate_chip, is_being_checked
from conversations.display.explanation import Why, explain
from conversations.display.media import Media, is_expired, link
from conversations.display.text import clickable
from conversations.models import (
    COMMENT,
    FOUND,
    UNANSWERED,
    Message,
    Origin,
    State,
    Verdict,
)
from conversations.outbox import MAY_BE_CANCELLED, MAY_BE_RESENT
from instagram import content
from instagram.content import Card, Content
from instagram.links import find_elements, find_link, find_links

# What a message is about, and what Meta's own reading of its text found: no media of the message.
NO_MEDIA = ("story", "media", "nlp")
SENDING = "Sending…"
RULE_WORDS = 200  # characters of a question that a new rule begins with: they go into an address


@dataclass
class Entry(Shown):
    """One row of the thread, with what the template asks about it."""

    message: Message
    now: datetime = field(default_factory=timezone.now)
    day: date | None = None  # where a new day begins
    came: str = ""  # how the customer came, right before this
    came_earlier: bool = False  # on a day before this one's
    continues: bool = False  # the same one goes on: it need not be said again who
    rule: int | None = None  # that answered this question
    part: str = ""  # "1 of 2" of a long answer
    waits: str = ""  # why a message has not left
    may_hurry: bool = False  # staff may have it go now
    is_held: bool = False  # nothing of the account goes
    too_late: str = ""  # why Instagram takes it no more
    quoted: str = ""  # the beginning of the message that this one replies to
    is_marked: bool = False  # somebody looks for it
    # Of equal notes in a row the last is said, with how many there are; 0: it is said further down.
    times: int = 1
    since: datetime | None = None  # the first of so many equal lines
    absorbed: Sequence[int] = ()  # the messages of those lines

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
    def may_be_automatic(self) -> bool:
        """Tell whether it counts as a person's word, which staff may say that it is not."""
        return self.is_app and not self.message.reason and self.message.unsent_at is None

    @property
    def may_go_again(self) -> bool:
        """Tell whether sending it now, or again, can do something."""
        if self.is_app or self.message.state not in MAY_BE_RESENT or self.too_late:
            return False
        return self.message.state != State.QUEUED or self.may_hurry

    @property
    def may_be_stopped(self) -> bool:
        return self.message.state in MAY_BE_CANCELLED and not self.is_app

    @property
    def why_not_again(self) -> str:
        """Return why it cannot be resent, unless that is what went wrong anyway."""
        is_open = self.message.state in (State.FAILED, State.UNKNOWN, State.CANCELLED)
        known = self.too_late.rstrip(".") in self.message.error
        return self.too_late if is_open and not self.is_app and not known else ""

    @property
    def by_staff(self) -> str:
        """Return who wrote it, or had it resent."""
        by = people.called(self.message.staff)
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
        if self.message.kind == COMMENT:
            return names.comment(self.message.about)
        is_shown = self.media or self.cards or self.message.content
        return "" if is_shown else names.title(self.message.kind)

    @property
    def post(self) -> str:
        """Return the link to the post that a comment is on, where Meta gives one."""
        return link(find_link({"media": self.message.about.get("media")}))

    @property
    def at(self) -> SafeString:
        return ages.at(self.message.at)

    @property
    def began(self) -> SafeString:
        """Return when the first of equal lines was."""
        return ages.at(self.since or self.message.at)

    @property
    def sent(self) -> SafeString | str:
        message = self.message
        return ages.at(message.sent_at) if message.state == State.SENT and message.sent_at else ""

    @property
    def seen(self) -> SafeString | str:
        return ages.at(self.message.seen_at) if self.message.seen_at else ""

    @property
    def words(self) -> SafeString:
        """Return the text, safe for a page."""
        return clickable(self.message.text)

    @cached_property
    def said(self) -> Content:  # type: ignore[override]  # read when it is asked for
        """Return what we sent, or are to send."""
        return content.read(self.message.kind, self.message.text, self.message.content)

    @property
    def event(self) -> str:
        """Return the words of a line."""
        return names.EVENTS.get(self.message.kind, self.message.kind)

    @cached_property
    def cards(self) -> Sequence[Card]:
        """Return cards that we sent, and cards and products that came."""
        elements = (one for sent in self._attachments() for one in find_elements(sent))
        received = [card for card in map(read_card, elements) if card != Card("")]
        return [*super().cards, *received]

    @cached_property
    def media(self) -> list[Media]:
        """Return what came beside the text, with Meta's links, which die after some time."""
        sent = [one for attachment in self._attachments() for one in self._media_of(attachment)]
        story = self.message.about.get("story")
        replied = [self._medium("story_reply", find_link(story))] if story else []
        return [*sent, *super().media, *replied, *self._elsewhere(sent)]

    def _attachments(self) -> list[dict[str, object]]:
        return [one for one in self.message.attachments if isinstance(one, dict)]

    def _media_of(self, attachment: dict[str, object]) -> list[Media]:
        kind = str(attachment.get("type", "attachment"))
        links = find_links(attachment)
        if not links and find_elements(attachment):
            return []  # it is shown as cards
        return [self._medium(kind, url) for url in links or [""]]

    def _medium(self, kind: str, url: str) -> Media:
        return Media(kind, link(url), is_expired(kind, url, self.message.at, self.now))

    def _elsewhere(self, found: list[Media]) -> Iterator[Media]:
        """Find links in what Meta says of a message beside its attachments."""
        known = {"", *(one.url for one in found)}
        for name, said in self.message.about.items():
            urls = () if name in NO_MEDIA else find_links({name: said})
            for url in urls:
                if url not in known:
                    known.add(url)
                    yield self._medium(name, url)

    @property
    def edited(self) -> str:
        edits = self.message.edits
        return "" if not edits else "Edited" if edits == 1 else f"Edited {edits} times"

    @property
    def before(self) -> str:
        """Return what an edited message said before, if that is known and another text."""
        message = self.message
        before = "" if message.unsent_at else message.text_before
        return "" if before == message.text else before

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
    def fate(self) -> str:
        """Return in a few words what became of it; empty: the sentence says that."""
        message = self.message
        if self.unsent or self.waits or message.state in (State.SENDING, State.UNKNOWN):
            return ""
        if message.verdict == Verdict.KEPT and message.reason:
            return ""  # it says so itself
        chip = self.chip.text
        said = self.sentence.casefold()
        if said.startswith((chip.casefold(), "not confirmed")):
            return ""
        return "Not delivered" if message.state == State.FAILED else chip

    @property
    def sentence(self) -> str:
        """Return why: the reason given, what went wrong, or what a queued message waits for."""
        message = self.message
        if message.state == State.UNKNOWN:
            return self._unconfirmed()
        if message.state == State.SENDING:
            return SENDING
        said = self.waits or names.sentence(message.error or message.reason)
        return "" if said.rstrip(".") in (self.chip.text, self.unsent) else said  # once is enough

    @property
    def found(self) -> str:
        """Return that no webhook told of it, unless the sentence says so."""
        return FOUND if self.message.found_at and self.message.reason != FOUND else ""

    def _unconfirmed(self) -> str:
        if is_being_checked(self.message, self.now):
            return "Not confirmed yet. We're checking whether it was delivered."
        return "Not confirmed. We couldn't find out whether it was delivered."

    @cached_property
    def why(self) -> Why | None:
        return explain(self.message.why)

    @property
    def tone(self) -> str:
        """Return how loud it is said: calm but for what somebody may have to look at."""
        message = self.message
        if message.state == State.QUEUED:
            return "warn" if self.is_held else "calm"
        is_quiet = self.chip.tone in ("good", "info") or message.verdict == Verdict.KEPT
        return "calm" if is_quiet else self.chip.tone

    @property
    def is_pale(self) -> bool:
        """Tell whether the customer has never got it."""
        return self.message.state == State.CANCELLED

    @property
    def alike(self) -> tuple[object, ...]:
        """Return what must be equal in a row to be said once: a line, or what is below a bubble.

        What has something to click, or is looked for, stands alone.
        """
        message = self.message
        if self.is_line:
            return self.origin, self.event, self.chip.text
        apart = self.may_go_again or self.may_be_stopped or self.is_marked
        seen = message.seen_at is not None
        said = (self.fate, self.sentence, self.found, seen, message.edits and message.pk)
        return (message.pk if apart else None, message.origin, message.staff, *said)
