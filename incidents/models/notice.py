"""One message to one contact: a row, sent at least once."""

from typing import Any, ClassVar

from django.db import models

from backoffice.reach import ReachedManager
from incidents.models.contact import MAX_ERROR, Contact
from incidents.models.incident import MAX_TITLE, Incident
from workqueue.leases import Leased, LeasedQuerySet


class NoticeQuerySet(LeasedQuerySet["Notice"]):
    pass


class Notice(Leased):
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
    NEEDED = (
        "id", "contact_id", "incident_id", "occasion", "title", "text", "written_at", "tries",
    )  # fmt: skip

    class Meta(Leased.Meta):
        default_permissions = ()
        indexes = [
            *Leased.Meta.indexes,
            # what is deleted for its age
            models.Index(fields=["written_at"], name="notice_written_at"),
        ]

    def __str__(self) -> str:
        return self.title
