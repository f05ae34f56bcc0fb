"""Points of a message's way, at which a test lets something happen: a message, a stall, a kill."""

from collections.abc import Callable
from typing import Any

from conversations import engine, inbox, replying, turns
from conversations.leases import LeasedQuerySet
from conversations.models import MessageQuerySet
from conversations.outbox import call, queue
from webhooks import processing

# The function, and whether the thing happens before or after it.
EVENT: dict[str, tuple[Any, str, str]] = {
    "after the event is claimed": (processing, "_read", "before"),
    "before the item is recorded": (inbox, "record", "before"),
    "after the item is recorded": (inbox, "record", "after"),
    "after the event is finished": (processing, "_finish", "after"),
}
TURN: dict[str, tuple[Any, str, str]] = {
    "before the claim": (turns, "_attempt", "before"),
    "after the open rows are read": (MessageQuerySet, "open", "after"),
    "while the engines are asked": (engine, "ask", "before"),
    "after the engines were asked": (engine, "ask", "after"),
    "before the verdict is written": (replying, "_write", "before"),
    "after the verdict is written": (replying, "_write", "after"),
    "before sending is marked": (queue, "_mark_sending", "before"),
    "after sending is marked": (queue, "_mark_sending", "after"),
    "after the answer of Meta": (call, "_call", "after"),
    "after the outcome is written": (call, "_write", "after"),
    "before the release": (LeasedQuerySet, "release", "before"),
    "after the release": (LeasedQuerySet, "release", "after"),
}


def passing(point: str, happening: Callable[[], None]) -> tuple[Any, str, Callable[..., Any]]:
    """Return owner, name and replacement with which it happens once, at the first passing."""
    owner, name, when = {**EVENT, **TURN}[point]
    original, left = getattr(owner, name), [happening]

    def wrapped(*args: Any, **options: Any) -> Any:
        if when == "before" and left:
            left.pop()()
        result = original(*args, **options)
        if when == "after" and left:
            left.pop()()
        return result

    return owner, name, wrapped
