"""Words with one or two letters wrong, found by an index of words with letters left out.

Two words that differ by a letter too many, too few, another, or by two neighbours swapped become
the same when a letter is left out of each (SymSpell, Wolf Garbe 2012). So a message's word is
looked up as it is and with letters left out, whatever the number of keywords. The first letter is
always right, and a word with a digit is never mistyped: a number is another number.
"""

from collections.abc import Iterator, Mapping
from itertools import chain, combinations

import regex

ONE_FROM = 5  # letters a word needs before one of them may be wrong
TWO_FROM = 8
_INDEXED = 10  # letters from the first: the index would be large with all of a long word
_DIGIT = regex.compile(r"\p{N}")


def tolerance(word: str, typos: int) -> int:
    """Return how many letters of a keyword's word may be wrong under a rule's tolerance."""
    if len(word) < ONE_FROM or _has_digit(word):
        return 0
    return typos if len(word) >= TWO_FROM else min(typos, 1)


def _has_digit(word: str) -> bool:
    return not word.isalpha() and bool(_DIGIT.search(word))


class Typos:
    def __init__(self, words: Mapping[str, int]) -> None:
        """Take the words and how many letters of each may be wrong."""
        # By the first letter: what may be left of the others, and of which words.
        self._index: dict[str, dict[str, str | list[str]]] = {}
        self._words = {word: wrong for word, wrong in words.items() if wrong}
        self._longest = max(map(len, self._words), default=-2) + 2
        self._most = max(self._words.values(), default=0)
        for word, wrong in self._words.items():
            self._add(word, wrong)

    def __bool__(self) -> bool:
        return bool(self._words)

    def _add(self, word: str, wrong: int) -> None:
        index = self._index.setdefault(word[0], {})
        for left in _left(word, wrong):
            known = index.setdefault(left, word)
            if known is word:
                continue
            if isinstance(known, list):
                known.append(word)
            else:
                index[left] = [known, word]

    def near(self, word: str) -> Iterator[tuple[str, int]]:
        """Return the words of which this may be a typo, with the number of wrong letters."""
        if not ONE_FROM - 1 <= len(word) <= self._longest or _has_digit(word):
            return
        index = self._index.get(word[0], {})
        most = min(self._most, 1 if len(word) < TWO_FROM - 2 else 2)
        candidates: set[str] = set()
        for known in filter(None, map(index.get, _left(word, most))):
            candidates.update((known,) if isinstance(known, str) else known)
        for known in candidates:
            wrong = distance(word, known, self._words[known])
            if wrong:
                yield known, wrong


def _left(word: str, wrong: int) -> Iterator[str]:
    """Return what may be left of a word's letters behind the first without up to so many."""
    rest = word[1:_INDEXED]
    lefts = (combinations(rest, len(rest) - left_out) for left_out in range(1, wrong + 1))
    return chain((rest,), map("".join, chain.from_iterable(lefts)))


def distance(one: str, other: str, most: int) -> int | None:
    """Return how many letters are wrong (optimal string alignment); None if more than so many."""
    same = 0
    for letter, others in zip(one, other, strict=False):
        if letter != others:
            break
        same += 1
    one, other = one[same:], other[same:]
    if not one or not other:
        wrong = len(one) + len(other)
        return wrong if wrong <= most else None
    if most == 0:
        return None
    rests = [(one[1:], other), (one, other[1:]), (one[1:], other[1:])]
    if one[:2] == other[1::-1]:
        rests.append((one[2:], other[2:]))
    found = [distance(*rest, most - 1) for rest in rests]
    return min((wrong + 1 for wrong in found if wrong is not None), default=None)
