"""The rules that match a message."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from rules.matching.folding import signs, words
from rules.matching.listener import MATCH_ANYTHING, Found, Listener, MatchMode
from rules.matching.patterns import Patterns
from rules.matching.phrases import Entry, Hit, Phrases
from rules.matching.substrings import Inside, haystacks, needle
from rules.matching.tokens import Reading, read, runs
from rules.matching.vocabulary import Vocabulary

Hits = dict[int, dict[int, Hit]]  # rule -> number of the keyword -> the best of its hits


class Matcher:
    """All rules of one version. Made once, then shared by all threads."""

    def __init__(self, listeners: Iterable[Listener]) -> None:
        self._always: list[Found] = []
        self._vocabulary = Vocabulary()
        self._phrases = Phrases()
        self._signs = Phrases()
        self._patterns = Patterns()
        self._needles: dict[str, list[Entry]] = {}
        self._sought: dict[int, int] = {}  # how many keywords of each rule there are to find
        for listener in listeners:
            self._add(listener)
        self._vocabulary.complete()
        self._inside = Inside(self._needles)

    def find(self, text: str) -> list[Found]:
        """Return the best match of each rule that matches, winners first.

        Those that only a never-word stops come last, with that word.
        """
        hits: Hits = {}
        never: Hits = {}
        for hit in self._hits(text):
            _best_of(never if hit.entry.never else hits, hit)
        found = [*self._always, *filter(None, map(self._found, hits.values()))]
        if never:
            found = [_stopped(one, never.get(one.rule)) for one in found]
        found.sort(key=lambda one: (one.never != "", one.rank))
        return found

    def _add(self, listener: Listener) -> None:
        mode = listener.mode
        if mode in MATCH_ANYTHING:
            self._always.append(Found(listener.rule, listener.order, mode, "", 0))
        else:
            add = self._patterns.add if mode == MatchMode.REGEX else self._add_keyword
            sought = [add(word, Entry(listener, n)) for n, word in enumerate(listener.keywords)]
            self._sought[listener.rule] = sum(sought)
        for number, word in enumerate(listener.never):
            self._add_keyword(word, Entry(listener, number, never=True))

    def _add_keyword(self, keyword: str, entry: Entry) -> bool:
        """Add a keyword to what finds it; return whether there is anything to find."""
        inside = entry.listener.mode == MatchMode.CONTAINS and not entry.never
        typos = 0 if inside or entry.never else entry.listener.typos
        readings = runs(keyword)
        for run in readings:
            self._vocabulary.add(run, typos)
            if inside:
                self._needles.setdefault(needle(run), []).append(entry)
            else:
                self._phrases.add(run, entry)
        if readings:
            return True
        if run := words(keyword):
            self._signs.add(run, entry)
        return bool(run)

    def _hits(self, text: str) -> Iterator[Hit]:
        reading = read(text)
        if self._inside:
            yield from self._hits_inside(reading)
        self._vocabulary.recognise(reading)
        yield from self._phrases.hits(reading)
        if self._signs:
            yield from self._signs.hits(Reading(reading.folded, "", signs(reading.folded)))
        if self._patterns:
            yield from self._patterns.hits(text)

    def _hits_inside(self, reading: Reading) -> Iterator[Hit]:
        occurring = {one for form in haystacks(reading) for one in self._inside.occurring(form)}
        for one in occurring:
            length = len(one.replace(" ", ""))
            yield from (Hit(entry, length) for entry in self._needles[one])

    def _found(self, hits: Mapping[int, Hit]) -> Found | None:
        """Return what the hits of one rule come to, by the numbers of its keywords."""
        best = min(hits.values(), key=lambda hit: (-hit.length, hit.entry.number))
        listener = best.entry.listener
        rule, order, mode = listener.rule, listener.order, listener.mode
        if mode != MatchMode.ALL:
            keyword = listener.keywords[best.entry.number]
            return Found(rule, order, mode, keyword, best.length, best.typo)
        if len(hits) < self._sought[rule]:
            return None
        every = [hits[number] for number in sorted(hits)]
        typo = ", ".join(hit.typo for hit in every if hit.typo)
        keyword = ", ".join(listener.keywords)
        return Found(rule, order, mode, keyword, sum(hit.length for hit in every), typo)


def _best_of(hits: Hits, hit: Hit) -> None:
    """Keep a hit if it is the best of its keyword."""
    known = hits.setdefault(hit.entry.listener.rule, {})
    best = known.get(hit.entry.number)
    if best is None or hit.length > best.length:
        known[hit.entry.number] = hit


def _stopped(found: Found, hits: Mapping[int, Hit] | None) -> Found:
    """Return a match with the first of its never-words that occurs."""
    if not hits:
        return found
    first = hits[min(hits)].entry
    return replace(found, never=first.listener.never[first.number])
