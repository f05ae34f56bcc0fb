"""What a check finds, and what a check is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """From well to ill, in this order."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about one part. next_step: what to do now; link: where, if a page has it.

    check, why: the check's name and why it matters, which the examination fills in.
    """

    state: State
    says: str
    next_step: str = ""
    link: str = ""
    check: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One part that is looked at. why: what happens to customers where it does not work."""

    name: str
    title: str
    why: str
    examine: Callable[[], Iterable[Finding]]


def ok(says: str) -> Finding:
    return Finding(State.OK, says)


def warning(says: str, next_step: str, link: str = "") -> Finding:
    return Finding(State.WARNING, says, next_step, link)


def wrong(says: str, next_step: str, link: str = "") -> Finding:
    return Finding(State.WRONG, says, next_step, link)


def worst(findings: Iterable[Finding]) -> State:
    """Return the worst state of all; ok if there is none."""
    order = list(State)
    return max((one.state for one in findings), key=order.index, default=State.OK)
