"""Whom instabot tells, and when not."""

from datetime import datetime
from typing import Self

from django.db import models

from incidents.models.addressee import Addressee
from incidents.troubles import Level
from instagram.limits import MAX_ID


class ContactQuerySet(models.QuerySet["Contact"]):
    def active(self) -> Self:
        return self.filter(active=True).order_by("pk")

    def told_of(self, level: str) -> Self:
        """Keep only those who want to hear of this level."""
        rows = self.active()
        return rows if level == Level.URGENT else rows.filter(hears=Contact.Hears.ALL)


class Contact(Addressee):
    """Somebody who is told, at one address."""

    class Hears(models.TextChoices):
        ALL = "all", "Everything"
        URGENT = "urgent", "Only what is urgent"

    who = models.CharField(max_length=MAX_ID, help_text="A person or a place, like “Anna, mobile”.")
    hears = models.CharField(
        "is told", max_length=10, choices=Hears, default=Hears.ALL, db_default=Hears.ALL
    )
    urgent_anyway = models.BooleanField(
        "urgent messages come anyway",
        default=True,
        db_default=True,
        help_text="Off: what is urgent waits for the end of the quiet hours, too.",
    )
    active = models.BooleanField(default=True, db_default=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ["who", "pk"]

    def __str__(self) -> str:
        return self.who

    def quiet_ends(self, now: datetime, level: str) -> datetime | None:
        """Return until when a message of this level waits; None: it may come now."""
        if level == Level.URGENT and self.urgent_anyway:
            return None
        return self.quiet_hours_end(now)
