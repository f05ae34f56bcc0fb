"""Reads a text: its words in order, and what else they may be.

A dash or apostrophe inside a word may be there, be missing, or be a space: "e-mail" is read as two
words and as "email". So a message is a row of places. A word leads from one place to a later one,
and a phrase is a way from word to word. Dashes and apostrophes inside a word are its joints.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, combinations, product
from math import prod
from typing import NamedTuple

import regex

from rules.matching import affixes
from rules.matching.codes import list_codes
from rules.matching.folding import SPACELESS, WORD, fold_letters, limit_repeats, may_repeat
from rules.matching.numbers import POINT, has_digits, read_numbers
from rules.matching.ranges import find_bound, is_code, means_nothing_in_parts, split_numbers

Run = tuple[str, ...]  # the words of a keyword
HIDDEN = "\0"  # stands for a letter of a script without spaces: its words are looked up later
_MAX_PARTS = 4  # of a word with joints: more are only joined in pairs and as a whole
_MAX_RUNS = 16  # ways to read a keyword
# A part of a word with joints; the t of "don't" belongs to the part before it.
PART = regex.compile("[^'-]+(?:(?<=n)'t$)?")
_WORD_LETTER = regex.compile(rf"[\p{{L}}\p{{M}}\p{{N}}{POINT}'-]")
_SPACELESS = regex.compile(SPACELESS, regex.V1)
_SPACELESS_REPEATED = regex.compile(rf"({SPACELESS})\1{{3,}}", regex.V1)
_GAP = regex.compile(rf"(?<={SPACELESS}) +(?=\p{{L}})(?={SPACELESS})", regex.V1)
# What people write who cannot type these letters: Größe is found in "Groesse", too.
_RESPELT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}
    | {"Ä": "ae", "Ö": "oe", "Ü": "ue", "Ø": "oe", "Å": "aa"}
)
_MAX_REMEMBERED = 20_000  # letters


class Word(NamedTuple):
    """A word that a message may contain, and the place after it."""

    text: str
    end: int
    wrong: int = 0  # letters
    typo: str = ""  # the customer's word, where letters are wrong
    exact: bool = True  # written just so: neither stretched nor mistyped
    inside: bool = False  # other words are written onto it, without a space


class Keyword(NamedTuple):
    """The ways to read a keyword as words, and which of the words are codes."""

    runs: list[Run]
    codes: frozenset[str]


@dataclass(slots=True)
class Reading:
    """The places of a message: the word of each, and other words that begin there."""

    folded: str
    spaced: str  # the folded text with spaces between words, and letters hidden
    words: list[str]
    spaceless: bool = False  # it has letters of a script without spaces
    joined: list[str] | None = None  # the words without their joints, if there are any
    other: dict[int, list[Word]] = field(default_factory=dict)
    # Places of a single letter beside an apostrophe: "what's" does not ask for size S.
    lone: set[int] = field(default_factory=set)
    # Places inside of what means nothing in parts: no word begins or ends there.
    seams: set[int] = field(default_factory=set)

    def add(self, start: int, word: Word) -> None:
        self.other.setdefault(start, []).append(word)

    def count_places(self, start: int, end: int) -> int:
        """Count the places of a part of the folded text."""
        spaced = self.spaced[start:end]
        if "'" in spaced or "-" in spaced:
            return len(_read(self.folded[start:end]).words)
        return len(_split_words(spaced))


class _SplitTable(dict[int, str]):
    """Puts spaces between the words of a folded text: for str.translate(), and fills itself."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        if _SPACELESS.match(letter):
            shown = HIDDEN
        else:
            shown = letter if _WORD_LETTER.match(letter) else " "
        if len(self) < _MAX_REMEMBERED:
            self[code] = shown
        return shown


_SPLIT = _SplitTable()
_SPLIT_ASCII = {code: _SPLIT[code] for code in range(128)}


def read(text: str) -> Reading:
    """Read a message."""
    return _read(read_numbers(fold_letters(text)))


def _read(folded: str) -> Reading:
    table = _SPLIT_ASCII if folded.isascii() else _SPLIT
    spaced = folded.translate(table)
    spaceless = HIDDEN in spaced
    if spaceless and (closed := _close_up(folded)) != folded:
        folded, spaced = closed, closed.translate(table)
    reading = Reading(folded, spaced, _split_words(spaced), spaceless=spaceless)
    if "'" in folded or "-" in folded:
        _read_joints(reading)
    if has_digits(folded):
        _bind(reading)
    return reading


def _bind(reading: Reading) -> None:
    """Make one of digits whose parts mean nothing alone, such as those of "3-4 years"."""
    place = before = 0
    for bound in find_bound(reading.folded):
        place, before = place + reading.count_places(before, bound.start), bound.start
        reading.seams.add(place)
        if bound.glued:
            reading.add(place, Word(bound.glued, place + 1))


def _split_words(spaced: str) -> list[str]:
    return spaced.replace(HIDDEN, f" {HIDDEN} ").split()


def _close_up(folded: str) -> str:
    """Remove spaces inside scripts that have none: they mean nothing there."""
    if " " in folded:
        folded = _GAP.sub("", " ".join(folded.split()))
    return limit_spaceless_repeats(folded)


