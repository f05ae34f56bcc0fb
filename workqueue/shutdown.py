"""Is this process about to end? Then what is in hand is finished, and nothing new is begun.

What is left is due as it was, so another worker, or the next one, goes on with it.
"""

from collections.abc import Callable

_asked: list[Callable[[], bool]] = []


def watch(asked: Callable[[], bool]) -> None:
    """Say how to find out whether the host has asked this process to stop."""
    _asked[:] = [asked]


def begun() -> bool:
    """Tell whether this process has been asked to stop."""
    return any(asked() for asked in _asked)
