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

LONGEST_BACK_OFF_SECONDS = 3600
YOUNG = timedelta(seconds=1)  # a lease that began so lately need not be renewed

# Free: nobody holds the row, or whoever did is thought dead.
FREE = "(leased_until IS NULL OR leased_until < %(now)s)"
# Wake: it is looked at no later than `when`; an earlier alarm stays.
WAKE = "due_at = LEAST(COALESCE(due_at, %(when)s), %(when)s)"
# Take: the row is held until `until`, which is its alarm too; one that is not free is woken `now`,
# and its holder keeps it. It can be part of any UPDATE; `due_at = until` afterwards: it is taken.
TAKE = f"""
    due_at = CASE WHEN {FREE} THEN %(until)s ELSE LEAST(COALESCE(due_at, %(now)s), %(now)s) END,
    leased_until = CASE WHEN {FREE} THEN %(until)s ELSE leased_until END,
    tries = CASE WHEN {FREE} THEN tries + 1 ELSE tries END"""

_WAKE = f"UPDATE {{table}} SET {WAKE}{{raised}} WHERE id = %(pk)s"
# Claim: take the row if it is due and free.
_CLAIM = f"""
UPDATE {{table}} SET {TAKE}
WHERE id = %(pk)s AND due_at <= %(now)s AND {FREE}
RETURNING {{needed}}"""
# Renew: the lease lasts longer, and so does its alarm, unless somebody has woken the row.
_RENEW = """
UPDATE {table}
SET leased_until = %(until)s,
    due_at = CASE WHEN due_at = %(lease)s THEN %(until)s ELSE due_at END{raised}
WHERE id = %(pk)s AND leased_until = %(lease)s
RETURNING {needed}"""
# Hold: enough of the lease is left: lock the row until the commit. Only its version is written.
_HOLD = """
UPDATE {table} SET leased_until = leased_until{raised}
WHERE id = %(pk)s AND leased_until = %(lease)s RETURNING {needed}"""
# Release: where nobody woke the row the alarm is ours to set, else the earlier one stays; tells
# whether it is due.
_RELEASE = """
UPDATE {table}
SET leased_until = NULL, tries = CASE WHEN %(done)s THEN 0 ELSE tries END,
    due_at = CASE WHEN due_at = %(lease)s THEN %(again)s
        ELSE LEAST(due_at, COALESCE(%(again)s, due_at)) END
WHERE id = %(pk)s AND leased_until = %(lease)s
RETURNING due_at <= %(now)s"""


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


class LeasedQuerySet(models.QuerySet[Row]):
    def _sql(self, statement: str) -> str:
        table = self.model._meta.db_table  # noqa: SLF001 - Django's public API
        raised = f", {self.model.RAISED}" if self.model.RAISED else ""
        needed = ", ".join([*self.model.NEEDED, *self.model.BESIDE])
        return statement.format(table=table, needed=needed, raised=raised)

    def due(self, now: datetime) -> Self:
        """Rows that wait for a worker, oldest first. Always slice it."""
        free = Q(leased_until__isnull=True) | Q(leased_until__lt=now)
        return self.filter(free, due_at__lte=now).order_by("due_at")

    def wake(self, pk: int, when: datetime) -> None:
        """See that the row is looked at no later than `when`; part of the INSERT's transaction."""
        sql.change(self._sql(_WAKE), when=when, pk=pk)

    def claim(self, pk: int, now: datetime) -> Lease[Row] | None:
        """Take the row until the lease ends; None: it is not due, or somebody has it."""
        if transaction.get_connection(self.db).in_atomic_block:
            raise RuntimeError("claim() inside a transaction would be seen by nobody")
        until = now + settings.LEASE
        claimed = sql.read(self.model, self._sql(_CLAIM), until=until, pk=pk, now=now)
        return Lease(claimed[0], until) if claimed else None

    def renew(self, lease: Lease[Row], now: datetime) -> Row:
        """Hold on, as the first statement of a step, and return the row as it is now.

        Locks it until the commit. Raises LeaseLostError when it is too late. A lease that is still
        young is not made longer.
        """
        until = now + settings.LEASE
        is_young = until < lease.until + YOUNG
        statement = self._sql(_HOLD if is_young else _RENEW)
        held = sql.read(self.model, statement, pk=lease.pk, lease=lease.until, until=until)
        if not held:
            raise LeaseLostError
        if not is_young:
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
        again = now + timedelta(seconds=min(2**tries, LONGEST_BACK_OFF_SECONDS))
        self._leave(lease, again, now, done=False)

    def _leave(
        self, lease: Lease[Row], again: datetime | None, now: datetime, *, done: bool
    ) -> bool:
        left = sql.fetch(
            self._sql(_RELEASE), done=done, lease=lease.until, again=again, pk=lease.pk, now=now
        )
        return bool(left and left[0])


class Leased(models.Model):
    due_at = models.DateTimeField(null=True, default=None, editable=False)
    leased_until = models.DateTimeField(null=True, default=None, editable=False)
    tries = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    NEEDED: ClassVar[
        Sequence[str]
    ]  # columns of a row that is taken; others are read when asked for
    BESIDE: ClassVar[Sequence[str]] = ()  # expressions that are read along: attributes by name
    RAISED: ClassVar[str] = ""  # part of SET: what a wake and each step write beside the lease

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
