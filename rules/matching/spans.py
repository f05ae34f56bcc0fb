"""Where in a message the words of a rule were found, so that a page can mark them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

import regex

from rules.matching.folding import WORD, letters, thrice, words
from rules.matching.listener import MATCH_ANYTHING, Found, Listener, MatchMode
from rules.matching.patterns import compiled, encodable
from rules.matching.phrases import Entry, Phrases
from rules.matching.substrings import needle
from rules.matching.tokens import PART, is_spaceless, read, runs
from rules.matching.vocabulary import Vocabulary

Span = tuple[int, int]

_CLUSTER = regex.compile(r"\X")
_NO_WORD = r"[^\p{L}\p{M}\p{N}]*"


def spans(text: str, listener: Listener, found: Found) -> list[Span]:
    """Return where the words of a match are in the text as written, from left to right."""
    if listener.mode in MATCH_ANYTHING:
        return []
    located = Located(text)
    if listener.mode == MatchMode.REGEX:
        return _merged(_of_pattern(text, located, found.keyword))
    keywords = listener.keywords if listener.mode == MatchMode.ALL else (found.keyword,)
    sought = replace(listener, keywords=keywords, typos=listener.typos if found.typo else 0)
    of_words = _of_needles if listener.mode == MatchMode.CONTAINS else _of_phrases
    places = [*of_words(located.folded, sought), *_of_signs(located.folded, keywords)]
    return _merged(located.written(*place) for place in places)


class Located:
    """A folded text that knows where each of its letters was written."""

    def __init__(self, text: str) -> None:
        self._letters: list[str] = []
        self._origins: list[Span] = []
        for cluster in _CLUSTER.finditer(text):
            for letter in letters(cluster[0]):
                self._add(" " if letter.isspace() else letter, cluster.span())
        self.folded = "".join(self._letters).rstrip()

    def _add(self, letter: str, origin: Span) -> None:
        tail = self._letters[-3:]
        if letter == " " and tail[-1:] in ([], [" "]):
            return
        if tail == [letter] * 3 and thrice(letter * 4) == letter * 3:
            self._origins[-1] = (self._origins[-1][0], origin[1])
            return
        self._letters.append(letter)
        self._origins.append(origin)

    def written(self, start: int, end: int) -> Span:
        return self._origins[start][0], self._origins[end - 1][1]


def _of_pattern(text: str, located: Located, pattern: str) -> list[Span]:
    """Return where a pattern is found in the text as written, or else in the folded one."""
    search = compiled(pattern).finditer
    as_written = [match.span() for match in search(encodable(text)) if match[0]]
    if as_written:
        return as_written
    return [located.written(*match.span()) for match in search(located.folded) if match[0]]


def _of_phrases(folded: str, listener: Listener) -> Iterator[Span]:
    vocabulary, phrases = Vocabulary(), Phrases()
    for number, keyword in enumerate(listener.keywords):
        for run in runs(keyword):
            vocabulary.add(run, listener.typos)
            phrases.add(run, Entry(listener, number))
    vocabulary.complete()
    reading = read(folded)
    vocabulary.recognise(reading)
    where = list(places_of(folded))
    for hit in phrases.hits(reading):
        first, end = hit.places
        yield where[first][0], where[end - 1][1]


def places_of(folded: str) -> Iterator[Span]:
    """Return where each place of a reading is."""
    for word in WORD.finditer(folded):
        start = word.start()
        if is_spaceless(word[0]):
            yield from ((at, at + 1) for at in range(start, word.end()))
        else:
            parts = PART.finditer(word[0])
            yield from ((start + part.start(), start + part.end()) for part in parts)


def _of_needles(folded: str, listener: Listener) -> Iterator[Span]:
    for keyword in listener.keywords:
        for run in runs(keyword):
            yield from (match.span() for match in _loose(needle(run)).finditer(folded))


def _loose(wanted: str) -> "regex.Pattern[str]":
    """Return what finds a text that has joints between its letters, or stretched letters."""
    found = ""
    same = [(letter, len(list(letters))) for letter, letters in groupby(wanted)]
    for at, (letter, times) in enumerate(same):
        one = regex.escape(letter)
        gap = "[ '-]?" if is_spaceless(letter) else "['-]?"
        whole = f"(?!{one})" if 0 < at < len(same) - 1 else ""
        found += _NO_WORD if letter == " " else f"(?:{gap.join([one] * times)}{whole}|{one}{{3,}})"
        found += gap if at < len(same) - 1 else ""
    return regex.compile(found)


def _of_signs(folded: str, keywords: Iterable[str]) -> Iterator[Span]:
    for keyword in keywords:
        for sign in words(keyword) if not runs(keyword) else ():
            alone = f"(?<!\u200d){regex.escape(sign)}(?!\u200d)"
            yield from (match.span() for match in regex.finditer(alone, folded))


def _merged(places: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(places):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
