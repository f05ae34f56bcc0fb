"""Whom instabot tells, and when not."""

from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q

from backoffice.reach import ReachedManager
from conversations.models import Account
from incidents.models.addressee import Addressee
from incidents.models.incident import Incident
from incidents.troubles import FOR_WHO_SEES_ALL, Level
from instagram.limits import MAX_ID


class ContactQuerySet(models.QuerySet["Contact"]):
    def active(self) -> Self:
        return self.filter(active=True).order_by("pk")

    def told_of(self, incident: Incident) -> Self:
        """Keep only those who want to hear of its level, and whose account it is about, if any."""
        rows = self.active().of(incident)
        return rows if incident.level == Level.URGENT else rows.filter(hears=Contact.Hears.ALL)

    def of(self, incident: Incident) -> Self:
        """Keep only those of all accounts, and of the one that it is about.

        What is about none concerns everybody, but for what names other accounts.
        """
        if incident.account_id is not None:
            return self.filter(Q(account=None) | Q(account=incident.account_id))
        return self.filter(account=None) if incident.kind in FOR_WHO_SEES_ALL else self


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
    # With its account it goes: without one it would be told of all.
    account = models.ForeignKey(
        Account,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: all accounts. With one, it is told of that account, and of what concerns"
        " all, like a worker that is gone; of no other account.",
    )

    objects: ClassVar[Any] = ReachedManager.from_queryset(ContactQuerySet)()
    account_path = "account"

    class Meta:
        ordering = ["who", "pk"]

    def __str__(self) -> str:
        return self.who

    def quiet_ends(self, now: datetime, level: str) -> datetime | None:
        """Return until when a message of this level waits; None: it may come now."""
        if level == Level.URGENT and self.urgent_anyway:
            return None
        return self.quiet_hours_end(now)
