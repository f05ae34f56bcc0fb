"""What customers are called, as search looks it up."""

from typing import ClassVar, Self

from django.db import models

from backoffice.reach import ReachedManager
from conversations.models.conversation import Conversation


class DirectoryEntry(models.Model):
    """The words of a customer's name, username, id and labels.

    Beside the conversation and not in it: each message changes that row several times, and each
    time an index of these words would be written anew. What is in the directory is said there, in
    `in_directory`; conversations.search.directory writes the entries.
    """

    conversation = models.OneToOneField(
        Conversation, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    search_text = models.TextField()

    objects: ClassVar[ReachedManager[Self]] = ReachedManager()
    account_path = "conversation__account"

    class Meta:
        verbose_name_plural = "directory entries"
        default_permissions = ()  # nobody sees them but search

    def __str__(self) -> str:
        return f"Directory entry of conversation {self.pk}"
