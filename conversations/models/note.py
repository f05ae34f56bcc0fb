"""What staff tell each other about a customer. No note is ever sent: none of it is a Message."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from conversations.models.conversation import Conversation
from conversations.models.search_text import NOT_SEARCHABLE_YET, SearchText
from conversations.models.shown import ShownManager
from instagram.limits import MAX_ID


class Note(models.Model):
    """Stands in the thread between the messages; its writer may delete it, nobody changes it."""

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="notes", db_index=False
    )
    writer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    by = models.CharField(max_length=MAX_ID)  # what the writer is called, also after they have gone
    text = models.TextField()
    search_text = SearchText(of="text")
    at = models.DateTimeField(default=timezone.now)
    # A form's, so that a double click writes one note.
    token = models.CharField(max_length=64, null=True, unique=True, editable=False)

    objects: ClassVar[ShownManager[Self]] = ShownManager()
    account_path = "conversation__account"
    conversation_path = "conversation"

    class Meta:
        indexes = [
            models.Index(fields=["conversation", "at"], name="note_thread"),
            # what search does not know yet (conversations.search.upkeep): mostly nothing
            models.Index(fields=["id"], name="note_not_searchable", condition=NOT_SEARCHABLE_YET),
        ]

    def __str__(self) -> str:
        return f"Note {self.pk}"


class Mention(models.Model):
    """A note tells a colleague something; unseen until they open its conversation."""

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="mentions")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    seen_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[ShownManager[Self]] = ShownManager()
    account_path = "note__conversation__account"
    conversation_path = "note__conversation"

    class Meta:
        indexes = [
            # the list of one's own; and their number beside it, on every page of the admin
            models.Index(fields=["user", "-id"], name="mention_user"),
            models.Index(fields=["user"], name="mention_unseen", condition=Q(seen_at__isnull=True)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["note", "user"], name="one_mention"),
        ]

    def __str__(self) -> str:
        return f"Mention {self.pk}"
