"""Who we are on Instagram."""

from datetime import datetime

from django.db import models
from django.db.models import Value
from django.db.models.functions import Coalesce, Greatest

from instagram.limits import MAX_ID


def later_of(column: str, moment: datetime) -> Greatest:
    """The column's time, or this moment where that is later or the column is empty."""
    value = Value(moment, output_field=models.DateTimeField())
    return Greatest(Coalesce(column, value), value)


class AccountQuerySet(models.QuerySet["Account"]):
    def ours(self) -> "Account":
        """Return the one account; several come later.

        Its number is fixed, so that of workers which start together only one can make it.
        """
        return self.get_or_create(pk=1)[0]


class Account(models.Model):
    """The shop's Instagram account. A pause of it is this one row, not a write per conversation."""

    class Pause(models.TextChoices):
        THROTTLED = "throttled", "Instagram asks for fewer messages"
        BROKEN = "broken", "Instagram does not accept the login or its permissions"
        BLOCKED = "blocked", "Instagram has blocked this account's messages"

    instagram_id = models.CharField(
        max_length=MAX_ID,
        blank=True,
        unique=True,
        help_text="As webhooks name it; empty until Meta was asked.",
    )
    node_id = models.CharField(max_length=MAX_ID, blank=True)
    username = models.CharField(max_length=MAX_ID, blank=True)
    identified_by = models.CharField(max_length=64, blank=True, editable=False)
    paused_until = models.DateTimeField("sending rests until", null=True, blank=True)
    pause = models.CharField("kind of pause", max_length=20, blank=True, choices=Pause)
    pause_reason = models.CharField("why", max_length=500, blank=True)
    # How often in a row Instagram refused: pauses grow and the rate falls with it (account.pause).
    strikes = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    struck_at = models.DateTimeField(null=True, blank=True, editable=False)
    next_send_at = models.DateTimeField(null=True, blank=True)
    next_look_at = models.DateTimeField(null=True, blank=True)  # when a thread may be read back

    objects = AccountQuerySet.as_manager()

    def __str__(self) -> str:
        return f"@{self.username}" if self.username else self.instagram_id or "our account"

    def rests(self, now: datetime) -> bool:
        """Tell whether nothing may be sent now."""
        return self.paused_until is not None and now < self.paused_until

    def answers_to(self, named: str) -> bool:
        """Tell whether a webhook's entry is for us; until we know who we are, each one is."""
        return not self.instagram_id or named in (self.instagram_id, self.node_id)
