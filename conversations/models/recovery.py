"""How far we have come in finding what no webhook told us: two rows for each account."""

from datetime import datetime, timedelta
from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from backoffice.reach import ReachedManager
from conversations.models.account import Account
from instagram.limits import MAX_ID

Row = TypeVar("Row", bound="Walk")
DAY = timedelta(days=1)


class WalkQuerySet(models.QuerySet[Row]):
    def take_first(self, now: datetime, until: datetime) -> Row | None:
        """Take the first of these rows until then; None: there is none to take."""
        free = self.filter(Q(leased_until=None) | Q(leased_until__lt=now))
        row = free.select_related("account").first()
        # Who changes the lease that was read has it.
        if row is None or not self.filter(pk=row.pk, leased_until=row.leased_until).update(
            leased_until=until
        ):
            return None
        row.leased_until = until
        return row

    def held(self, row: Row) -> Self:
        """Keep only this row, if it is still ours."""
        return self.filter(pk=row.pk, leased_until=row.leased_until)


class Walk(models.Model):
    """A walk through an account's threads: who is at it, when it goes on, and where.

    Written by conversations.recovery alone.
    """

    account = models.OneToOneField(
        Account, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    leased_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    place = models.JSONField(default=dict, db_default={})  # of a walk that is not over
    # Why it does not go on, in a sentence for staff, and since when; empty: it does.
    problem = models.CharField(max_length=500, blank=True, default="", db_default="")
    failed_at = models.DateTimeField(null=True)

    account_path = "account"

    class Meta:
        abstract = True
        default_permissions = ()

    def count(self, threads: int, messages: int, now: datetime) -> dict[str, Any]:
        """Add what was read and written down; return the columns that have it."""
        raise NotImplementedError


class MissedLookQuerySet(WalkQuerySet["MissedLook"]):
    def due(self, now: datetime, every: timedelta) -> Self:
        """Keep only those whose time has come, or of which the last look is so long ago.

        The longest due first, so that none goes before another again and again.
        """
        regular = Q(due_at=None, looked_at__lte=now - every)
        ordered = self.order_by(Coalesce("due_at", "looked_at"), "pk")
        return ordered.filter(regular | Q(due_at__lte=now))


MissedLookManager = ReachedManager.from_queryset(MissedLookQuerySet)


class MissedLook(Walk):
    """What an account's threads have that no webhook told of: when somebody last looked."""

    began_at = models.DateTimeField(default=timezone.now)  # what is older was never awaited
    # When the last look began that came to its end; before the first one, when we began.
    looked_at = models.DateTimeField(default=timezone.now)
    # When a message that a webhook had told of was first recognised in a thread, by its id; before
    # that nothing is written down, since all might be there already under other ids.
    recognised_at = models.DateTimeField(null=True)
    left_out = models.PositiveIntegerField(default=0, db_default=0)  # threads of the last look
    # The same of comments. looked_at: empty where nobody looks for them.
    comments_looked_at = models.DateTimeField(null=True)
    comments_problem = models.CharField(max_length=500, blank=True, default="", db_default="")
    comments_failed_at = models.DateTimeField(null=True)
    finds = models.JSONField(default=list, db_default=[])  # of the last day: when, and how many

    objects = MissedLookManager()

    def __str__(self) -> str:
        return f"Look for missed messages of account {self.pk}"

    def found_since(self, since: datetime) -> int:
        """Return how many messages were found since then, a day ago at most."""
        return sum(count for at, count in self.finds if datetime.fromisoformat(at) >= since)

    def count(self, threads: int, messages: int, now: datetime) -> dict[str, Any]:  # noqa: ARG002
        """Note the finds; what is older than a day is forgotten."""
        fresh = [one for one in self.finds if datetime.fromisoformat(one[0]) > now - DAY]
        self.finds = [*fresh, [now.isoformat(), messages]] if messages else fresh
        return {"finds": self.finds}


class HistoryImportQuerySet(WalkQuerySet["HistoryImport"]):
    def due(self, now: datetime) -> Self:
        """Keep only those that are to go on, the longest due first."""
        return self.filter(finished_at=None, due_at__lte=now).order_by("due_at", "pk")


HistoryImportManager = ReachedManager.from_queryset(HistoryImportQuerySet)


class HistoryImport(Walk):
    """The last messages of recent threads, which somebody wants to have; at most once at a time."""

    wanted_at = models.DateTimeField(default=timezone.now)
    by = models.CharField(max_length=MAX_ID, blank=True, default="", db_default="")
    threads = models.PositiveIntegerField(default=0, db_default=0)  # that were read
    messages = models.PositiveIntegerField(default=0, db_default=0)  # that were imported
    finished_at = models.DateTimeField(null=True)

    objects = HistoryImportManager()

    def __str__(self) -> str:
        return f"Import of the history of account {self.pk}"

    def count(self, threads: int, messages: int, now: datetime) -> dict[str, Any]:  # noqa: ARG002
        self.threads += threads
        self.messages += messages
        return {"threads": self.threads, "messages": self.messages}

    @property
    def is_over(self) -> bool:
        return self.finished_at is not None
