"""Whom instabot tells, and when not."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.utils import timezone

from conversations.account import vault
from incidents.troubles import Level
from instagram.limits import MAX_ID

MAX_ERROR = 300


class ContactQuerySet(models.QuerySet["Contact"]):
    def active(self) -> Self:
        return self.filter(active=True).order_by("pk")

    def told_of(self, level: str) -> Self:
        """Keep only those who want to hear of this level."""
        rows = self.active()
        return rows if level == Level.URGENT else rows.filter(hears=Contact.Hears.ALL)


class Contact(models.Model):
    """Somebody who is told, at one address.

    The address is sealed like an access token (conversations.account.vault): it mostly holds a
    password.
    """

    class Hears(models.TextChoices):
        ALL = "all", "Everything"
        URGENT = "urgent", "Only what is urgent"

    who = models.CharField(max_length=MAX_ID, help_text="A person or a place, like “Anna, mobile”.")
    address = models.TextField(editable=False)
    hears = models.CharField(
        "is told", max_length=10, choices=Hears, default=Hears.ALL, db_default=Hears.ALL
    )
    quiet_from = models.TimeField(
        "quiet from", null=True, blank=True, help_text="By the shop's clock. Empty: never quiet."
    )
    quiet_until = models.TimeField("quiet until", null=True, blank=True)
    urgent_anyway = models.BooleanField(
        "urgent messages come anyway",
        default=True,
        db_default=True,
        help_text="Off: what is urgent waits for the end of the quiet hours, too.",
    )
    active = models.BooleanField(default=True, db_default=True)

    sent_at = models.DateTimeField("last message", null=True, blank=True, editable=False)
    error = models.CharField(
        max_length=MAX_ERROR, blank=True, default="", db_default="", editable=False
    )
    error_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ["who", "pk"]

    def __str__(self) -> str:
        return self.who

    def read_address(self) -> str:
        """Return the address itself; raises vault.SealedError."""
        return vault.unseal(self.address)

    def write_address(self, address: str) -> None:
        self.address = vault.seal(address)

    def quiet_ends(self, now: datetime, level: str) -> datetime | None:
        """Return until when a message of this level waits; None: it may come now.

        By the time zone that is in force, which is the shop's.
        """
        begin, end = self.quiet_from, self.quiet_until
        if begin is None or end is None or begin == end:
            return None
        if level == Level.URGENT and self.urgent_anyway:
            return None
        local = timezone.localtime(now)
        time = local.time()
        is_quiet = begin <= time < end if begin < end else time >= begin or time < end
        if not is_quiet:
            return None
        days = 1 if time >= end else 0
        ends = local.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
        return ends + timedelta(days=days)
