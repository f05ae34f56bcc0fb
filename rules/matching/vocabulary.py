"""All words that any rule lists, and which of them a message's words may be."""

from collections.abc import Callable, Iterable

from rules.matching import affixes, elongation
from rules.matching.substrings import Inside
from rules.matching.tokens import HIDDEN, Reading, Run, Word, is_spaceless
from rules.matching.typos import Typos, tolerance


class Vocabulary:
    """Filled with add(), then completed once."""

    def __init__(self) -> None:
        self._words: dict[str, int] = {}  # and how many letters of each may be wrong
        self._inside = Inside(())
        self._typos = Typos({})

    def add(self, run: Run, typos: int) -> None:
        words = self._words
        for word in run:
            wrong = typos and tolerance(word, typos)
            if wrong > words.get(word, -1):
                words[word] = wrong

    def complete(self) -> None:
        self._inside = Inside(
            word for word in self._words if not word.isascii() and is_spaceless(word)
        )
        self._typos = Typos(self._words)

    def recognise(self, reading: Reading) -> None:
        """Add to a message the words that its words may be beside what is written."""
        if reading.spaceless:
            self._inside.add_words(reading)
        if elongation.is_stretched(reading.folded):
            self._add(reading, elongation.meanings)
        if affixes.are_written_in(reading.folded):
            self._add(reading, affixes.without)
        if self._typos:
            self._add_typos(reading)

    def _add(self, reading: Reading, meanings: Callable[[str], Iterable[str]]) -> None:
        for start, word in enumerate(reading.words):
            for meaning in meanings(word):
                if meaning != word and meaning in self._words:
                    reading.add(start, Word(meaning, start + 1))

    def _add_typos(self, reading: Reading) -> None:
        """A word that any rule lists is never taken for a typo of another."""
        said = [
            (start, Word(word, start + 1))
            for start, word in enumerate(reading.words)
            if word != HIDDEN
        ]
        said += [(start, word) for start, words in reading.other.items() for word in words]
        listed: set[int] = set()
        for start, word in said:
            if word.text in self._words:
                listed.update(range(start, word.end))
        for start, word in said:
            if not listed.issuperset(range(start, word.end)):
                for meant, wrong in self._typos.near(elongation.once(word.text)):
                    reading.add(start, Word(meant, word.end, wrong, word.text))
