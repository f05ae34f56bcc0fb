"""Internal notes: written, deleted by their writer, and the colleagues whom they mention."""

import re
from datetime import datetime

import structlog
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Count

from backoffice import people
from conversations.composer import colleagues
from conversations.models import Conversation, Mention, Note

log = structlog.get_logger("notes")

MAX_NOTE = 10_000  # characters
# What follows an @ that begins a word; Django's user names have @ . + - _, too.
_MENTIONED = re.compile(r"(?<![\w@.+-])@([\w.@+-]+)")


class NoteError(ValueError):
    """This note cannot be written; the text says why."""


def write(conversation_id: int, writer: User, text: str, token: str, now: datetime) -> Note | None:
    """Write a note and tell the colleagues whom it mentions; None: this form has written it."""
    text = text.strip()
    if not text:
        raise NoteError("Write something first.")
    if len(text) > MAX_NOTE:
        raise NoteError(f"A note can have {MAX_NOTE:,} characters; this one has {len(text):,}.")
    try:
        with transaction.atomic():
            Conversation.objects.raise_version(conversation_id)
            note = Note.objects.create(
                conversation_id=conversation_id, writer=writer, text=text, token=token or None,
                by=people.call(writer), at=now,
            )  # fmt: skip
            told = [one for one in mentioned(text, note) if one.pk != writer.pk]
            Mention.objects.bulk_create(Mention(note=note, user=one) for one in told)
    except IntegrityError:
        if token and Note.objects.filter(token=token).exists():
            return None
        raise
    log.info("note_written", conversation=conversation_id, mentions=len(told))
    return note


def mentioned(text: str, note: Note) -> list[User]:
    """Return the colleagues whose user names stand behind an @, in whatever capitals.

    Those who may not see the note's conversation are told nothing.
    """
    names = {name.lower() for found in _MENTIONED.findall(text) for name in _spellings(found)}
    if not names:
        return []
    readers = colleagues.readers(note.conversation.account_id)
    return [user for user in readers if user.get_username().lower() in names]


def _spellings(found: str) -> list[str]:
    """A name at the end of a sentence may have its full stop behind it."""
    return [found, found.rstrip(".-+@")]


def delete(note_id: int, writer: User) -> Note | None:
    """Delete one's own note; None: it is not there, or somebody else's."""
    note = Note.objects.filter(pk=note_id, writer=writer).first()
    if note is None:
        return None
    with transaction.atomic():
        Conversation.objects.raise_version(note.conversation_id)
        Note.objects.filter(pk=note_id).delete()
    return note


def see(conversation: Conversation, user_id: int, now: datetime) -> None:
    """Somebody has opened the conversation: the notes in it that mention them are seen."""
    unseen = Mention.objects.filter(user=user_id, seen_at=None, note__conversation=conversation)
    found = list(unseen.values_list("pk", flat=True))
    if found:
        Mention.objects.filter(pk__in=found).update(seen_at=now)


def see_note(note_id: int, user_id: int, now: datetime) -> None:
    """Somebody has gone to the note itself."""
    Mention.objects.filter(note=note_id, user=user_id, seen_at=None).update(seen_at=now)


def find_unseen(conversation: Conversation, user_id: int) -> set[int]:
    """Return the notes of a conversation that mention somebody who has not seen it yet."""
    unseen = Mention.objects.filter(user=user_id, seen_at=None, note__conversation=conversation)
    return set(unseen.values_list("note", flat=True))


def unseen(user_id: int) -> int:
    """Count the mentions that somebody has not seen; served by the index mention_unseen."""
    return Mention.objects.filter(user=user_id, seen_at=None).count()


def count_unseen() -> dict[int, int]:
    """Count the same for everybody who has some; served by the same index."""
    rows = Mention.objects.filter(seen_at=None).order_by().values("user")
    return dict(rows.annotate(count=Count("pk")).values_list("user", "count"))
