"""How many wrong passwords are free, and how long the next try waits after them. Pure.

Wrong passwords are counted in up to four places: those for a name from an address, those from an
address for any name, those from the network around it, and those for a name from wherever nobody
has logged in under it before. So
whoever knows a name locks its owner out neither at home nor in a browser of theirs. From a browser
in which somebody has logged in under the name, the tries are counted by themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
# How long the first try waits after the free ones, and each further one.
WAITS = (MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 8 * HOUR)


class Kind(StrEnum):
    """What counts together."""

    PAIR = "pair"  # a name from an address
    ADDRESS = "address"  # an address, whatever the name
    SITE = "site"  # the network around an address of IPv6, but for names known at the address
    NAME = "name"  # a name, from addresses from which nobody logged in under it
    DEVICE = "device"  # a name in a browser in which somebody logged in under it


@dataclass(frozen=True, slots=True)
class Allowance:
    """free: wrong passwords without a wait; one is forgiven every so often."""

    free: int
    forgiven_every: timedelta


ALLOWANCES: Mapping[Kind, Allowance] = {
    Kind.PAIR: Allowance(free=5, forgiven_every=8 * HOUR),
    Kind.DEVICE: Allowance(free=10, forgiven_every=HOUR),
    Kind.ADDRESS: Allowance(free=20, forgiven_every=10 * MINUTE),
    Kind.NAME: Allowance(free=30, forgiven_every=10 * MINUTE),
    Kind.SITE: Allowance(free=60, forgiven_every=10 * MINUTE),
}


def left(kind: Kind, level: float, passed: timedelta) -> float:
    """Return what is left of wrong passwords after some time."""
    return max(0.0, level - passed / ALLOWANCES[kind].forgiven_every)


def beyond(kind: Kind, level: float) -> int:
    """Return the number of wrong passwords since the last free one; 0: there are free ones left."""
    return max(0, round(level) - ALLOWANCES[kind].free + 1)


def free_after(kind: Kind, level: float) -> int:
    """Return how many more wrong passwords are free."""
    return max(0, ALLOWANCES[kind].free - round(level))


def nothing_left_at(kind: Kind, level: float, at: datetime) -> datetime:
    """Return when all of it will be forgiven."""
    return at + level * ALLOWANCES[kind].forgiven_every


def cool_off(request: Any) -> timedelta | None:
    """Return how long the next try waits, after a failure that axes has counted."""
    number = request.axes_failures_since_start
    return WAITS[min(number, len(WAITS)) - 1] if number else None
