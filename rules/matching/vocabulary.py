"""All words that the rules list, and which of them the words of a message may be."""

from collections.abc import Callable, Iterable

from rules.matching import affixes, elongation
from rules.matching.substrings import Inside
from rules.matching.tokens import HIDDEN, Reading, Run, Word, is_spaceless
from rules.matching.typos import Typos, allow_typos


class Vocabulary:
    """Is filled by add(), then completed once."""

    def __init__(self) -> None:
        self._words: dict[str, int] = {}  # each with how many letters may be wrong
        self._inside = Inside(())
        self._typos = Typos({})

    def add(self, run: Run, typos: int) -> None:
        words = self._words
        for word in run:
            wrong = typos and allow_typos(word, typos)
            if wrong > words.get(word, -1):
                words[word] = wrong

    def complete(self) -> None:
        self._inside = Inside(
            word for word in self._words if not word.isascii() and is_spaceless(word)
        )
        self._typos = Typos(self._words)

    def recognise(self, reading: Reading) -> None:
        """Add to a message what else its words may be."""
        if reading.spaceless:
            self._inside.add_words(reading)
        if elongation.is_stretched(reading.folded):
            self._add(reading, elongation.list_meanings)
        if affixes.may_be_in(reading.folded):
            self._add(reading, affixes.strip)
        if self._typos:
            self._add_typos(reading)

    def _add(self, reading: Reading, list_meanings: Callable[[str], Iterable[str]]) -> None:
        for start, word in enumerate(reading.words):
            for meaning in list_meanings(word):
                if meaning != word and meaning in self._words:
                    reading.add(start, Word(meaning, start + 1))

    def _add_typos(self, reading: Reading) -> None:
        """Add what is a typo. A word that any rule lists is never a typo of another word."""
        written = [
            (start, Word(word, start + 1))
            for start, word in enumerate(reading.words)
            if word != HIDDEN
        ]
        written += [(start, word) for start, words in reading.other.items() for word in words]
        listed: set[int] = set()
        for start, word in written:
            if word.text in self._words:
                listed.update(range(start, word.end))
        for start, word in written:
            if not listed.issuperset(range(start, word.end)):
                for meant, wrong in self._typos.find(elongation.shorten(word.text)):
                    reading.add(start, Word(meant, word.end, wrong, word.text))
