"""Groups of unanswered questions that staff want no rule for."""

from django.db import models
from django.utils import timezone

from conversations.models import Message
from instagram.limits import MAX_ID

MAX_PHRASE = 500  # characters


class DismissedGroup(models.Model):
    """What the questions of a group share, and how many there were when it was dismissed."""

    phrase = models.CharField(max_length=MAX_PHRASE)  # folded and shared: it identifies nobody
    whole = models.BooleanField(default=False)  # the question has no other words
    messages = models.PositiveIntegerField()
    newest = models.BigIntegerField()  # id of a message, and no foreign key: it may be erased
    at = models.DateTimeField(default=timezone.now)
    by = models.CharField(max_length=MAX_ID)

    class Meta:
        constraints = [
            # A constraint: a unique field would get a second index, for LIKE.
            models.UniqueConstraint(fields=["phrase", "whole"], name="one_dismissal"),
        ]
        default_permissions = ()  # who may read conversations and change rules may use it
        verbose_name = "dismissed group"

    def __str__(self) -> str:
        return f"Dismissed group {self.pk}"

    def is_new(self, message: Message) -> bool:
        """Tell whether a message came after the group was dismissed."""
        return message.pk > self.newest
