"""What stands at our door: webhooks that are stored and not read yet. Their room says so."""

from collections.abc import Callable, Collection, Sequence

# Returns which of these mids (Meta's) a webhook has told of that nobody has read yet; raises
# TooFullError where it cannot tell.
Unread = Callable[[Collection[str]], set[str]]


class TooFullError(Exception):
    """So much is unread that nobody can tell of what it tells."""


_doors: list[Unread] = []


def watch(door: Unread) -> None:
    """Have this door asked from now on."""
    _doors.append(door)


def unread(mids: Sequence[str]) -> set[str]:
    """Return which of these mids are told of already, and only not read yet.

    Raises TooFullError.
    """
    return {mid for door in _doors for mid in door(mids)}
