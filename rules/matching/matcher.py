"""The rules that match a message."""

from collections.abc import Iterable
from dataclasses import replace

import re2

from rules.folding import fold, words
from rules.matching.listener import Found, Listener, Mode
from rules.matching.patterns import compiled, searched


class Matcher:
    """All rules of one version. Made once, then shared by all threads."""

    def __init__(self, listeners: Iterable[Listener]) -> None:
        self._listeners = tuple(listeners)

    def find(self, text: str) -> list[Found]:
        """Return the best match of each rule that matches, winners first.

        Those that only a never-word stops come last, with that word.
        """
        found = []
        for listener in self._listeners:
            if best := _best(listener, text):
                never = [word for word in listener.never if _length(Mode.WORDS, word, text)]
                found.append(replace(best, never=never[0]) if never else best)
        return sorted(found, key=lambda one: (one.never != "", one.rank))


def _best(listener: Listener, text: str) -> Found | None:
    rule, order, mode = listener.rule, listener.order, listener.mode
    if mode in (Mode.EVERYTHING, Mode.FALLBACK):
        return Found(rule, order, mode, "", 0)
    lengths = [(keyword, _length(mode, keyword, text)) for keyword in listener.keywords]
    if mode == Mode.ALL:
        if not lengths or not all(length for _, length in lengths):
            return None
        return Found(rule, order, mode, ", ".join(listener.keywords), sum(n for _, n in lengths))
    keyword, length = max(lengths, key=lambda one: one[1], default=("", 0))
    return Found(rule, order, mode, keyword, length) if length else None


def _length(mode: Mode, keyword: str, text: str) -> int:
    """Return how much of the message the keyword matches, in letters."""
    if mode == Mode.REGEX:
        return _regex_length(keyword, text)
    run, said = words(keyword), words(text)
    size = len(run)
    found = size > 0 and {
        Mode.EXACT: run == said,
        Mode.BEGINS: run == said[:size],
        Mode.ENDS: run == said[-size:],
        Mode.CONTAINS: " ".join(run) in " ".join(said),
    }.get(mode, any(run == said[i : i + size] for i in range(len(said))))
    return sum(map(len, run)) if found else 0


def _regex_length(pattern: str, text: str) -> int:
    try:
        search = compiled(pattern).search
    except re2.error:
        return 0
    return max(len(fold(match[0])) if (match := search(form)) else 0 for form in searched(text))
