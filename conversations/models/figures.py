"""Figures of whole days, so that a year need not be counted anew whenever somebody looks."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import models
from django.db.models import Q

from backoffice.reach import ReachedManager
from conversations.models.account import Account
from conversations.models.upkeep import Upkeep, UpkeepQuerySet


class AccountDayQuerySet(models.QuerySet["AccountDay"]):
    def make_dirty(self, days: Iterable[tuple[int, date]]) -> None:
        """Have these days of accounts counted again, or for the first time."""
        rows = [AccountDay(account_id=account, day=day, dirty=True) for account, day in days]
        self._write(rows, ["dirty"])

    def write(self, rows: Sequence["AccountDay"]) -> None:
        """Write what was counted of these days, in the place of what was known of them."""
        counted = ["begins_at", "ends_at", "messages", "figures", "counted_at", "dirty", "of_all"]
        self._write(rows, counted)

    def _write(self, rows: Sequence["AccountDay"], columns: Sequence[str]) -> None:
        self.bulk_create(
            rows, update_conflicts=True, unique_fields=["day", "account"], update_fields=columns
        )

    def are_behind(self, last: date) -> bool:
        """Tell whether a day is still to be counted, of those until the last.

        Served by accountday_dirty; what the release before marked is few rows, too.
        """
        tables: list[models.QuerySet[Any]] = [self, DayFigures.objects.all()]
        return any(rows.filter(dirty=True, day__lte=last).exists() for rows in tables)


AccountDayManager = ReachedManager.from_queryset(AccountDayQuerySet)


class AccountDay(models.Model):
    """What was counted of one day of an account, and when; a day without a row had no messages.

    Written by conversations.statistics.upkeep alone.
    """

    day = models.DateField()
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", db_index=False
    )  # few days, read by the day
    # The day by the shop's clock as it was counted, and how many messages there were in it.
    begins_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    messages = models.PositiveIntegerField(default=0, db_default=0)
    figures = models.JSONField(default=dict, db_default={})
    counted_at = models.DateTimeField(null=True)
    # Something has changed in it since, or it was never counted.
    dirty = models.BooleanField(default=False, db_default=False)
    # Counted before days had accounts, when there were several: it has the figures of all accounts,
    # and is the only row of its day that has any.
    of_all = models.BooleanField(default=False, db_default=False)

    objects = AccountDayManager()
    account_path = "account"

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["day", "account"], name="one_day_of_account"),
        ]
        indexes = [
            # what is to be counted: few
            models.Index(fields=["-day"], name="accountday_dirty", condition=Q(dirty=True)),
        ]

    def __str__(self) -> str:
        return f"{self.day} of {self.account}"


class DayFigures(models.Model):
    """What the release before this one counted of a day, of all accounts together.

    Its table stays for one release, since processes of that one may still read and write it:
    conversations.statistics.takeover takes over what they write. The right to see reports and the
    address of their page are this model's, and have to stay when the table goes.
    """

    day = models.DateField(primary_key=True)
    begins_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    messages = models.PositiveIntegerField(default=0, db_default=0)
    figures = models.JSONField(default=dict, db_default={})
    counted_at = models.DateTimeField(null=True)
    dirty = models.BooleanField(default=False, db_default=False)
    # The `counted_at` of what has been taken over, which that release does not write.
    taken_over = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        permissions = [("view_reports", "Can see home's numbers and reports")]
        verbose_name = "report"
        indexes = [
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