def limit_spaceless_repeats(folded: str) -> str:
    """Return the text with no letter of a script without spaces more than thrice in a row."""
    if not may_repeat(folded):
        return folded
    return _SPACELESS_REPEATED.sub(r"\1\1\1", folded)


def _read_joints(reading: Reading) -> None:
    words, joined = [], []
    numbers = has_digits(reading.folded)
    for word in reading.words:
        if "'" not in word and "-" not in word:
            words.append(word)
            joined.append(word)
            continue
        for whole in WORD.findall(word):
            parts = split_joints(whole)
            if numbers:
                _join_parts(reading, len(words), parts)
            else:
                _join(reading, len(words), parts)
            if "'" in whole and len(parts) > 1:
                lone = [at for at, part in enumerate(parts, len(words)) if len(part) == 1]
                reading.lone.update(lone)
            words.extend(parts)
            joined.append(close_joints(parts) if numbers else "".join(parts))
    reading.words, reading.joined = words, joined


def split_joints(word: str) -> list[str]:
    """Split a word at its joints."""
    return [match[0].replace("'", "") for match in PART.finditer(word)]


def close_joints(parts: list[str]) -> str:
    """Return the parts of a word without its joints; those between digits are spaces."""
    if is_code(parts):
        return "".join(parts)
    return " ".join(map("".join, split_numbers(parts)))


def _join_parts(reading: Reading, start: int, parts: list[str]) -> None:
    groups = split_numbers(parts)
    if means_nothing_in_parts(parts):
        reading.seams.update(range(start + 1, start + len(parts)))
    if len(groups) > 1 and is_code(parts):
        reading.add(start, Word("".join(parts), start + len(parts)))
    for group in groups:
        _join(reading, start, group)
        start += len(group)


def _join(reading: Reading, start: int, parts: list[str]) -> None:
    size = len(parts)
    few = size <= _MAX_PARTS
    for first, last in combinations(range(size + 1), 2) if few else _pairs(size):
        if last > first + 1:
            joined = "".join(parts[first:last])
            reading.add(start + first, Word(joined, start + last))
            if (limited := limit_repeats(joined)) != joined:
                reading.add(start + first, Word(limited, start + last, exact=False))


def _pairs(size: int) -> Iterator[tuple[int, int]]:
    yield from ((first, first + 2) for first in range(size - 1))
    yield 0, size


@lru_cache(maxsize=20_000)  # rules are prepared anew whenever one of them changes
def read_keyword(keyword: str) -> Keyword:
    """Return the ways to read a keyword as words; none where it has no words."""
    spellings = [fold_letters(keyword)]
    if not keyword.isascii():
        respelt = unicodedata.normalize("NFC", keyword).translate(_RESPELT)
        spellings = list(dict.fromkeys((*spellings, fold_letters(respelt))))
    runs = [run for spelling in spellings for run in _read_keyword(read_numbers(spelling))]
    runs += [("".join(run),) for run in runs if len(run) > 1 and all(map(affixes.is_korean, run))]
    codes = list_codes(keyword, [word for run in runs for word in run])
    if may_repeat(" ".join(map("".join, runs))):
        runs = [_limit_words(run, codes) for run in runs]
    return Keyword(runs, codes)


def _limit_words(run: Run, codes: frozenset[str]) -> Run:
    return tuple(word if word in codes else limit_repeats(word) for word in run)


def _read_keyword(folded: str) -> list[Run]:
    if folded.isascii() and "'" not in folded and "-" not in folded:
        run = tuple(folded.translate(_SPLIT_ASCII).split())
        return [run] if run else []
    ways = [_read_ways(word) for word in WORD.findall(_close_up(folded))]
    if not ways:
        return []
    return list(dict.fromkeys(tuple(chain(*way)) for way in _combine(ways)))


def _read_ways(word: str) -> list[Run]:
    """Return a word with each of its joints removed or replaced by a space."""
    parts = split_joints(word)
    groups = [_read_group(group) for group in split_numbers(parts)]
    if len(groups) == 1:
        return groups[0]
    ways = [tuple(chain(*way)) for way in _combine(groups)]
    return [*ways, ("".join(parts),)] if is_code(parts) else ways


def _read_group(parts: list[str]) -> list[Run]:
    first, *others = parts
    ways: list[Run] = [(first,)]
    for part in others:
        ways = [longer for way in ways for longer in ((*way, part), (*way[:-1], way[-1] + part))]
        if len(ways) > _MAX_RUNS:
            return [(first, *others), ("".join((first, *others)),)]
    return ways


def _combine(ways: list[list[Run]]) -> list[tuple[Run, ...]]:
    """Return each way of one with each of the others; of too many, only the plainest two."""
    if prod(map(len, ways)) <= _MAX_RUNS:
        return list(product(*ways))
    return [tuple(way[0] for way in ways), tuple(way[-1] for way in ways)]


def is_spaceless(word: str) -> bool:
    """Tell whether a word begins with a letter of a script without spaces."""
    return bool(_SPACELESS.match(word))
