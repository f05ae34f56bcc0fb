"""Finds whole words and phrases by a tree of words, walked from each place of a message.

This takes as long however many phrases there are: one lookup for each word, and one more for
each further word of a phrase that begins there.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from rules.matching.listener import Listener, MatchMode
from rules.matching.tokens import Reading, Run, Word

_ENTRIES = ""  # key of a node, beside the words that may follow: the keywords that end here
_Node = dict[str, Any]  # a _Node by each word, and a list of Entry by _ENTRIES


class Entry(NamedTuple):
    """A keyword of a rule, or a word that it excludes."""

    listener: Listener
    number: int  # of the keyword among those of its listener
    never: bool = False
    codes: frozenset[str] = frozenset()  # those of its words that must be written just so


class Hit(NamedTuple):
    """A keyword that was found."""

    entry: Entry
    length: int  # in correct letters
    typo: str = ""
    places: tuple[int, int] = (0, 0)  # where it begins and ends


class _Way(NamedTuple):
    """How far a phrase has been walked."""

    end: int
    length: int
    worst: int = 0  # wrong letters in the worst of its words
    typo: str = ""
    inexact: tuple[str, ...] = ()  # words that were stretched or mistyped
    inside: bool = False  # one of its words is only a part of what is written there

    def over(self, word: Word) -> "_Way":
        typo = f"{self.typo} {word.typo}".strip() if word.typo else self.typo
        length = self.length + len(word.text) - word.wrong
        inexact = self.inexact if word.exact else (*self.inexact, word.text)
        inside = self.inside or word.inside
        return _Way(word.end, length, max(self.worst, word.wrong), typo, inexact, inside)


class Phrases:
    def __init__(self) -> None:
        self._root: _Node = {}

    def __bool__(self) -> bool:
        return bool(self._root)

    def add(self, run: Run, entry: Entry) -> None:
        node = self._root
        for word in run:
            node = node.setdefault(word, {})
        node.setdefault(_ENTRIES, []).append(entry)

    def find(self, reading: Reading) -> Iterator[Hit]:
        """Return the phrases in a message; one that occurs twice is returned twice."""
        get = self._root.get
        for start, word in enumerate(reading.words):
            if (node := get(word)) is not None:
                yield from self._walk(reading, start, node, _Way(start + 1, len(word)))
        for start, others in reading.other.items():
            for other in others:
                if (node := get(other.text)) is not None:
                    yield from self._walk(reading, start, node, _Way(start, 0).over(other))

    def _walk(self, reading: Reading, start: int, node: _Node, way: _Way) -> Iterator[Hit]:
        words, last = reading.words, len(reading.words)
        ways = [(node, way)]
        while ways:
            node, way = ways.pop()
            for entry in node.get(_ENTRIES, ()):
                if _counts(entry, reading, start, way):
                    yield Hit(entry, way.length, way.typo, (start, way.end))
            if way.end == last or (len(node) == 1 and _ENTRIES in node):
                continue
            here = [Word(words[way.end], way.end + 1), *reading.other.get(way.end, ())]
            ways.extend((node[word.text], way.over(word)) for word in here if word.text in node)


def _counts(entry: Entry, reading: Reading, start: int, way: _Way) -> bool:
    """Tell whether a phrase that was found counts for this keyword."""
    if way.worst > (0 if entry.never else entry.listener.typos):
        return False
    if way.inexact and not entry.codes.isdisjoint(way.inexact):
        return False
    if start in reading.lone and way.end == start + 1:
        return False
    if start in reading.seams or way.end in reading.seams:
        return False
    mode = MatchMode.WORDS if entry.never else entry.listener.mode
    if way.inside and mode == MatchMode.EXACT:
        return False
    return (start == 0 or mode not in (MatchMode.BEGINS, MatchMode.EXACT)) and (
        way.end == len(reading.words) or mode not in (MatchMode.ENDS, MatchMode.EXACT)
    )
