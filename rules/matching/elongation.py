"""Letters that a customer repeats: "heeello" is "hello", "sooo" is "so", "cooool" is "cool".

A letter written three times or more may stand for one, for two or for three; "good" stays "good".
"""

import re
import unicodedata
from itertools import product

import regex

from rules.matching.folding import thrice

_THRICE = re.compile(r"(.)\1\1")  # quicker, and finds numbers and signs too
_STRETCHED = regex.compile(r"([\p{L}\p{M}])\1{2,}")
_MANY = 3  # stretched letters of a word: beyond them all mean the same number


def is_stretched(text: str) -> bool:
    return any(_is_letter(match[1]) for match in _THRICE.finditer(text))


def _is_letter(sign: str) -> bool:
    return sign.isalpha() or unicodedata.category(sign)[0] == "M"


def evenly(text: str) -> set[str]:
    """Return the text with all its stretched letters once, twice and three times."""
    if not is_stretched(text):
        return {text}
    return {once(text), _STRETCHED.sub(r"\1\1", text), thrice(text)}


def once(text: str) -> str:
    if not _THRICE.search(text):
        return text
    return _STRETCHED.sub(r"\1", text)


def meanings(word: str) -> set[str]:
    """Return what a stretched word may mean."""
    letters = [match[1] for match in _STRETCHED.finditer(word)]
    if len(letters) > _MANY:
        return evenly(word)
    between = _STRETCHED.split(word)[::2]
    found = set()
    for times in product((1, 2, 3), repeat=len(letters)):
        middle = [letter * number for letter, number in zip(letters, times, strict=True)]
        found.add("".join(map("".join, zip(between, [*middle, ""], strict=True))))
    return found
