"""One message to one contact: a row, sent at least once."""

from datetime import datetime
from typing import Any, ClassVar

from django.db import models

from backoffice.reach import ReachedManager
from incidents.models.addressee import MAX_ERROR
from incidents.models.contact import Contact
from incidents.models.dispatch import Dispatch
from incidents.models.incident import MAX_TITLE, Incident
from workqueue.leases import LeasedQuerySet


class NoticeQuerySet(LeasedQuerySet["Notice"]):
    pass


class Notice(Dispatch):
    """What is to be said, as it was when it was written. due_at: when it is to be sent."""

    class Occasion(models.TextChoices):
        OPENED = "opened", "It has begun"
        STILL = "still", "It goes on"
        AGAIN = "again", "It is back"
        ENDED = "ended", "It is over"

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="+")
    occasion = models.CharField(max_length=10, choices=Occasion)
    title = models.CharField(max_length=MAX_TITLE + 50)
    text = models.TextField()
    written_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=MAX_ERROR, blank=True, default="", db_default="")

    objects: ClassVar[Any] = ReachedManager.from_queryset(NoticeQuerySet)()
    account_path = "incident__account"

    class Meta(Dispatch.Meta):
        default_permissions = ()
        indexes = [
            *Dispatch.Meta.indexes,
            # what is deleted for its age
            models.Index(fields=["written_at"], name="notice_written_at"),
        ]

    def __str__(self) -> str:
        return self.title

    def to(self) -> Contact:
        return self.contact

    def why_not(self, now: datetime) -> str:  # noqa: ARG002 - it is so at any time
        if not self.contact.active:
            return "The contact is not active."
        if not Contact.objects.of(self.incident).filter(pk=self.contact.pk).exists():
            return "The contact is told of another account now."
        is_over = self.incident.ended_at is not None
        is_true = is_over == (self.occasion == Notice.Occasion.ENDED)
        return "" if is_true else "It was no longer so before it was sent."

    def waits_until(self, now: datetime) -> datetime | None:
        return self.contact.quiet_ends(now, self.incident.level)

    def compose(self, now: datetime) -> tuple[str, str]:  # noqa: ARG002 - as it was when written
        return self.title, self.text

    def note_sent(self, now: datetime) -> None:
        Notice.objects.filter(pk=self.pk).update(sent_at=now, error="")

    def note_failed(self, error: str, since: datetime, now: datetime) -> bool:
        if self.written_at < since:
            self.give_up(error, now)
            return False
        Notice.objects.filter(pk=self.pk).update(error=error)
        return True

    def give_up(self, reason: str, now: datetime) -> None:
        Notice.objects.filter(pk=self.pk).update(given_up_at=now, error=reason)
