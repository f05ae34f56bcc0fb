"""How a text is read: its words in order, and what else they may be.

A dash or apostrophe inside a word may be written, left out, or be a space: "e-mail" is read as two
words and as "email". So a message is a row of places; a word leads from one place to a later one,
and a phrase is a way from word to word.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations, product
from math import prod
from typing import NamedTuple

import regex

from rules.matching.folding import SPACELESS, WORD, letters, thrice

Run = tuple[str, ...]  # the words of a keyword
HIDDEN = "\0"  # stands for a letter of a script without spaces: which words are there is looked up
_MANY_PARTS = 4  # of a word with joints: more are joined two by two and as a whole
_MANY_RUNS = 16
# Of a word with joints; the t of "don't" is no part of its own.
PART = regex.compile("[^'-]+(?:(?<=n)'t$)?")
_WORD_LETTER = regex.compile(r"[\p{L}\p{M}\p{N}'-]")
_SPACELESS = regex.compile(SPACELESS, regex.V1)
_GAP = regex.compile(rf"(?<={SPACELESS}) +(?=\p{{L}})(?={SPACELESS})", regex.V1)
# Who cannot type them writes these instead, so Größe is found in "Groesse" too.
_RESPELT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}
    | {"Ä": "ae", "Ö": "oe", "Ü": "ue", "Ø": "oe", "Å": "aa"}
)
_REMEMBERED = 20_000


class Word(NamedTuple):
    """A word that a message may hold, and the place behind it."""

    text: str
    end: int
    wrong: int = 0  # letters by which the customer's word differs
    typo: str = ""  # the customer's word, where it differs


@dataclass(slots=True)
class Reading:
    """The places of a message: the word of each, and other words that begin there."""

    folded: str
    parted: str  # the folded text with spaces between words, and letters hidden
    words: list[str]
    spaceless: bool = False  # it has letters of a script without spaces
    joined: list[str] | None = None  # the words with their joints left out, if there are joints
    other: dict[int, list[Word]] = field(default_factory=dict)
    # Places of a lone letter beside an apostrophe: "what's" does not ask for size S.
    lone: set[int] = field(default_factory=set)

    def add(self, start: int, word: Word) -> None:
        self.other.setdefault(start, []).append(word)

    def places(self, start: int, end: int) -> int:
        """Return how many places a part of the folded text has."""
        parted = self.parted[start:end]
        if "'" in parted or "-" in parted:
            return len(_read(self.folded[start:end]).words)
        return len(_words(parted))


class _Parted(dict[int, str]):
    """What parts the words of a folded text: a table for str.translate() that fills itself."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        if _SPACELESS.match(letter):
            parted = HIDDEN
        else:
            parted = letter if _WORD_LETTER.match(letter) else " "
        if len(self) < _REMEMBERED:
            self[code] = parted
        return parted


_PARTED = _Parted()
_PARTED_ASCII = {code: _PARTED[code] for code in range(128)}


def read(text: str) -> Reading:
    """Read a message."""
    return _read(letters(text))


def _read(folded: str) -> Reading:
    table = _PARTED_ASCII if folded.isascii() else _PARTED
    parted = folded.translate(table)
    spaceless = HIDDEN in parted
    if spaceless and (closed := _closed_up(folded)) != folded:
        folded, parted = closed, closed.translate(table)
    reading = Reading(folded, parted, _words(parted), spaceless=spaceless)
    if "'" in folded or "-" in folded:
        _read_joints(reading)
    return reading


def _words(parted: str) -> list[str]:
    return parted.replace(HIDDEN, f" {HIDDEN} ").split()


def _closed_up(folded: str) -> str:
    """Return the text without the spaces inside scripts without spaces: there they say nothing."""
    if " " in folded:
        folded = _GAP.sub("", " ".join(folded.split()))
    return thrice(folded)


def _read_joints(reading: Reading) -> None:
    words, joined = [], []
    for word in reading.words:
        if "'" not in word and "-" not in word:
            words.append(word)
            joined.append(word)
            continue
        for whole in WORD.findall(word):
            parts = parts_of(whole)
            _join(reading, len(words), parts)
            if "'" in whole and len(parts) > 1:
                lone = [at for at, part in enumerate(parts, len(words)) if len(part) == 1]
                reading.lone.update(lone)
            words.extend(parts)
            joined.append("".join(parts))
    reading.words, reading.joined = words, joined


def parts_of(word: str) -> list[str]:
    """Take a word apart at its joints."""
    return [match[0].replace("'", "") for match in PART.finditer(word)]


def _join(reading: Reading, start: int, parts: list[str]) -> None:
    size = len(parts)
    few = size <= _MANY_PARTS
    for first, last in combinations(range(size + 1), 2) if few else _pairs(size):
        if last > first + 1:
            reading.add(start + first, Word(thrice("".join(parts[first:last])), start + last))


def _pairs(size: int) -> Iterator[tuple[int, int]]:
    yield from ((first, first + 2) for first in range(size - 1))
    yield 0, size


def runs(keyword: str) -> list[Run]:
    """Return the ways to read the words of a keyword; none where it has no words."""
    if keyword.isascii():
        return _runs(letters(keyword))
    respelt = unicodedata.normalize("NFC", keyword).translate(_RESPELT)
    spellings = dict.fromkeys((letters(keyword), letters(respelt)))
    return [run for spelling in spellings for run in _runs(spelling)]


def _runs(folded: str) -> list[Run]:
    if folded.isascii() and "'" not in folded and "-" not in folded:
        run = tuple(thrice(folded.translate(_PARTED_ASCII)).split())
        return [run] if run else []
    ways = [_ways(word) for word in WORD.findall(_closed_up(folded))]
    if not ways:
        return []
    every = list(product(*ways)) if prod(map(len, ways)) <= _MANY_RUNS else _all_or_none(ways)
    return list(dict.fromkeys(tuple(word for run in way for word in run) for way in every))


def _ways(word: str) -> list[Run]:
    """Return a word with each of its joints left out or a space."""
    first, *others = parts_of(word)
    ways: list[Run] = [(first,)]
    for part in others:
        ways = [
            longer for way in ways for longer in ((*way, part), (*way[:-1], thrice(way[-1] + part)))
        ]
        if len(ways) > _MANY_RUNS:
            return [(first, *others), (thrice("".join((first, *others))),)]
    return ways


def _all_or_none(ways: list[list[Run]]) -> list[tuple[Run, ...]]:
    return [tuple(way[0] for way in ways), tuple(way[-1] for way in ways)]


def is_spaceless(word: str) -> bool:
    """Return whether a word begins with a letter of a script without spaces."""
    return bool(_SPACELESS.match(word))
