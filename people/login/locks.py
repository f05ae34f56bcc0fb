"""Which log-ins are locked now, and how a person unlocks them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from audit import trail
from people.login.allowance import Kind
from people.login.attempt import site_of
from people.models import Tries
from workqueue.snapshot import Recent

RECENT_SECONDS = 10  # so long a process refuses what is locked without asking the database
MOST_RECENT = 10_000
OF_ADDRESSES = (Kind.ADDRESS, Kind.SITE)  # whatever the name


@dataclass(frozen=True, slots=True)
class Lock:
    """Until when a try is refused."""

    until: datetime

    @property
    def seconds(self) -> int:
        return max(1, -int((timezone.now() - self.until).total_seconds() // 1))


recent: Recent[Lock] = Recent(RECENT_SECONDS, MOST_RECENT)  # those that tries met, by their keys


def of_person(person: User) -> list[Tries]:
    """Return where their log-in is locked, the longest first."""
    return list(_locked().filter(person=person))


def of_addresses() -> list[Tries]:
    """Return the addresses from which nobody may try, the longest first."""
    return list(_locked().filter(kind__in=OF_ADDRESSES))


@transaction.atomic
def unlock(*, person: User | None = None, address: str = "") -> int:
    """Let a person, or everybody at an address, try again at once; return how many locks that were.

    With a person go the addresses from which they were tried. Neither: all that is locked. Other
    processes than this one know within ten seconds.
    """
    rows = Tries.objects.all()
    said = "unlocked all log-ins"
    if person is not None:
        own = Tries.objects.filter(person=person).exclude(address="")
        tried_from = _around(own.values_list("address", flat=True))
        rows = rows.filter(person=person) | rows.filter(
            kind__in=OF_ADDRESSES, address__in=tried_from
        )
        said = f"unlocked the log-in of “{person}”"
    elif address:
        rows = rows.filter(address__in=_around([address]))
        said = f"unlocked log-ins from {address}"
    count: int = rows.filter(locked_until__gt=timezone.now()).count()
    rows.update(level=0, locked_until=None)
    recent.drop()
    trail.record(trail.Kind.LOGIN, said)
    return count


def _locked() -> Any:
    rows = Tries.objects.filter(locked_until__gt=timezone.now())
    return rows.select_related("person").order_by("-locked_until")


def _around(places: Iterable[str]) -> set[str]:
    """Return addresses with the networks around them, which lock them, too."""
    return {one for place in places for one in (place, site_of(place)) if one}
