"""Finds words with one or two wrong letters, by an index of words with letters left out.

Two words that differ by an added, missing or other letter, or by two swapped neighbours, become
the same when a letter is left out of each (SymSpell, Wolf Garbe 2012). So a word of a message is
looked up as it is and with letters left out, which takes as long however many keywords there are.
The first letter must be right, and a word with a digit has no typos: it is another number.
"""

from collections.abc import Iterator, Mapping
from itertools import chain, combinations

from rules.matching.codes import has_digit

ONE_FROM = 5  # letters a word needs before one of them may be wrong
TWO_FROM = 8
_INDEXED_LETTERS = 10  # from the first: with all of a long word the index would be large


def allow_typos(word: str, typos: int) -> int:
    """Return how many letters of a word may be wrong where the rule allows so many."""
    if len(word) < ONE_FROM or has_digit(word):
        return 0
    return typos if len(word) >= TWO_FROM else min(typos, 1)


class Typos:
    def __init__(self, words: Mapping[str, int]) -> None:
        """words: each with how many of its letters may be wrong."""
        # By the first letter, and by what may be left of the others: the word or words.
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
        for left in _leave_out(word, wrong):
            known = index.setdefault(left, word)
            if known is word:
                continue
            if isinstance(known, list):
                known.append(word)
            else:
                index[left] = [known, word]

    def find(self, word: str) -> Iterator[tuple[str, int]]:
        """Return the words that this may be a typo of, with the number of wrong letters."""
        if not ONE_FROM - 1 <= len(word) <= self._longest or has_digit(word):
            return
        index = self._index.get(word[0], {})
        most = min(self._most, 1 if len(word) < TWO_FROM - 2 else 2)
        candidates: set[str] = set()
        for known in filter(None, map(index.get, _leave_out(word, most))):
            candidates.update((known,) if isinstance(known, str) else known)
        for known in candidates:
            wrong = count_wrong_letters(word, known, self._words[known])
            if wrong:
                yield known, wrong


def _leave_out(word: str, wrong: int) -> Iterator[str]:
    """Return the letters after the first, as they are and without up to so many of them."""
    rest = word[1:_INDEXED_LETTERS]
    lefts = (combinations(rest, len(rest) - left_out) for left_out in range(1, wrong + 1))
    return chain((rest,), map("".join, chain.from_iterable(lefts)))


def count_wrong_letters(word: str, other: str, most: int) -> int | None:
    """Count the wrong letters (optimal string alignment); None if there are more than `most`."""
    same = 0
    for letter, other_letter in zip(word, other, strict=False):
        if letter != other_letter:
            break
        same += 1
    word, other = word[same:], other[same:]
    if not word or not other:
        wrong = len(word) + len(other)
        return wrong if wrong <= most else None
    if most == 0:
        return None
    rests = [(word[1:], other), (word, other[1:]), (word[1:], other[1:])]
    if word[:2] == other[1::-1]:
        rests.append((word[2:], other[2:]))
    counts = [count_wrong_letters(*rest, most - 1) for rest in rests]
    return min((wrong + 1 for wrong in counts if wrong is not None), default=None)
