"""The version of the rules, which all processes watch, and what raises it."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import F

Row = TypeVar("Row", bound=models.Model)


class RulesVersion(models.Model):
    """One row. It is raised in the transaction of each change to a table that matching reads."""

    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"version {self.number}"

    @classmethod
    def read(cls) -> int:
        return cls.objects.filter(pk=1).values_list("number", flat=True).first() or 0

    @classmethod
    def raise_it(cls) -> None:
        if not cls.objects.filter(pk=1).update(number=F("number") + 1):
            cls.objects.get_or_create(pk=1, defaults={"number": 1})

    @classmethod
    def hold(cls) -> None:
        """Keep others from changing rules until the commit: they all raise the version first.

        Who locked a rule before the version could deadlock with who did it the other way round.
        """
        cls.raise_it()


class WatchedQuerySet(models.QuerySet[Row]):
    """Raises the version when many rows are changed."""

    def update(self, **changes: Any) -> int:
        with transaction.atomic(using=self.db):
            RulesVersion.raise_it()
            return super().update(**changes)

    def delete(self) -> tuple[int, dict[str, int]]:
        with transaction.atomic(using=self.db):
            RulesVersion.raise_it()
            return super().delete()

    def bulk_create(self, objs: Iterable[Row], *args: Any, **options: Any) -> list[Row]:
        with transaction.atomic(using=self.db):
            RulesVersion.raise_it()
            return super().bulk_create(objs, *args, **options)

    # bulk_update() goes through update().


class Watched(models.Model):
    """A table that matching reads: every way to change a row raises the version.

    Its manager must come from WatchedQuerySet and be the base manager, too: Django uses both.
    """

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            RulesVersion.raise_it()
            super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        with transaction.atomic():
            RulesVersion.raise_it()
            return super().delete(*args, **options)
