"""Points of a message's way, at which a test lets something happen: a message, a stall, a kill."""

from collections.abc import Callable
from typing import Any

import pytest

from conversations import engine, inbox, outbox, turns
from conversations.account import pause as account_pause
from conversations.answering import decision
from conversations.inbox import found
from conversations.models import MessageQuerySet
from conversations.outbox import attempt, queue, settlement, states
from conversations.recovery import thread as recovery_thread
from conversations.recovery import walk
from conversations.removal import disk, request, traces, work
from conversations.removal import thread as removal
from conversations.retention import customers, digests, thread, upkeep
from webhooks import customers as customers_events
from webhooks import erasure, index, processing, views
from workqueue.bell import Ring
from workqueue.leases import LeasedQuerySet

# The function, and whether the thing happens before or after it.
DOOR: dict[str, tuple[Any, str, str]] = {
    "before the webhook is stored": (views, "store", "before"),
    "after the webhook is stored": (views, "store", "after"),
    "after the ring": (Ring, "ring", "after"),
}
# One item in one transaction, as goes for most events …
AT_ONCE: dict[str, tuple[Any, str, str]] = {
    "before the new event is read": (processing, "at_once", "before"),
    "before its item is recorded": (inbox, "record", "before"),
    "after its item is recorded": (inbox, "record", "after"),
    "before the new event is closed": (processing, "erase_unsent", "after"),
    # (Where the ticker finds it first it goes the careful way, which tells too.)
    "after the new event is closed": (processing, "tell", "before"),
}
# … and the careful way.
EVENT: dict[str, tuple[Any, str, str]] = {
    "before the event is claimed": (processing, "process", "before"),
    "after the event is claimed": (processing, "read", "before"),
    "before the item is recorded": (inbox, "record", "before"),
    "after the item is recorded": (inbox, "record", "after"),
    "after the event is finished": (processing, "finish", "after"),
    "after that is committed": (processing, "process", "after"),
}
TURN: dict[str, tuple[Any, str, str]] = {
    "before the claim": (turns, "take", "before"),
    "after the claim": (turns, "run", "before"),
    "after the open rows are read": (MessageQuerySet, "open", "after"),
    "after the interrupted are marked": (outbox, "interrupted", "after"),
    "while the engines are asked": (engine, "ask", "before"),
    "after the engines were asked": (engine, "ask", "after"),
    "before the verdict is written": (decision, "write", "before"),
    "after the verdict is written": (decision, "write", "after"),
    "before sending is marked": (queue, "ask_and_mark", "before"),
    "after sending is marked": (queue, "ask_and_mark", "after"),
    "after the answer of Meta": (attempt, "call", "after"),
    "after the outcome is written": (attempt, "write_outcome", "after"),
    "before the release": (LeasedQuerySet, "release", "before"),
    "after the release": (LeasedQuerySet, "release", "after"),
}
# The answer of a lone question is marked as it is written; only what waits passes here.
WAITS = ("before sending is marked", "after sending is marked")
SETTLE: dict[str, tuple[Any, str, str]] = {
    "after a look is marked": (settlement, "look", "before"),
    "after the thread was read": (settlement, "find", "before"),
    "after the send was found": (states, "confirm", "after"),
    "after a read without it": (settlement, "missed", "after"),
    "while it is queued once more": (settlement, "send_once_more", "after"),
    "after it is queued once more": (settlement, "missed", "after the second"),
}
PAUSE: dict[str, tuple[Any, str, str]] = {
    "after one send goes first": (account_pause, "may_go_first", "after"),
    "after it is marked": (queue, "ask_and_mark", "after"),
    "before the pause is ended": (account_pause, "end", "before"),
    "before the others are woken": (account_pause, "wake", "before"),
    "after the pause is ended": (account_pause, "end", "after"),
}
RETENTION: dict[str, tuple[Any, str, str]] = {
    "before a bite": (thread, "take", "before"),
    "after it is chosen what goes": (thread, "choose", "after"),
    "before it is remembered": (digests, "remember", "before"),
    "after it is remembered": (digests, "remember", "after"),
    "after it is deleted": (thread, "delete", "after"),
    "after a bite": (thread, "take", "after"),
    "before the customers": (customers, "_take", "before"),
    "after the customers": (customers, "_take", "after"),
    "before the look is over": (upkeep, "_leave", "before"),
}
RECOVERY: dict[str, tuple[Any, str, str]] = {
    "before a thread is compared": (recovery_thread, "take_in", "before"),
    "before what is missing is written": (found, "record", "before"),
    "while what is missing is written": (found, "write", "after"),
    "after what is missing is written": (found, "record", "after"),
    "after the find is counted": (walk.Bite, "_count", "after"),
    "before the walk is left": (walk.Bite, "leave", "before"),
}
INDEX: dict[str, tuple[Any, str, str]] = {
    "before events are found by their hashes": (index, "_let_be_found", "before"),
    "before unsends are looked for": (erasure, "unsent_among", "before"),
    "before events are indexed": (index, "_finish", "before"),
    "after what was unsent is erased": (erasure, "erase", "after"),
}
REMOVAL: dict[str, tuple[Any, str, str]] = {
    "before it is begun": (request, "_hide", "before"),
    "after it is begun": (request, "begin", "after"),
    "after some messages are deleted": (removal, "_take", "after"),
    "after a bite of the events": (work, "_bite", "after"),
    "after it is taken out of an event": (customers_events, "take_out", "after"),
    "after what the API knows": (work, "_bite", "after the second"),
    "before the log is changed": (traces, "_forget_wishes", "before"),
    "before the files are cleaned": (disk, "clean", "before"),
    "after the files are cleaned": (disk, "clean", "after"),
}
ALL = {
    **REMOVAL,
    **INDEX,
    **RECOVERY,
    **RETENTION,
    **DOOR,
    **AT_ONCE,
    **EVENT,
    **TURN,
    **SETTLE,
    **PAUSE,
}


class KilledError(BaseException):
    """The process is gone: nothing in it may catch this."""


def dies() -> None:
    raise KilledError


def passing(point: str, happening: Callable[[], object]) -> tuple[Any, str, Callable[..., Any]]:
    """Return owner, name and replacement with which it happens once, at the first passing.

    Or at the second, where the point says so.
    """
    owner, name, when = ALL[point]
    original, left = getattr(owner, name), [happening]
    if when.endswith("second"):
        left.append(lambda: None)

    def wrapped(*args: Any, **options: Any) -> Any:
        if when == "before" and left:
            left.pop()()
        result = original(*args, **options)
        if when != "before" and left:
            left.pop()()
        return result

    return owner, name, wrapped


def at_point(monkeypatch: pytest.MonkeyPatch, point: str, happening: Callable[[], object]) -> None:
    owner, name, wrapped = passing(point, happening)
    monkeypatch.setattr(owner, name, wrapped)
