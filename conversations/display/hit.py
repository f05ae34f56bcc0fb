"""Where a search found its words: a line of the message or note, with the words marked."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from backoffice.counts import counted
from backoffice.words import Words
from conversations.models import Message, Note
from conversations.search import Hit

LINE = 160  # characters
BEFORE = 12  # of them before the first word that was found, at most: a row is not wide


@dataclass(frozen=True, slots=True)
class Found:
    """What staff read of a hit, and where it leads."""

    words: Words
    line: str = ""  # empty: the customer is who was looked for
    by: str = ""  # who wrote it
    messages: int = 0  # how many of the conversation have the words
    message: int | None = None
    note: int | None = None

    @property
    def others(self) -> str:
        """Say how many more messages of the conversation have the words."""
        others = self.messages - bool(self.message)
        if not others:
            return ""
        return f"+{counted(others, 'message')}"

    @property
    def place(self) -> dict[str, int]:
        """Return what the address of the thread says, so that its page has it."""
        if self.message:
            return {"at": self.message}
        return {"note": self.note} if self.note else {}

    @property
    def anchor(self) -> str:
        if self.message:
            return f"message-{self.message}"
        return f"note-{self.note}" if self.note else ""

    def mark(self, text: str) -> SafeString:
        """Return a name with the words marked that are in it."""
        return mark(self.words, text)


def read(words: Words, hits: Mapping[int, Hit]) -> dict[int, Found]:
    """Read what was found in each conversation, two queries for all: a message before a note."""
    messages = Message.objects.only("text", "origin", "unsent_at").in_bulk(
        [hit.message for hit in hits.values() if hit.message]
    )
    notes = Note.objects.only("text", "by").in_bulk(
        [hit.note for hit in hits.values() if hit.note and not hit.message]
    )
    return {
        pk: _found(words, hit, messages.get(hit.message or 0), notes.get(hit.note or 0))
        for pk, hit in hits.items()
    }


def _found(words: Words, hit: Hit, message: Message | None, note: Note | None) -> Found:
    if message:
        by, line = message.get_origin_display(), excerpt(words, message.text)
        return Found(words, line, by, messages=hit.messages, message=message.pk)
    if note:
        return Found(words, excerpt(words, note.text), f"Note by {note.by}", note=note.pk)
    return Found(words)


def excerpt(words: Words, text: str) -> SafeString:
    """Return a part of a text on one line, with what was found in it, marked and escaped."""
    pieces = words.mark(" ".join(text.split()))
    before = len(pieces[0][0]) if pieces and not pieces[0][1] and len(pieces) > 1 else 0
    start = max(before - BEFORE, 0)
    if start:
        cut = pieces[0][0][start:]
        pieces[0] = (f"…{cut.partition(' ')[2] or cut}", False)
    return _html(pieces, LINE)


def mark(words: Words, text: str) -> SafeString:
    return _html(words.mark(text), len(text))


def _html(pieces: list[tuple[str, bool]], most: int) -> SafeString:
    html, left = [], most
    for piece, found in pieces:
        shown = escape(piece[:left])
        html.append(f"<mark>{shown}</mark>" if found else shown)
        left -= len(piece)
        if left <= 0:
            break
    return mark_safe("".join(html) + ("…" if left < 0 else ""))  # noqa: S308 - each is escaped
