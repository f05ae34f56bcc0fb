"""How a message was decided: what is stored beside it, in words for staff.

An engine may store anything as JSON (docs/engines.md). What is known is said in words, the rest as
it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SHOWN = 200  # characters of what an engine says in its own way
KNOWN = ("rules", "lost", "typo", "answered_with")


@dataclass(frozen=True, slots=True)
class Why:
    """lost: what else might have answered, and why it did not; asked: how many rules were.

    answered_with: the message whose answer is for this one, too.
    """

    sentences: Sequence[str]
    lost: Sequence[tuple[str, str]]
    answered_with: int | None
    asked: int | None


def explain(stored: Any) -> Why | None:
    """Return what there is to say; None: no more than the reason, which is said anyway."""
    if not isinstance(stored, Mapping):
        return None
    sentences, lost = list(_sentences(stored)), _pairs(stored.get("lost"))
    answered_with = _number(stored.get("answered_with"))
    if not (sentences or lost or answered_with):
        return None
    return Why(sentences, lost, answered_with, _number(stored.get("rules")))


def _sentences(stored: Mapping[str, Any]) -> Iterator[str]:
    for written, keyword in _pairs([stored.get("typo")]):
        yield f"“{written}” was read as “{keyword}”."
    for name, value in stored.items():
        if name not in KNOWN:
            yield f"{name}: {value}"[:SHOWN]


def _pairs(stored: Any) -> list[tuple[str, str]]:
    rows = stored if isinstance(stored, list) else []
    pairs = (row for row in rows if isinstance(row, list) and len(row) == 2)  # noqa: PLR2004 - a pair
    return [(str(one), str(other)) for one, other in pairs]


def _number(stored: Any) -> int | None:
    return stored if isinstance(stored, int) else None
