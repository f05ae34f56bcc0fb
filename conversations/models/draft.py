"""What staff are typing, until it is sent."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from conversations.models.conversation import Conversation
from conversations.models.shown import ShownManager


class Draft(models.Model):
    """One person's unsent text in one conversation; it also shows colleagues who is writing."""

    class Kind(models.TextChoices):
        REPLY = "reply", "Reply"
        NOTE = "note", "Note"

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="drafts", db_index=False
    )  # one_draft is its index
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    text = models.TextField()
    written_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[ShownManager[Self]] = ShownManager()
    account_path = "conversation__account"
    conversation_path = "conversation"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "user", "kind"], name="one_draft"),
        ]

    def __str__(self) -> str:
        return f"Draft {self.pk}"
