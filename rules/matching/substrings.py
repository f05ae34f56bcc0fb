"""Texts found anywhere in a text, all of them at once (Aho and Corasick, 1975)."""

import re
from collections.abc import Iterable

import regex
from ahocorasick_rs import AhoCorasick

from rules.matching import elongation
from rules.matching.folding import WORD
from rules.matching.tokens import HIDDEN, Reading, Run, Word, is_spaceless, parts_of

# What belongs to the letter before it, and what binds the letter behind it: a word neither
# begins between the two nor ends there.
_BOUND = regex.compile(r"[\p{M}\p{Grapheme_Cluster_Break=SpacingMark}]")
_BINDING = ("\u1039", "\u17d2")  # stackers of Burmese and Khmer
_WORD = re.compile(f"{HIDDEN}+|[^ {HIDDEN}]+")


class Inside:
    """Finds which of some texts occur, and where."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = list(texts)
        self._automaton = AhoCorasick(self._texts, store_patterns=False) if self._texts else None

    def __bool__(self) -> bool:
        return self._automaton is not None

    def occurring(self, text: str) -> set[str]:
        return {self._texts[number] for number, _, _ in self._found(text)}

    def add_words(self, reading: Reading) -> None:
        """Add the words that occur in the scripts without spaces of a message."""
        text, place, before = reading.folded, 0, 0
        for number, start, end in sorted(self._found(text), key=lambda found: found[1]):
            place, before = place + reading.places(before, start), start
            if not (_cuts(text, start) or _cuts(text, end)):
                word = self._texts[number]
                reading.add(place, Word(word, place + len(word)))

    def _found(self, text: str) -> list[tuple[int, int, int]]:
        if self._automaton is None:
            return []
        return self._automaton.find_matches_as_indexes(text, overlapping=True)


def _cuts(text: str, at: int) -> bool:
    """Return whether a cluster of letters goes on from before a place to behind it."""
    before = text[at - 1 : at]
    bound = before in _BINDING or bool(_BOUND.match(text, at))
    return bound and is_spaceless(before) and is_spaceless(text[at : at + 1])


def needle(run: Run) -> str:
    """Return the words of a keyword as they are looked for inside a message."""
    return " ".join(run)


def haystacks(reading: Reading) -> set[str]:
    """Return the forms of a message in which needles are looked for."""
    words, joined = reading.words, reading.joined or reading.words
    if reading.spaceless and reading.joined is None:
        words = joined = [
            reading.folded[slice(*word.span())] for word in _WORD.finditer(reading.parted)
        ]
    elif reading.spaceless:
        found = [parts_of(word) for word in WORD.findall(reading.folded)]
        words = [part for parts in found for part in parts]
        joined = ["".join(parts) for parts in found]
    forms = {" ".join(words), " ".join(joined)}
    return {form for line in forms for form in elongation.evenly(line)}
