"""Texts of other tools, which staff marked as automatic."""

import hashlib
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from backoffice.reach import ReachedManager
from conversations.models.account import Account
from conversations.models.conversation import Conversation
from instagram.limits import MAX_ID


class AutomaticTextQuerySet(models.QuerySet["AutomaticText"]):
    def with_text(self, text: str) -> Self:
        """Keep only those with this text, whatever its white space."""
        return self.filter(digest=AutomaticText.digest_of(text))

    def heard_in(self, conversation: int) -> Self:
        """Keep only those for all accounts, or for the one of this conversation."""
        account = Conversation.objects.filter(pk=conversation).values("account")
        return self.filter(Q(account=None) | Q(account__in=account))


AutomaticTextManager = ReachedManager.from_queryset(AutomaticTextQuerySet)


class AutomaticText(models.Model):
    """What staff marked as another tool's automatic message: its echo is not a person's."""

    account = models.ForeignKey(
        Account,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="automatic_texts",
        help_text="Leave empty for all accounts.",
    )
    # Of the text, which may be longer than an index takes.
    digest = models.CharField(max_length=64, editable=False)
    text = models.TextField(
        help_text="Messages from the Instagram app with this text don't pause the bot."
    )
    marked_by = models.CharField(max_length=MAX_ID, blank=True, editable=False)
    marked_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = AutomaticTextManager()
    account_path = "account"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest", "account"], name="one_automatic_text"),
            # The same for all accounts: without one, no two rows are equal to the database.
            models.UniqueConstraint(
                fields=["digest"], condition=Q(account=None), name="one_automatic_text_for_all"
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    def save(self, *args: Any, **options: Any) -> None:
        self.digest = self.digest_of(self.text)
        super().save(*args, **options)

    def clean(self) -> None:
        """Refuse what is marked already, for this account or for all."""
        same = AutomaticText.objects.with_text(self.text).exclude(pk=self.pk)
        if same.filter(Q(account=None) | Q(account=self.account_id)).exists():
            raise ValidationError({"text": "This text is marked already."})

    @staticmethod
    def digest_of(text: str) -> str:
        return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()
