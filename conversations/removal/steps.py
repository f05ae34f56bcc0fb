"""What is done to erase a customer, and who has something to add to it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from conversations.models import CustomerErasure


@dataclass(frozen=True, slots=True)
class Bite:
    """What came of a part of a step: rows that went, by the word for them.

    place: where the step goes on, as JSON; None: it is done.
    wait: it is too early for it, and nobody need look again before so long; None: it is not.
    """

    counts: dict[str, int] = field(default_factory=dict)
    place: Any = None
    wait: timedelta | None = None


Step = Callable[[CustomerErasure, Any], Bite]
OfMessages = Callable[[Collection[int]], dict[str, int]]

TellsOf = Callable[[int, str], bool]

_tellers: list[TellsOf] = []
_beside: list[Step] = []
_of_messages: list[OfMessages] = []


def add(step: Step) -> None:
    """Have this done, too, for each customer: called in bites, each in one transaction.

    Its messages are there still, and nobody sees them; it must be safe to do again.
    """
    _beside.append(step)


def add_of_messages(work: OfMessages) -> None:
    """Have this done for messages, by their ids, in the transaction that deletes them."""
    _of_messages.append(work)


def add_tellers(tells_of: TellsOf) -> None:
    """Have this asked whether anything is left of a customer without a conversation."""
    _tellers.append(tells_of)


def is_told_of(account: int, customer: str) -> bool:
    """Tell whether anything is left of a customer of this id; it takes long."""
    return any(tells_of(account, customer) for tells_of in _tellers)


def beside() -> list[Step]:
    return list(_beside)


def forget_messages(pks: Collection[int]) -> dict[str, int]:
    """Do what was added for messages; return how many rows went, by the word for them."""
    counts: dict[str, int] = {}
    for work in _of_messages:
        counts |= work(pks)
    return counts
