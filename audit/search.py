"""The entries that somebody asks for, the newest first.

However many there are, one look reads a bounded number of them: by the one index, from where it
begins, back to where it ends. What is not found by then is looked for further back, if asked to.
So nothing is counted, a rare word costs no more than a common one, and an entry costs one index.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Self

from django.db.models import Q, QuerySet
from django.utils import timezone

from audit.models import Entry
from backoffice.words import Words
from workqueue import sql

DAY = timedelta(days=1)
MOST_READ = 100_000  # entries of a look: up to half a second on a busy machine
MAX_ASKED = 200  # characters
# An address, or how one begins; it may be a number or a time as well.
_ADDRESS = re.compile(r"\d{1,3}(\.\d{0,3}){1,3}\Z|[0-9a-f]*:[0-9a-f:.]*\Z", re.IGNORECASE)
Rows = QuerySet[Entry]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the entries are narrowed to: words, a kind, a person, from a day to a day.

    error: what of it cannot be, in a sentence; it is left out.
    """

    text: str = ""
    kind: str = ""
    person: int | None = None
    first: date | None = None
    last: date | None = None
    error: str = ""

    @classmethod
    def read(cls, given: Any) -> Self:
        """Read a query; what is no kind and no person is left out."""
        first, last = _day(given.get("from", "")), _day(given.get("to", ""))
        error = ""
        if first and last and first > last:
            first, last, error = None, None, "The first day is after the last. Showing all days."
        kind = given.get("kind", "")
        return cls(
            text=given.get("q", "").replace("\x00", "").strip()[:MAX_ASKED],
            kind=kind if kind in Entry.Kind else "",
            person=sql.row_id(given.get("person", "")),
            first=first, last=last, error=error,
        )  # fmt: skip

    @property
    def query(self) -> dict[str, str]:
        """Return the query that asks for the same."""
        found = {
            "q": self.text, "kind": self.kind, "person": str(self.person or ""),
            "from": self.first.isoformat() if self.first else "",
            "to": self.last.isoformat() if self.last else "",
        }  # fmt: skip
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True, slots=True)
class Found:
    """Some entries. older: where the next ones begin, if there are any; None: there are none.

    looked_to: the moment back to which was looked, where not all could be; the rest is not known.
    """

    rows: list[Entry]
    older: int | None = None
    looked_to: datetime | None = None


def find(asked: Asked, place: int | None, count: int) -> Found:
    """Return the newest entries from below a place, which an earlier one said; None: from the top.

    One look: two statements, which read MOST_READ entries at most.
    """
    within = _below(_of_days(asked), place)
    wanted = _narrow(within, asked)
    end = None
    if wanted is not within:
        end = within.values_list("at", "pk")[MOST_READ - 1 : MOST_READ].first()
        wanted = _down_to(wanted, end)
    rows = list(wanted[: count + 1])
    if len(rows) > count:
        return Found(rows[:count], rows[count - 1].pk)
    return Found(rows, end[1], end[0]) if end else Found(rows)


def _of_days(asked: Asked) -> Rows:
    rows = Entry.objects.order_by("-at", "-pk")
    if asked.first:
        rows = rows.filter(at__gte=_begins(asked.first))
    if asked.last:
        rows = rows.filter(at__lt=_begins(asked.last + DAY))
    return rows


def _begins(day: date) -> datetime:
    """Return when a day begins by the clock that is in force, which is the shop's."""
    return datetime.combine(day, time(), timezone.get_current_timezone())


def _below(rows: Rows, place: int | None) -> Rows:
    at = Entry.objects.filter(pk=place).values_list("at", flat=True).first() if place else None
    if at is None:
        return rows
    return rows.filter(Q(at__lt=at) | Q(pk__lt=place), at__lte=at)


def _down_to(rows: Rows, end: tuple[datetime, int] | None) -> Rows:
    if end is None:
        return rows
    at, pk = end
    return rows.filter(Q(at__gt=at) | Q(pk__gte=pk), at__gte=at)


def _narrow(rows: Rows, asked: Asked) -> Rows:
    """Keep what has all of the words, the kind and the person; no index knows of them."""
    if asked.kind:
        rows = rows.filter(kind=asked.kind)
    if asked.person:
        rows = rows.filter(person_id=asked.person)
    typed = asked.text.split()
    for address in filter(_ADDRESS.match, typed):
        rows = rows.filter(Q(address__startswith=address.lower()) | _has_words(address))
    rest = " ".join(one for one in typed if not _ADDRESS.match(one))
    return rows.filter(has_words) if (has_words := _has_words(rest)) else rows


def _has_words(text: str) -> Q:
    found = Q()
    for word in Words(text).words:
        found &= Q(words__contains=word.padded)
    return found


def _day(text: str) -> date | None:
    """Read a date; what is none, or one that a database could not compare, is left out."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date.min + DAY < day < date.max - DAY else None
