"""What a rule listens for, and what was found."""

from dataclasses import dataclass
from enum import StrEnum


class MatchMode(StrEnum):
    """How a rule listens. Stored with it; rules.models has the words that staff read."""

    WORDS = "words"
    ALL = "all"
    EXACT = "exact"
    BEGINS = "begins"
    ENDS = "ends"
    CONTAINS = "contains"
    REGEX = "regex"
    EVERYTHING = "everything"
    FALLBACK = "fallback"


MATCH_ANYTHING = frozenset({MatchMode.EVERYTHING, MatchMode.FALLBACK})  # modes without keywords


@dataclass(frozen=True, slots=True)
class Listener:
    """What one rule listens for."""

    rule: int
    order: int
    mode: MatchMode
    keywords: tuple[str, ...] = ()
    never: tuple[str, ...] = ()  # words or phrases that must not occur
    typos: int = 0  # 0, 1 or 2 letters of a word may be wrong


@dataclass(frozen=True, slots=True)
class Found:
    """A rule that matches, with the best of its keywords."""

    rule: int
    order: int
    mode: MatchMode
    keyword: str  # as staff wrote it; of ALL all of them; "" of everything
    length: int  # of what was matched, in folded letters
    typo: str = ""  # the customer's word where it was a typo of the keyword
    never: str = ""  # the word that occurs and must not: the rule would match but for it

    @property
    def rank(self) -> tuple[bool, int, int, int]:
        """Smaller wins: fallbacks last, then the lowest order, the longest match, the lowest id."""
        return (self.mode == MatchMode.FALLBACK, self.order, -self.length, self.rule)
