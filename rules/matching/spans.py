"""Where in a message the words of a rule were found, so that a page can mark them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import groupby

import regex

from instagram.limits import CHARACTER
from rules.matching.folding import TOGETHER, WORD, fold_letters, limit_repeats, read_words
from rules.matching.listener import MATCH_ANYTHING, Listener, Match, MatchMode
from rules.matching.numbers import list_separators
from rules.matching.patterns import compile_pattern, make_encodable
from rules.matching.phrases import Entry, Phrases
from rules.matching.substrings import needle
from rules.matching.tokens import (
    PART,
    is_spaceless,
    limit_spaceless_repeats,
    read,
    read_keyword,
)
from rules.matching.vocabulary import Vocabulary

Span = tuple[int, int]

_FOLDED_TOGETHER = regex.compile(rf"{TOGETHER}|{CHARACTER.pattern}")
_BETWEEN_WORDS = r"[^\p{L}\p{M}\p{N}]*"


def spans(text: str, listener: Listener, match: Match) -> list[Span]:
    """Return where the words of a match are in the text, from left to right."""
    if listener.mode in MATCH_ANYTHING:
        return []
    if listener.mode == MatchMode.REGEX:
        return _merge(_find_pattern(text, Located(text), match.keyword))
    located = Located(text, limit_spaceless_repeats)
    located.read_numbers()
    keywords = listener.keywords if listener.mode == MatchMode.ALL else (match.keyword,)
    matching = replace(listener, keywords=keywords, typos=listener.typos if match.typo else 0)
    if listener.is_command:  # beside a "please"
        matching = replace(matching, mode=MatchMode.WORDS)
    find = _find_inside if listener.mode == MatchMode.CONTAINS else _find_phrases
    places = [*find(located.folded, matching), *_find_signs(located.folded, keywords)]
    return _merge(located.written(*place) for place in places)


class Located:
    """A folded text that knows where each of its letters was written."""

    def __init__(self, text: str, limit: Callable[[str], str] = limit_repeats) -> None:
        self._limit = limit
        self._letters: list[str] = []
        self._origins: list[Span] = []
        for character in _FOLDED_TOGETHER.finditer(text):
            for letter in fold_letters(character[0]):
                self._add(" " if letter.isspace() else letter, character.span())
        self.folded = "".join(self._letters).rstrip()

    def _add(self, letter: str, origin: Span) -> None:
        tail = self._letters[-3:]
        if letter == " " and tail[-1:] in ([], [" "]):
            return
        if tail == [letter] * 3 and self._limit(letter * 4) == letter * 3:
            self._origins[-1] = (self._origins[-1][0], origin[1])
            return
        self._letters.append(letter)
        self._origins.append(origin)

    def read_numbers(self) -> None:
        separators = list_separators(self.folded)
        self._letters = [separators.get(at, sign) for at, sign in enumerate(self.folded)]
        kept = [at for at, letter in enumerate(self._letters) if letter]
        self._origins = [self._origins[at] for at in kept]
        self.folded = "".join(self._letters)

    def written(self, start: int, end: int) -> Span:
        return self._origins[start][0], self._origins[end - 1][1]


def _find_pattern(text: str, located: Located, pattern: str) -> list[Span]:
    """Return where a pattern is found in the text as written, or else in the folded text."""
    search = compile_pattern(pattern).finditer
    as_written = [match.span() for match in search(make_encodable(text)) if match[0]]
    if as_written:
        return as_written
    return [located.written(*match.span()) for match in search(located.folded) if match[0]]


def _find_phrases(folded: str, listener: Listener) -> Iterator[Span]:
    vocabulary, phrases = Vocabulary(), Phrases()
    for number, keyword in enumerate(listener.keywords):
        runs, codes = read_keyword(keyword)
        for run in runs:
            vocabulary.add(run, listener.typos, codes)
            phrases.add(run, Entry(listener, number, codes=codes))
    vocabulary.complete()
    reading = read(folded)
    vocabulary.recognise(reading)
    places = list(list_places(folded))
    for hit in phrases.find(reading):
        first, end = hit.places
        yield places[first][0], places[end - 1][1]


def list_places(folded: str) -> Iterator[Span]:
    """Return where in the folded text each place of a reading is."""
    for word in WORD.finditer(folded):
        start = word.start()
        if is_spaceless(word[0]):
            yield from ((at, at + 1) for at in range(start, word.end()))
        else:
            parts = PART.finditer(word[0])
            yield from ((start + part.start(), start + part.end()) for part in parts)


def _find_inside(folded: str, listener: Listener) -> Iterator[Span]:
    for keyword in listener.keywords:
        for run in read_keyword(keyword).runs:
            yield from (match.span() for match in _make_loose(needle(run)).finditer(folded))


def _make_loose(text: str) -> "regex.Pattern[str]":
    """Return a pattern that also finds the text with dashes inside or with stretched letters."""
    pattern = ""
    runs_of_letters = [(letter, len(list(same))) for letter, same in groupby(text)]
    last = len(runs_of_letters) - 1
    for at, (letter, times) in enumerate(runs_of_letters):
        escaped = regex.escape(letter)
        gap = "[ '-]?" if is_spaceless(letter) else "['-]?"
        end = f"(?!{escaped})" if 0 < at < last else ""
        exactly, stretched = f"{gap.join([escaped] * times)}{end}", f"{escaped}{{3,}}"
        pattern += _BETWEEN_WORDS if letter == " " else f"(?:{exactly}|{stretched})"
        pattern += gap if at < last else ""
    return regex.compile(pattern)


def _find_signs(folded: str, keywords: Iterable[str]) -> Iterator[Span]:
    for keyword in keywords:
        for sign in read_words(keyword) if not read_keyword(keyword).runs else ():
            alone = f"(?<!\u200d){regex.escape(sign)}(?!\u200d)"
            yield from (match.span() for match in regex.finditer(alone, folded))


def _merge(places: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(places):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
