"""What work that one worker at a time does remembers: one row, and who has it until when."""

from datetime import datetime
from typing import Self, TypeVar

from django.db import models
from django.db.models import Q

Row = TypeVar("Row", bound="Upkeep")


class UpkeepQuerySet(models.QuerySet[Row]):
    """Of the one row."""

    def the_row(self) -> Row:
        """Return the one row; it begins now if there is none."""
        return self.get_or_create(pk=1)[0]

    def free(self, now: datetime) -> Self:
        """Keep only the row that nobody has."""
        return self.filter(Q(leased_until=None) | Q(leased_until__lt=now), pk=1)

    def held(self, until: datetime) -> Self:
        """Keep only the row that is ours until then."""
        return self.filter(pk=1, leased_until=until)


class Upkeep(models.Model):
    """One row."""

    leased_until = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        default_permissions = ()
