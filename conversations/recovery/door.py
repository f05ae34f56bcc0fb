"""What stands at our door: webhooks that are stored and not read yet. Their room says so."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime


class TooFullError(Exception):
    """So much is unread that nobody can tell of what it tells."""


@dataclass(frozen=True, slots=True)
class Door:
    """unread: which of these mids (Meta's) a webhook has told of that nobody has read yet.

    It raises TooFullError where it cannot tell.

    newest: when a webhook last came.
    """

    unread: Callable[[Collection[str]], set[str]]
    newest: Callable[[], datetime | None]


_doors: list[Door] = []


def watch(door: Door) -> None:
    """Have this door asked from now on."""
    _doors.append(door)


def unread(mids: Sequence[str]) -> set[str]:
    """Return which of these mids are told of already, and only not read yet.

    Raises TooFullError.
    """
    return {mid for door in _doors for mid in door.unread(mids)}


def newest() -> datetime | None:
    """Return when a webhook last came; None: none that is kept."""
    return max((at for door in _doors if (at := door.newest())), default=None)
