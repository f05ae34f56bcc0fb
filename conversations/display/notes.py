"""Internal notes between the messages of a thread."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from backoffice import ages, people
from conversations.display.entry import Entry
from conversations.display.thread import Thread
from conversations.models import Conversation, Note

MOST_NOTES = 200  # beside the messages of one page
_MENTION = re.compile(r"(?<![\w@.+-])@[\w.@+-]*\w")


@dataclass
class NoteRow:
    """A note as it stands in a thread; is_own: the reader wrote it, and may delete it."""

    note: Note
    is_own: bool
    day: date | None = None  # where a new day begins
    is_note = True  # the rows beside it are messages

    @property
    def at(self) -> SafeString:
        return ages.at(self.note.at)

    @property
    def text(self) -> SafeString:
        """Return the text, escaped, with whom it mentions marked, by the names of these pages."""
        pieces, done = [], 0
        for name in _MENTION.finditer(self.note.text):
            pieces += [
                escape(self.note.text[done : name.start()]),
                f"<b>@{escape(people.called(name[0][1:]))}</b>",
            ]
            done = name.end()
        return mark_safe("".join([*pieces, escape(self.note.text[done:])]))  # noqa: S308 - escaped


def interleave(
    conversation: Conversation, thread: Thread, reader: int | None
) -> Sequence[Entry | NoteRow]:
    """Return the messages of a page with the notes of the same time between them."""
    notes = _read(conversation, thread)
    if not notes:
        return thread.entries
    rows: list[Entry | NoteRow] = [
        *thread.entries,
        *(NoteRow(note, note.writer_id is not None and note.writer_id == reader) for note in notes),
    ]
    rows.sort(key=_said_at)
    _mark_days(rows)
    return rows


def _read(conversation: Conversation, thread: Thread) -> list[Note]:
    """Return the notes from the first message of the page up to the first one after it."""
    notes = Note.objects.filter(conversation=conversation)
    if thread.entries and thread.older is not None:
        notes = notes.filter(at__gte=thread.entries[0].message.at)
    if thread.entries and not thread.is_newest:
        later = conversation.messages.filter(at__gt=thread.entries[-1].message.at)
        ends = later.order_by("at").values_list("at", flat=True).first()
        notes = notes.filter(at__lt=ends) if ends else notes
    return list(notes.order_by("-at", "-pk")[:MOST_NOTES])[::-1]


def _mark_days(rows: Sequence[Entry | NoteRow]) -> None:
    before: date | None = None
    is_after_note = False
    for row in rows:
        day = timezone.localtime(_said_at(row)).date()
        row.day, before = (day if day != before else None), day
        if isinstance(row, NoteRow):
            is_after_note = True
        elif is_after_note:
            row.continues = is_after_note = False  # who writes is said again


def _said_at(row: Entry | NoteRow) -> datetime:
    return row.note.at if isinstance(row, NoteRow) else row.message.at
