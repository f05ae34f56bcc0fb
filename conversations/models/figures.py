"""Figures of whole days, so that a year need not be counted anew whenever somebody looks."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from conversations.models.upkeep import Upkeep, UpkeepQuerySet


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


class FiguresUpkeepQuerySet(UpkeepQuerySet["FiguresUpkeep"]):
    def take(self, now: datetime, until: datetime, not_since: datetime) -> "FiguresUpkeep | None":
        """Take the one row until then; None: somebody has it, or has looked since."""
        row = self.the_row()
        due = Q(looked_at=None) | Q(looked_at__lte=not_since)
        if not self.free(now).filter(due).update(leased_until=until):
            return None
        row.refresh_from_db()
        return row


class FiguresUpkeep(Upkeep):
    """One row: who counts, when somebody last did, and by which clock."""

    looked_at = models.DateTimeField(null=True)
    time_zone = models.CharField(max_length=100, blank=True)

    objects = FiguresUpkeepQuerySet.as_manager()

    def __str__(self) -> str:
        return "Upkeep of the figures"
