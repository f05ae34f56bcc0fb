"""What is a row of its own: calls to Meta, pictures; webhooks.retention has the events."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Length

from conversations.models import Attempt, Picture
from conversations.retention import bites
from conversations.retention.bites import Age, Bite, Count, Found
from conversations.retention.thread import OPEN_STATES

_OPEN = Q(message__state__in=OPEN_STATES)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows whose ids are in the order of their times, so that a walk knows where it ends."""

    name: str
    all: Callable[[], QuerySet[Any]]
    time: str
    content: str  # the column that is large
    may_go: Q

    @property
    def setting(self) -> str:
        return f"keep_{self.name}_days"

    def bite(self, age: Age, place: Any) -> Bite:
        """Look at the next old rows after a place, and delete those that may go."""
        old = self._old(age, place)
        gone = Count(self._delete(old))
        is_over = len(old) < bites.size()
        return Bite({self.name: gone}, len(old) - gone.rows, None if is_over else old[-1])

    def count(self, age: Age) -> Found:
        """Count what may go, and how many old rows stay."""
        found, place = Found({self.name: Count()}), 0
        while old := self._old(age, place):
            pks = list(self._going(old).values_list("pk", flat=True))
            sizes = self.all().filter(pk__in=pks).aggregate(sum=Sum(Length(F(self.content))))
            found.add({self.name: Count(len(pks), sizes["sum"] or 0)})
            found.stay += len(old) - len(pks)
            place = old[-1]
        return found

    def _old(self, age: Age, place: Any) -> list[int]:
        rows = self.all().filter(pk__gt=place or 0).order_by("pk")
        listed = list(rows.values_list("pk", self.time)[: bites.size()])
        return [pk for pk, _ in takewhile(lambda row: row[1] < age.before, listed)]

    def _going(self, pks: list[int]) -> QuerySet[Any]:
        return self.all().filter(self.may_go, pk__in=pks).order_by()

    @transaction.atomic
    def _delete(self, pks: list[int]) -> int:
        pks = list(bites.locked(self._going(pks)).values_list("pk", flat=True))
        if pks:
            self.all().filter(pk__in=pks).only("pk").delete()
        return len(pks)


ATTEMPTS = Rows("attempts", Attempt.objects.all, "started_at", "body", ~_OPEN)
# One that no message has was uploaded for a reply that was never sent.
PICTURES = Rows("pictures", Picture.objects.all, "uploaded_at", "data", Q(message=None) | ~_OPEN)
