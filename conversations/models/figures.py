"""Figures of whole days, so that a year need not be counted anew whenever somebody looks."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q


class DayFigures(models.Model):
    """What was counted of one day of the shop, and when; a day without a row had no messages.

    Written by conversations.statistics.upkeep alone.
    """

    day = models.DateField(primary_key=True)
    # The day by the shop's clock as it was counted, and how many messages there were in it.
    begins_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    messages = models.PositiveIntegerField(default=0, db_default=0)
    figures = models.JSONField(default=dict, db_default={})
    counted_at = models.DateTimeField(null=True)
    # Something has changed in it since, or it was never counted.
    dirty = models.BooleanField(default=False, db_default=False)

    class Meta:
        default_permissions = ()
        permissions = [("view_reports", "Can see home's numbers and reports")]
        verbose_name = "report"
        indexes = [
            # what is to be counted: few
            models.Index(fields=["-day"], name="dayfigures_dirty", condition=Q(dirty=True)),
        ]

    def __str__(self) -> str:
        return f"{self.day}"


class UpkeepQuerySet(models.QuerySet["FiguresUpkeep"]):
    def take(self, now: datetime, until: datetime, not_since: datetime) -> "FiguresUpkeep | None":
        """Take the one row until then; None: somebody has it, or has looked since."""
        self.get_or_create(pk=1)
        free = Q(leased_until=None) | Q(leased_until__lt=now)
        due = Q(looked_at=None) | Q(looked_at__lte=not_since)
        taken = self.filter(free, due, pk=1).update(leased_until=until)
        return self.get(pk=1) if taken else None

    def held(self, until: datetime) -> Self:
        """Keep only the row that is ours until then."""
        return self.filter(pk=1, leased_until=until)


class FiguresUpkeep(models.Model):
    """One row: who counts, when somebody last did, and by which clock."""

    leased_until = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)
    time_zone = models.CharField(max_length=100, blank=True)

    objects = UpkeepQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return "Upkeep of the figures"
