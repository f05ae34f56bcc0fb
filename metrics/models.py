"""What each process has counted, and all that are gone together."""

from datetime import timedelta
from typing import Any, Self

from django.db import models, transaction
from django.db.models import ExpressionWrapper
from django.db.models.functions import Now

from metrics.sums import Sums, as_json, from_json

GONE = "gone"  # the row of all processes that are no more
SILENT = timedelta(minutes=1)  # six writes
KEPT = timedelta(days=7)  # a folded row: until then a process that was only frozen finds it


def _before(age: timedelta) -> "ExpressionWrapper[Any]":
    """By the database's clock: machines' own differ."""
    return ExpressionWrapper(Now() - age, output_field=models.DateTimeField())


class ProcessSumsQuerySet(models.QuerySet["ProcessSums"]):
    def write(self, name: str, sums: Sums, states: Sums) -> bool:
        """Write a process's sums to its row; False: it has none, or it was folded."""
        row = self.filter(name=name, folded_at=None)
        values: dict[str, Any] = {"sums": as_json(sums), "states": as_json(states)}
        return bool(row.update(**values, written_at=Now()))

    def begin(self, name: str, sums: Sums, states: Sums) -> None:
        """Write the first row of a process."""
        self.create(name=name, sums=as_json(sums), states=as_json(states), written_at=Now())

    def folded(self, name: str) -> Sums | None:
        """Return with which sums a process was taken for gone; None: it was not."""
        row = self.filter(name=name).exclude(folded_at=None).first()
        return from_json(row.sums) if row else None

    def silent(self) -> Self:
        return self.filter(folded_at=None, written_at__lt=_before(SILENT)).exclude(name=GONE)

    def fold(self) -> int:
        """Add the sums of silent processes to those of all that are gone; return how many were.

        Each is added once: its row is locked, and marked in the transaction that adds it.
        """
        if not self.silent().exists():
            return 0
        self.get_or_create(name=GONE, defaults={"written_at": Now()})
        with transaction.atomic():
            gone = self.select_for_update().get(name=GONE)  # one process at a time
            silent = list(self.silent().select_for_update().order_by("name"))
            total = from_json(gone.sums)
            for row in silent:
                total.update(from_json(row.sums))
            self.filter(name=GONE).update(sums=as_json(total), written_at=Now())
            self.filter(pk__in=[row.pk for row in silent]).update(folded_at=Now())
            self.filter(folded_at__lt=_before(KEPT)).delete()
        return len(silent)

    def total(self) -> tuple[Sums, Sums]:
        """Return what all processes have counted, and the states of those that live.

        One statement, so that no row is seen twice or not at all while it is folded.
        """
        sums, states = Sums(), Sums()
        for row in self.filter(folded_at=None):
            sums.update(from_json(row.sums))
            states.update(from_json(row.states))
        return sums, states


class ProcessSums(models.Model):
    """What one process has counted since it began, as it last wrote it down."""

    name = models.CharField(max_length=300, primary_key=True)  # host:process id:start
    sums = models.JSONField(default=list, db_default=[])
    states = models.JSONField(default=list, db_default=[])
    written_at = models.DateTimeField()
    folded_at = models.DateTimeField(null=True)

    objects = ProcessSumsQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
