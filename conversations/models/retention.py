"""What is remembered of messages that were deleted for their age, and how far that has come."""

import secrets
from collections.abc import Mapping
from datetime import datetime

from django.db import models

from conversations.models.upkeep import Upkeep, UpkeepQuerySet


class DeletedMessage(models.Model):
    """A message that is kept no longer: the digest of its mid, by which it is recognised.

    Written and read by conversations.retention.digests alone.
    """

    digest = models.UUIDField(primary_key=True)
    # It was unsent before: whatever brings it back brings back what must not be kept.
    was_unsent = models.BooleanField(default=False, db_default=False)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"Deleted message {self.digest}"


class Erasure(models.Model):
    """What was erased and is not in ERASURES_FILE yet; written by conversations.retention.journal.

    Whoever erases writes it in the same transaction, and it goes once it is in the file.
    """

    class Kind(models.TextChoices):
        MESSAGE = "message", "Message that was unsent"
        CUSTOMER = "customer", "Customer of whom nothing is left"
        NAME = "name", "Customer's name"

    kind = models.CharField(max_length=10, choices=Kind)
    digest = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.digest}"


def new_key() -> str:
    """Return a key that nobody guesses."""
    return secrets.token_hex(32)


class RetentionUpkeepQuerySet(UpkeepQuerySet["RetentionUpkeep"]):
    def take(
        self, now: datetime, until: datetime, days: Mapping[str, float]
    ) -> "RetentionUpkeep | None":
        """Take the row until then; None: somebody has it, or nothing is due.

        days: the settings; where they are others than at the last look, a look is due.
        """
        row = self.the_row()
        if row.due_at and row.due_at > now and row.days == days:
            return None
        if not self.free(now).update(leased_until=until):
            return None
        row.refresh_from_db()
        return row


class RetentionUpkeep(Upkeep):
    """One row: who deletes, when it is due, how far it has come; and the key of the digests."""

    # As it was made: what was digested by another one would not be recognised.
    key = models.CharField(max_length=64, default=new_key, editable=False)
    due_at = models.DateTimeField(null=True)
    days = models.JSONField(default=dict, db_default={})  # the settings of the last look
    places = models.JSONField(default=dict, db_default={})  # by kind, of a walk that is not over

    objects = RetentionUpkeepQuerySet.as_manager()

    def __str__(self) -> str:
        return "Upkeep of what is kept"
