"""One worker at a time, by conditional updates; tried with kills on SQLite and PostgreSQL.

`due_at` is an alarm, not a reason: "look no later than this"; NULL means nothing to do. A claim
moves it to the end of the lease, so that "nobody woke it during my turn" is `due_at = my lease`,
and what a dead worker held comes due by itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Self, TypeVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce, Least

Row = TypeVar("Row", bound="Leased")

LONGEST_BACK_OFF = 3600


class LeaseLostError(Exception):
    """Somebody else holds the row now: roll back and leave."""


@dataclass
class Lease:
    """What a claim gave: the row and until when. `until` is the fence of every later statement."""

    pk: int
    until: datetime


def _at(when: datetime) -> Value:
    return Value(when, output_field=models.DateTimeField())


class LeasedQuerySet(models.QuerySet[Row]):
    def free(self, now: datetime) -> Self:
        return self.filter(Q(leased_until__isnull=True) | Q(leased_until__lt=now))

    def due(self, now: datetime) -> Self:
        """Rows that wait for a worker, oldest first. Always slice it."""
        return self.free(now).filter(due_at__lte=now).order_by("due_at")

    def wake(self, pk: int, when: datetime, **also: Any) -> None:
        """See that the row is looked at no later than `when`; part of the INSERT's transaction."""
        earliest = Least(Coalesce("due_at", _at(when)), _at(when))
        self.filter(pk=pk).update(due_at=earliest, **also)

    def claim(self, pk: int, now: datetime) -> Lease | None:
        """Take the row until the lease ends; None: it is not due, or somebody has it."""
        if transaction.get_connection(self.db).in_atomic_block:
            raise RuntimeError("claim() inside a transaction would be seen by nobody")
        until = now + settings.LEASE
        claimed = (
            self.free(now)
            .filter(pk=pk, due_at__lte=now)
            .update(leased_until=until, due_at=until, tries=F("tries") + 1)
        )
        return Lease(pk, until) if claimed else None

    def renew(self, lease: Lease, now: datetime) -> None:
        """Hold on, as the first statement of a step; raise LeaseLostError when it is too late."""
        until = now + settings.LEASE
        renewed = self.filter(pk=lease.pk, leased_until=lease.until).update(
            leased_until=until,
            due_at=Case(When(due_at=lease.until, then=_at(until)), default=F("due_at")),
        )
        if not renewed:
            raise LeaseLostError
        # The fence moves with the row: not at all if this transaction is rolled back.
        transaction.on_commit(partial(setattr, lease, "until", until), using=self.db)

    def release(self, lease: Lease, again: datetime | None) -> None:
        """Give the row back, to be looked at `again` (None: not by us) or when somebody woke it."""
        self._leave(lease, again, tries=0)

    def back_off(self, lease: Lease, tries: int, now: datetime) -> None:
        """Give the row back after an exception, for longer each time; the tries go on counting."""
        self._leave(lease, now + timedelta(seconds=min(2**tries, LONGEST_BACK_OFF)))

    def _leave(self, lease: Lease, again: datetime | None, **also: Any) -> None:
        woken = F("due_at") if again is None else Least("due_at", _at(again))
        nothing = Value(None, output_field=models.DateTimeField())
        self.filter(pk=lease.pk, leased_until=lease.until).update(
            leased_until=None,
            due_at=Case(
                When(due_at=lease.until, then=nothing if again is None else _at(again)),
                default=woken,
            ),
            **also,
        )


class Leased(models.Model):
    due_at = models.DateTimeField(null=True, default=None, editable=False)
    leased_until = models.DateTimeField(null=True, default=None, editable=False)
    tries = models.PositiveIntegerField(default=0, editable=False)

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
