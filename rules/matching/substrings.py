"""Finds texts anywhere in a text, all of them at once (Aho and Corasick, 1975)."""

import re
from collections.abc import Iterable
from operator import itemgetter

import regex
from ahocorasick_rs import AhoCorasick

from rules.matching import elongation
from rules.matching.folding import WORD
from rules.matching.tokens import (
    HIDDEN,
    Reading,
    Run,
    Word,
    close_joints,
    is_spaceless,
    split_joints,
)

# Signs that belong to the letter before them, and signs that bind the letter after them: no word
# begins or ends between the two.
_BOUND = regex.compile(r"[\p{M}\p{Grapheme_Cluster_Break=SpacingMark}]")
_BINDING = ("\u1039", "\u17d2")  # stackers of Burmese and Khmer
_WORD = re.compile(f"{HIDDEN}+|[^ {HIDDEN}]+")


class Inside:
    """Finds which of its texts are inside another, and where."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = list(texts)
        self._automaton = AhoCorasick(self._texts, store_patterns=False) if self._texts else None

    def __bool__(self) -> bool:
        return self._automaton is not None

    def find(self, text: str) -> set[str]:
        """Return the texts that are in this one."""
        return {self._texts[number] for number, _, _ in self._find(text)}

    def add_words(self, reading: Reading) -> None:
        """Add to a message the words that are in its parts in scripts without spaces."""
        text, place, before = reading.folded, 0, 0
        for number, start, end in sorted(self._find(text), key=itemgetter(1)):
            place, before = place + reading.count_places(before, start), start
            if not (_cuts(text, start) or _cuts(text, end)):
                word = self._texts[number]
                reading.add(place, Word(word, place + len(word)))

    def _find(self, text: str) -> list[tuple[int, int, int]]:
        if self._automaton is None:
            return []
        return self._automaton.find_matches_as_indexes(text, overlapping=True)


def _cuts(text: str, at: int) -> bool:
    """Tell whether a cut at this place would divide a letter from what belongs to it."""
    before = text[at - 1 : at]
    bound = before in _BINDING or bool(_BOUND.match(text, at))
    return bound and is_spaceless(before) and is_spaceless(text[at : at + 1])


def needle(run: Run) -> str:
    """Return the words of a keyword as they are searched inside a message."""
    return " ".join(run)


def haystacks(reading: Reading) -> tuple[set[str], set[str]]:
    """Return the forms of a message in which needles are searched: as written, and stretched."""
    words, joined = reading.words, reading.joined or reading.words
    if reading.spaceless and reading.joined is None:
        words = joined = [
            reading.folded[slice(*word.span())] for word in _WORD.finditer(reading.spaced)
        ]
    elif reading.spaceless:
        parts_of_words = [split_joints(word) for word in WORD.findall(reading.folded)]
        words = [part for parts in parts_of_words for part in parts]
        joined = list(map(close_joints, parts_of_words))
    written = {" ".join(words), " ".join(joined)}
    return written, {form for line in written for form in elongation.repeat_evenly(line)} - written
