"""A bite: the little that is looked at, and deleted, at a time."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from django.db import connection
from django.db.models import Model, Q, QuerySet

from shop import tuning
from shop.tuning import LEAST_DAYS

Row = TypeVar("Row", bound=Model)

ROWS = 500  # that are looked at
SQLITE_ROWS = 100  # whoever deletes there keeps out every other writer
# However it is tuned.
AT_LEAST = timedelta(days=LEAST_DAYS)


@dataclass(slots=True)
class Count:
    """Rows, and how many bytes of content they have, about."""

    rows: int = 0
    size: int = 0

    def add(self, other: "Count") -> None:
        self.rows += other.rows
        self.size += other.size


@dataclass(slots=True)
class Found:
    """What went, or may go, by the word for it; stay: old rows that are not to be deleted."""

    gone: dict[str, Count] = field(default_factory=dict)
    stay: int = 0

    def add(self, gone: dict[str, Count]) -> None:
        for name, count in gone.items():
            self.gone.setdefault(name, Count()).add(count)


@dataclass(slots=True)
class Bite(Found):
    """What came of one.

    place: where the next one begins, as JSON; None: there is no more. waits: nothing was looked
    at, since something else is to be done first.
    """

    place: Any = None
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Age:
    """What was before this may go."""

    before: datetime
    now: datetime

    @property
    def rested_since(self) -> datetime:
        """What happened to a message since then may be told once more."""
        return self.now - AT_LEAST


class Kind(Protocol):
    """Something that is kept for so many days."""

    @property
    def name(self) -> str: ...

    @property
    def setting(self) -> str: ...

    def bite(self, age: Age, place: Any) -> Bite:
        """Look at the next old rows after a place, and delete those that may go."""

    def count(self, age: Age) -> Found:
        """Count what may go, in rows and size, and change nothing."""


def days(kind: Kind) -> float:
    """Return for how many days it is kept; 0: for ever."""
    return tuning.get(kind.setting)


def age(days: float, now: datetime) -> Age:
    """Return the age of what is kept for so many days, and never less than a week."""
    return Age(now - max(timedelta(days=days), AT_LEAST), now)


def after(rows: QuerySet[Row], field: str, place: Any) -> QuerySet[Row]:
    """Return the rows after a place, in the order of this moment and, within it, of their ids."""
    if place:
        at, pk = datetime.fromisoformat(place[0]), place[1]
        rows = rows.filter(Q(**{f"{field}__gt": at}) | Q(pk__gt=pk), **{f"{field}__gte": at})
    return rows.order_by(field, "pk")


def place_of(at: datetime, pk: int) -> list[Any]:
    """Return the place of a row, as JSON."""
    return [at.isoformat(), pk]


def size() -> int:
    return SQLITE_ROWS if connection.vendor == "sqlite" else ROWS


def locked(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Lock rows until the commit, but for those that somebody else has: nobody is waited for."""
    if connection.vendor == "sqlite":
        return rows
    return rows.select_for_update(skip_locked=True, of=("self",))
