"""One worker at a time, by conditional updates; tried with kills on SQLite and PostgreSQL.

`due_at` is an alarm, not a reason: "look no later than this"; NULL means nothing to do. A claim
moves it to the end of the lease, so that "nobody woke it during my turn" is `due_at = my lease`,
and what a dead worker held comes due by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar, Generic, Self, TypeVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q

from workqueue import sql

Row = TypeVar("Row", bound="Leased")

LONGEST_BACK_OFF = 3600
FRESH = timedelta(seconds=1)  # so much may be over of a lease that need not be renewed

WAKE = "UPDATE {table} SET due_at = LEAST(COALESCE(due_at, %s), %s) WHERE id = %s"
CLAIM = """
UPDATE {table} SET leased_until = %s, due_at = %s, tries = tries + 1
WHERE id = %s AND due_at <= %s AND (leased_until IS NULL OR leased_until < %s)
RETURNING {needed}"""
RENEW = """
UPDATE {table} SET leased_until = %s, due_at = CASE WHEN due_at = %s THEN %s ELSE due_at END
WHERE id = %s AND leased_until = %s
RETURNING {needed}"""
# Enough of the lease is left: hold the row until the commit, and write nothing.
HOLD = """
SELECT {needed} FROM {table} WHERE id = %s AND leased_until = %s FOR NO KEY UPDATE"""
# Where nobody woke it the alarm is ours to set, else the earlier one stays; tells if it is due.
RELEASE = """
UPDATE {table} SET leased_until = NULL, tries = CASE WHEN %s THEN 0 ELSE tries END,
    due_at = CASE WHEN due_at = %s THEN %s ELSE LEAST(due_at, COALESCE(%s, due_at)) END
WHERE id = %s AND leased_until = %s
RETURNING due_at <= %s"""


class LeaseLostError(Exception):
    """Somebody else holds the row now: roll back and leave."""


@dataclass
class Lease(Generic[Row]):
    """What a claim gave: the row, and until when. `until` is the fence of every later statement."""

    row: Row
    until: datetime

    @property
    def pk(self) -> int:
        return int(self.row.pk)


@dataclass
class Chance(Generic[Row]):
    """A row may be taken by the very statement that wakes it; then `lease` is there.

    It counts from the commit on, as a claim's does.
    """

    until: datetime
    lease: Lease[Row] | None = None

    @classmethod
    def now(cls, now: datetime) -> Self:
        return cls(now + settings.LEASE)


class LeasedQuerySet(models.QuerySet[Row]):
    def _sql(self, statement: str) -> str:
        table = self.model._meta.db_table  # noqa: SLF001 - Django's public API
        return statement.format(table=table, needed=", ".join(self.model.NEEDED))

    def due(self, now: datetime) -> Self:
        """Rows that wait for a worker, oldest first. Always slice it."""
        free = Q(leased_until__isnull=True) | Q(leased_until__lt=now)
        return self.filter(free, due_at__lte=now).order_by("due_at")

    def wake(self, pk: int, when: datetime) -> None:
        """See that the row is looked at no later than `when`; part of the INSERT's transaction."""
        sql.change(self._sql(WAKE), when, when, pk)

    def claim(self, pk: int, now: datetime) -> Lease[Row] | None:
        """Take the row until the lease ends; None: it is not due, or somebody has it."""
        if transaction.get_connection(self.db).in_atomic_block:
            raise RuntimeError("claim() inside a transaction would be seen by nobody")
        until = now + settings.LEASE
        claimed = sql.read(self.model, self._sql(CLAIM), until, until, pk, now, now)
        return Lease(claimed[0], until) if claimed else None

    def renew(self, lease: Lease[Row], now: datetime) -> Row:
        """Hold on, as the first statement of a step, and return the row as it is now.

        Locks it until the commit. Raises LeaseLostError when it is too late. A lease that has just
        begun is not made longer, by less than FRESH.
        """
        until = now + settings.LEASE
        if until < lease.until + FRESH:
            held = sql.read(self.model, self._sql(HOLD), lease.pk, lease.until)
        else:
            held = sql.read(
                self.model, self._sql(RENEW), until, lease.until, until, lease.pk, lease.until
            )
        if not held:
            raise LeaseLostError
        if until >= lease.until + FRESH:
            # The fence moves with the row: not at all if this transaction is rolled back.
            transaction.on_commit(partial(setattr, lease, "until", until), using=self.db)
        return held[0]

    def release(self, lease: Lease[Row], again: datetime | None, now: datetime) -> bool:
        """Give the row back, to be looked at `again` (None: not by us) or when somebody woke it.

        Returns whether it is due right now.
        """
        return self._leave(lease, again, now, done=True)

    def back_off(self, lease: Lease[Row], tries: int, now: datetime) -> None:
        """Give the row back after an exception, for longer each time; the tries go on counting."""
        again = now + timedelta(seconds=min(2**tries, LONGEST_BACK_OFF))
        self._leave(lease, again, now, done=False)

    def _leave(
        self, lease: Lease[Row], again: datetime | None, now: datetime, *, done: bool
    ) -> bool:
        fence, pk = lease.until, lease.pk
        left = sql.fetch(self._sql(RELEASE), done, fence, again, again, pk, fence, now)
        return bool(left and left[0])


class Leased(models.Model):
    due_at = models.DateTimeField(null=True, default=None, editable=False)
    leased_until = models.DateTimeField(null=True, default=None, editable=False)
    tries = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    NEEDED: ClassVar[
        Sequence[str]
    ]  # columns of a row that is taken; others are read when asked for

    class Meta:
        abstract = True
        indexes = [
            # due(): few rows wait, however many there are
            models.Index(
                fields=["due_at"], name="%(class)s_due", condition=Q(due_at__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(leased_until__isnull=True) | Q(due_at__isnull=False),
                name="%(class)s_leased_is_due",
            ),
        ]
