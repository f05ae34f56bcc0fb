"""What is remembered of messages that were deleted for their age, and how far that has come."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q


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


def new_key() -> str:
    """Return a key that nobody guesses."""
    return secrets.token_hex(32)


class UpkeepQuerySet(models.QuerySet["RetentionUpkeep"]):
    def the_row(self) -> "RetentionUpkeep":
        """Return the one row; it begins now if there is none."""
        return self.get_or_create(pk=1)[0]

    def take(self, now: datetime, until: datetime, days: Mapping[str, float]) -> Any:
        """Take the row until then; None: somebody has it, or nothing is due.

        days: the settings; where they are others than at the last look, a look is due.
        """
        row = self.the_row()
        if row.due_at and row.due_at > now and row.days == days:
            return None
        free = Q(leased_until=None) | Q(leased_until__lt=now)
        taken = self.filter(free, pk=1).update(leased_until=until)
        return self.get(pk=1) if taken else None

    def held(self, until: datetime) -> Self:
        """Keep only the row that is ours until then."""
        return self.filter(pk=1, leased_until=until)


class RetentionUpkeep(models.Model):
    """One row: who deletes, when it is due, how far it has come; and the key of the digests."""

    # As it was made: what was digested by another one would not be recognised.
    key = models.CharField(max_length=64, default=new_key, editable=False)
    leased_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    days = models.JSONField(default=dict, db_default={})  # the settings of the last look
    places = models.JSONField(default=dict, db_default={})  # by kind, of a walk that is not over

    objects = UpkeepQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return "Upkeep of what is kept"
