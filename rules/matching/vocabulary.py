"""All words that the rules list, and which of them the words of a message may be."""

from rules.matching import affixes, elongation
from rules.matching.substrings import Inside
from rules.matching.tokens import HIDDEN, Reading, Run, Word, is_spaceless
from rules.matching.typos import Typos, allow_typos


class Vocabulary:
    """Is filled by add(), then completed once."""

    def __init__(self) -> None:
        self._words: dict[str, int] = {}  # each with how many letters may be wrong
        self._codes: set[str] = set()  # of these: what is a code in each keyword that has it
        self._inside = Inside(())
        self._typos = Typos({})

    def add(self, run: Run, typos: int, codes: frozenset[str] = frozenset()) -> None:
        words = self._words
        for word in run:
            if word in codes:
                if word not in words:
                    self._codes.add(word)
                words.setdefault(word, 0)
                continue
            self._codes.discard(word)
            wrong = typos and allow_typos(word, typos)
            if wrong > words.get(word, -1):
                words[word] = wrong

    @property
    def words(self) -> frozenset[str]:
        return frozenset(self._words)

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
            self._add_stretched(reading)
        if affixes.may_be_in(reading.folded):
            self._add_stems(reading)
        if self._typos:
            self._add_typos(reading)

    def _add_stretched(self, reading: Reading) -> None:
        for start, word in enumerate(reading.words):
            for meaning in elongation.list_meanings(word):
                listed = meaning in self._words and meaning not in self._codes
                if listed and meaning != word:
                    reading.add(start, Word(meaning, start + 1, exact=False))

    def _add_stems(self, reading: Reading) -> None:
        for start, word in enumerate(reading.words):
            for stem in affixes.strip(word):
                if stem in self._words:
                    reading.add(start, Word(stem, start + 1))
            for stem in affixes.find_inside(word, self._words):
                reading.add(start, Word(stem, start + 1, inside=True))

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
                    reading.add(start, Word(meant, word.end, wrong, word.text, exact=False))
