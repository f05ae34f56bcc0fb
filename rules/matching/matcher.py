"""Finds the rules that match a message."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from rules.matching.courtesy import read_command
from rules.matching.folding import read_signs, read_words
from rules.matching.listener import MATCH_ANYTHING, Listener, Match, MatchMode
from rules.matching.patterns import Patterns
from rules.matching.phrases import Entry, Hit, Phrases
from rules.matching.substrings import Inside, haystacks, needle
from rules.matching.tokens import Reading, read, read_keyword
from rules.matching.vocabulary import Vocabulary

MOST_REMEMBERED = 10_000  # texts
Hits = dict[int, dict[int, Hit]]  # by rule and number of the keyword: its best hit


class Matcher:
    """All rules of one version. Made once, then shared by all threads."""

    def __init__(self, listeners: Iterable[Listener]) -> None:
        self._always: list[Match] = []
        self._vocabulary = Vocabulary()
        self._phrases = Phrases()
        self._signs = Phrases()
        self._patterns = Patterns()
        self._needles: dict[str, list[Entry]] = {}
        self._keyword_counts: dict[int, int] = {}  # of each rule: those that can be found
        self._longest_command = 0  # in letters
        for listener in listeners:
            self._add(listener)
        self._vocabulary.complete()
        self._inside = Inside(self._needles)

    @property
    def words(self) -> frozenset[str]:
        """The words of all keywords, as they are compared: none of them is a typo of another."""
        return self._vocabulary.words

    def find(self, text: str) -> list[Match]:
        """Return the best match of each rule, the best first.

        Rules that an excluded word stops come last, with that word.
        """
        hits: Hits = {}
        never: Hits = {}
        hits_of_commands = self._find_commands(text) if self._longest_command else ()
        for hit in (*self._find_hits(text), *hits_of_commands):
            _keep_best(never if hit.entry.never else hits, hit)
        matches = [*self._always, *filter(None, map(self._make_match, hits.values()))]
        if never:
            matches = [_add_never(match, never.get(match.rule)) for match in matches]
        matches.sort(key=lambda match: (match.never != "", match.rank))
        return matches

    def _add(self, listener: Listener) -> None:
        mode = listener.mode
        if listener.is_command:
            longest = max(map(len, listener.keywords), default=0)
            self._longest_command = max(self._longest_command, longest)
        if mode in MATCH_ANYTHING:
            self._always.append(Match(listener.rule, listener.order, mode, "", 0))
        else:
            add = self._patterns.add if mode == MatchMode.REGEX else self._add_keyword
            added = [add(word, Entry(listener, n)) for n, word in enumerate(listener.keywords)]
            self._keyword_counts[listener.rule] = sum(added)
        for number, word in enumerate(listener.never):
            self._add_keyword(word, Entry(listener, number, never=True))

    def _add_keyword(self, keyword: str, entry: Entry) -> bool:
        """Add a keyword to what finds it; tell whether there is anything to find."""
        inside = entry.listener.mode == MatchMode.CONTAINS and not entry.never
        typos = 0 if inside or entry.never else entry.listener.typos
        runs, codes = read_keyword(keyword)
        entry = entry._replace(codes=codes) if codes else entry
        for run in runs:
            self._vocabulary.add(run, typos, codes)
            if inside:
                self._needles.setdefault(needle(run), []).append(entry)
            else:
                self._phrases.add(run, entry)
        if runs:
            return True
        if run := read_words(keyword):
            self._signs.add(run, entry)
        return bool(run)

    def _find_hits(self, text: str) -> Iterator[Hit]:
        reading = read(text)
        if self._inside:
            yield from self._find_hits_inside(reading)
        self._vocabulary.recognise(reading)
        yield from self._phrases.find(reading)
        if self._signs:
            yield from self._signs.find(Reading(reading.folded, "", read_signs(reading.folded)))
        if self._patterns:
            yield from self._patterns.find(text)

    def _find_commands(self, text: str) -> Iterator[Hit]:
        """Find what is a command but for the courtesy around it."""
        command = read_command(text)
        # Stretched letters are limited to three.
        if command and len(command) <= 3 * self._longest_command:
            hits = self._find_hits(command)
            yield from (hit for hit in hits if hit.entry.listener.is_command)

    def _find_hits_inside(self, reading: Reading) -> Iterator[Hit]:
        written, stretched = haystacks(reading)
        found = {text for form in written for text in self._inside.find(form)}
        meant = {text for form in stretched for text in self._inside.find(form)} - found
        for text in (*found, *meant):
            length = len(text.replace(" ", ""))
            for entry in self._needles[text]:
                if text in found or not entry.codes:
                    yield Hit(entry, length)

    def _make_match(self, hits: Mapping[int, Hit]) -> Match | None:
        """Return the match of a rule that has these hits, by the numbers of its keywords."""
        best = min(hits.values(), key=lambda hit: (-hit.length, hit.entry.number))
        listener = best.entry.listener
        rule, order, mode = listener.rule, listener.order, listener.mode
        if mode != MatchMode.ALL:
            keyword = listener.keywords[best.entry.number]
            command = listener.is_command
            return Match(rule, order, mode, keyword, best.length, best.typo, is_command=command)
        if len(hits) < self._keyword_counts[rule]:
            return None
        every = [hits[number] for number in sorted(hits)]
        typo = ", ".join(hit.typo for hit in every if hit.typo)
        keyword = ", ".join(listener.keywords)
        return Match(rule, order, mode, keyword, sum(hit.length for hit in every), typo)


class RememberingMatcher(Matcher):
    """Remembers what it found in texts: for who looks at the same ones again and again."""

    def __init__(self, listeners: Iterable[Listener]) -> None:
        super().__init__(listeners)
        self._found: dict[str, list[Match]] = {}

    def find(self, text: str) -> list[Match]:
        found = self._found.get(text)
        if found is None:
            if len(self._found) >= MOST_REMEMBERED:
                self._found.clear()
            found = self._found[text] = super().find(text)
        return [*found]


def _keep_best(hits: Hits, hit: Hit) -> None:
    """Keep a hit if it is the best one of its keyword."""
    known = hits.setdefault(hit.entry.listener.rule, {})
    best = known.get(hit.entry.number)
    if best is None or hit.length > best.length:
        known[hit.entry.number] = hit


def _add_never(match: Match, hits: Mapping[int, Hit] | None) -> Match:
    """Return the match with the first excluded word that the message contains, if any."""
    if not hits:
        return match
    first = hits[min(hits)].entry
    return replace(match, never=first.listener.never[first.number])
