"""Unsent texts, one of each kind for each person and conversation, and who is writing now.

A draft that was written down a moment ago shows colleagues that its writer is writing: the page
writes it down every few seconds while somebody types.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Q

from backoffice import people
from conversations.models import Draft, Message, Note

WRITING_FOR = timedelta(seconds=10)  # longer than the page waits between two keeps
MAX_DRAFT = 20_000  # characters; nobody sends twenty messages in one go


@dataclass(frozen=True, slots=True)
class Writer:
    """A colleague who is writing."""

    called: str
    is_note: bool


def keep(  # noqa: PLR0913 - whose, where, what
    conversation: int, user: int, kind: str, *, text: str, token: str, now: datetime
) -> bool:
    """Keep what is typed; False: it has been sent meanwhile, and is forgotten as an empty one is.

    token: of the form that it stands in, which its reply or note has, too.
    """
    sent = Note if kind == Draft.Kind.NOTE else Message
    is_sent = bool(text.strip()) and sent.objects.filter(token=token).exists()
    if is_sent or not text.strip():
        forget(conversation, user, kind)
        return not is_sent
    text = text[:MAX_DRAFT]
    whose: dict[str, Any] = {"conversation_id": conversation, "user_id": user, "kind": kind}
    # A text that stays as it is was not written now: whoever only leaves the page is not writing.
    if not Draft.objects.filter(**whose, text=text).exists():
        Draft.objects.bulk_create(  # it locks nothing but the draft
            [Draft(**whose, text=text, written_at=now)],
            update_conflicts=True,
            unique_fields=["conversation", "user", "kind"],
            update_fields=["text", "written_at"],
        )
    return True


def forget(conversation: int, user: int, kind: str) -> None:
    Draft.objects.filter(conversation=conversation, user=user, kind=kind).delete()


@dataclass(frozen=True, slots=True)
class Kept:
    """The drafts of a conversation: one's own by their kinds, and who else is writing."""

    own: dict[str, str]
    writers: list[Writer]


def read(conversation: int, user: AbstractBaseUser, now: datetime) -> Kept:
    """Read what somebody has not sent yet, and which colleagues are writing there now."""
    lately = Q(written_at__gt=now - WRITING_FOR)
    rows = Draft.objects.filter(Q(user=user.pk) | lately, conversation=conversation)
    found = list(rows.select_related("user").order_by("user", "kind"))
    return Kept(
        {row.kind: row.text for row in found if row.user_id == user.pk},
        [
            Writer(people.call(row.user), row.kind == Draft.Kind.NOTE)
            for row in found
            if row.user_id != user.pk
        ],
    )
