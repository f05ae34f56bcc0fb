"""What is wrong, or was."""

from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q

from backoffice.reach import ReachedManager, may_see, reach
from conversations.models import Account
from incidents.troubles import DAILY, FOR_WHO_SEES_ALL, Level
from instagram.limits import MAX_ID

MAX_TITLE = 200
MAX_WORDS = 1000


class IncidentQuerySet(models.QuerySet["Incident"]):
    def going_on(self) -> Self:
        """Keep only what has not ended; also what was seen once and is no incident yet."""
        return self.filter(ended_at=None)

    def open(self) -> Self:
        """Keep only incidents that last, the urgent ones first and then the oldest."""
        rows = self.going_on().filter(opened_at__isnull=False)
        return rows.order_by(F("level").desc(), "opened_at", "pk")

    def unknown(self) -> Self:
        """Keep only open ones of which nobody has said that they know."""
        return self.open().filter(known_at=None)

    def ended(self) -> Self:
        """Keep only incidents that are over, the newest first."""
        return self.filter(opened_at__isnull=False, ended_at__isnull=False).order_by("-ended_at")

    def break_off(self, now: datetime) -> None:
        """End all that go on, in silence: nobody is left who was told that they began.

        What is wrong all the same is seen soon; then it is back, which is told.
        """
        going = self.going_on()
        going.filter(opened_at=None).delete()
        going.update(ended_at=now)

    def know(self, pk: int, by: str, now: datetime) -> bool:
        """Note that somebody knows; False: it has ended, or somebody said so before."""
        return bool(self.unknown().filter(pk=pk).update(known_by=by, known_at=now))


_Reached = ReachedManager.from_queryset(IncidentQuerySet)


class IncidentManager(_Reached):  # type: ignore[type-arg]  # its rows are Incidents
    """One about no account is for all to see, but for what would name other accounts."""

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        return rows if reach() is None else rows.exclude(kind__in=FOR_WHO_SEES_ALL)


class Incident(models.Model):
    """A trouble that a look has seen.

    It is open from the second look in a row that sees it, until the third that does not.
    Where it comes back soon after that, it goes on (`returns`: how often it did).
    Written by incidents.ledger alone, but for who knows of it and when whoever was told last.
    """

    kind = models.CharField(max_length=30)
    subject = models.CharField(max_length=MAX_TITLE, blank=True, default="", db_default="")
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    level = models.CharField(
        max_length=10, choices=Level, default=Level.URGENT, db_default=Level.URGENT
    )
    title = models.CharField(max_length=MAX_TITLE)
    says = models.CharField("why", max_length=MAX_WORDS)
    next_step = models.CharField("what to do", max_length=MAX_WORDS)
    link = models.CharField(max_length=MAX_TITLE, blank=True, default="", db_default="")
    step = models.CharField(max_length=30, blank=True, default="", db_default="")
    repeats = models.DurationField(null=True, default=DAILY)

    since = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField("over since", null=True, blank=True)
    bad = models.PositiveIntegerField(default=0, db_default=0, editable=False)  # looks in a row
    good = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    returns = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    known_by = models.CharField(max_length=MAX_ID, blank=True, default="", db_default="")
    known_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The level and the step that were told last.
    told_step = models.CharField(
        max_length=50, blank=True, default="", db_default="", editable=False
    )

    objects: ClassVar[Any] = IncidentManager()
    account_path = "account"

    class Meta:
        constraints = [
            # A trouble is one incident at a time.
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=Q(ended_at=None), name="one_open_incident"
            )
        ]
        indexes = [
            # the list of those that are over
            models.Index(
                fields=["-ended_at"], name="incident_ended", condition=Q(ended_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_seen(self) -> bool:
        """Whether it may be seen now; for a row that was read for everybody."""
        if self.account_id is None:
            return reach() is None or self.kind not in FOR_WHO_SEES_ALL
        return may_see(self.account_id)

    @property
    def is_urgent(self) -> bool:
        return self.level == Level.URGENT
