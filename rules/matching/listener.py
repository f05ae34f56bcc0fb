"""What a rule listens for, and its match in a message."""

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
    never: tuple[str, ...] = ()  # words or phrases that the message must not contain
    typos: int = 0  # 0, 1 or 2 letters of a word may be wrong
    is_command: bool = False  # STOP and its like: comes first, and "please" does not matter


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that matches, and the best of its keywords."""

    rule: int
    order: int
    mode: MatchMode
    keyword: str  # as staff wrote it; with MatchMode.ALL all of them; "" without keywords
    length: int  # of what matched, in folded letters
    typo: str = ""  # the customer's word, where it was a typo of the keyword
    never: str = ""  # the excluded word in the message: without it the rule would match
    is_command: bool = False
    is_named: bool = False  # what a tap sends names the rule, so its words do not matter

    @property
    def rank(self) -> tuple[bool, bool, bool, int, int, int]:
        """The smallest wins.

        The rule that is named, no fallback, a command, lowest order, longest match, lowest id.
        """
        is_fallback = self.mode == MatchMode.FALLBACK
        return (
            not self.is_named, is_fallback, not self.is_command, self.order, -self.length,
            self.rule,
        )  # fmt: skip
