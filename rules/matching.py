"""Which rule wins for a message. Pure: no database, no clock.

Message and keywords are folded alike, then compared word by word, so case, accents, width, emoji
and spaces do not matter and "art" is not in "party". One rule wins: the lowest order, then the
longest match, then the lowest id.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import regex

# Letters that Unicode does not take apart, and the Turkish dotless i.
_LETTERS = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe"})
# Accents of Latin, Greek and Cyrillic, vowel points of Arabic and Hebrew. Not the breve of й and
# the dots of ї: those are letters of their own.
_ACCENTS = regex.compile(
    "(?<!и)\u0306|(?<!і)\u0308|[\u0300-\u0305\u0307\u0309-\u036f\u0591-\u05c7\u064b-\u0652\u0670]"
)
_WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}]*")
_SIGN = regex.compile(r"[^\s\ufe0f\u200d]")


class Mode(StrEnum):
    WORDS = "words"
    EXACT = "exact"
    BEGINS = "begins"
    CONTAINS = "contains"
    EVERYTHING = "everything"


def fold(text: str) -> str:
    """Return the text without the differences that do not matter; folding twice changes nothing."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)
    folded = _ACCENTS.sub("", unicodedata.normalize("NFKD", folded))
    return unicodedata.normalize("NFC", folded)


def words(text: str) -> tuple[str, ...]:
    """Return the folded words; without any, the signs, so that "+" or "❤" can be asked for."""
    folded = fold(text)
    return tuple(_WORD.findall(folded)) or tuple(_SIGN.findall(folded))


@dataclass(frozen=True, slots=True)
class Pattern:
    """One keyword of a rule, or a rule that matches everything (no words)."""

    order: int
    rule: int
    mode: Mode
    words: tuple[str, ...]
    keyword: str

    @property
    def length(self) -> int:
        return sum(map(len, self.words))

    @property
    def rank(self) -> tuple[int, int, int]:
        """Smaller wins."""
        return (self.order, -self.length, self.rule)


class Matcher:
    """All patterns of one version of the rules. Made once, then shared by all threads."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._everything: list[Pattern] = []
        self._contains: list[tuple[str, Pattern]] = []
        # A run of words leads to the best pattern of each mode that compares whole words.
        self._runs: dict[tuple[str, ...], dict[Mode, Pattern]] = {}
        for pattern in patterns:
            self._add(pattern)
        self._lengths = sorted({len(run) for run in self._runs})

    def _add(self, pattern: Pattern) -> None:
        if pattern.mode == Mode.EVERYTHING:
            self._everything.append(pattern)
        elif pattern.mode == Mode.CONTAINS:
            self._contains.append((" ".join(pattern.words), pattern))
        else:
            best = self._runs.setdefault(pattern.words, {})
            known = best.get(pattern.mode)
            if known is None or pattern.rank < known.rank:
                best[pattern.mode] = pattern

    def best(self, text: str) -> Pattern | None:
        """Return the pattern of the one rule that wins, or None."""
        return min(self._matches(words(text)), key=lambda pattern: pattern.rank, default=None)

    def _matches(self, said: Sequence[str]) -> Iterator[Pattern]:
        yield from self._everything
        joined = " ".join(said)
        yield from (pattern for needle, pattern in self._contains if needle in joined)
        for start in range(len(said)):
            for length in self._lengths:
                run = tuple(said[start : start + length])
                if len(run) < length:
                    break
                for mode, pattern in self._runs.get(run, {}).items():
                    if (
                        mode == Mode.WORDS
                        or (mode == Mode.BEGINS and start == 0)
                        or (mode == Mode.EXACT and length == len(said))
                    ):
                        yield pattern
