"""Letters that a customer stretches: "heeello" is "hello", "sooo" is "so", "cooool" is "cool".

A letter written three times or more may stand for one, two or three; "good" stays "good".
Not in a code: see rules.matching.codes.
"""

import re
import unicodedata
from itertools import product

import regex

from rules.matching.folding import limit_repeats

_THRICE = re.compile(r"(.)\1\1")  # faster, but also finds digits and signs
_STRETCHED = regex.compile(r"([\p{L}\p{M}])\1{2,}")
_MAX_STRETCHED = 3  # letters of a word: with more, all are repeated equally often


def is_stretched(text: str) -> bool:
    return any(_is_letter(match[1]) for match in _THRICE.finditer(text))


def _is_letter(sign: str) -> bool:
    return sign.isalpha() or unicodedata.category(sign)[0] == "M"


def repeat_evenly(text: str) -> set[str]:
    """Return the text with its stretched letters once, twice and three times."""
    if not is_stretched(text):
        return {text}
    return {shorten(text), _STRETCHED.sub(r"\1\1", text), limit_repeats(text)}


def shorten(text: str) -> str:
    """Return the text with each stretched letter once."""
    if not _THRICE.search(text):
        return text
    return _STRETCHED.sub(r"\1", text)


def list_meanings(word: str) -> set[str]:
    """Return what a stretched word may mean."""
    letters = [match[1] for match in _STRETCHED.finditer(word)]
    if len(letters) > _MAX_STRETCHED:
        return repeat_evenly(word)
    between = _STRETCHED.split(word)[::2]
    meanings = set()
    for times in product((1, 2, 3), repeat=len(letters)):
        middle = [letter * number for letter, number in zip(letters, times, strict=True)]
        meanings.add("".join(map("".join, zip(between, [*middle, ""], strict=True))))
    return meanings
