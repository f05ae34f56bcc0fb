"""Words of a keyword that are codes: a size, a word with a digit, capitals that spell no word.

A code is found only as it is written. "XXXL" is another size than XL, not XL with feeling.
"""

from collections.abc import Sequence

import regex

from rules.matching.folding import LETTER, SPACELESS, fold_letters

_NONE: frozenset[str] = frozenset()
_DIGIT = regex.compile(r"\p{N}")
# Of a folded word; also with the Cyrillic letters that look the same.
_SIZE = regex.compile(r"x*[sml]|[x\u0445]+(?:[sl\u0441\u043b]|lt)")
_PART = regex.compile(rf"{SPACELESS}+|{LETTER}+", regex.V1)
_SPELT = regex.compile(r"[\p{Latin}\p{Greek}\p{Cyrillic}]+")  # scripts whose vowels we know
_VOWELS = frozenset("aeiouy") | frozenset("αεηιουω") | frozenset("аеиоуыэюяіїєў")
_SHORTENED = regex.compile(r"(.)\1{2,}")  # "GRRR" is "GRR"
_ROMAN_NUMBER = regex.compile("x{0,3}(?:ix|iv|v?i{0,3})")
# Words all the same, and often stretched: "THXXX", "SVPPP", "XDDD".
_WITHOUT_VOWELS = (
    "thx thnx tks pls plz svp stp hm hmm mmm shh psst pst brr grr pff pfff xd kk kkk спс пжл хм"
)
_WORDS_WITHOUT_VOWELS = frozenset(_WITHOUT_VOWELS.split())


def list_codes(keyword: str, words: Sequence[str]) -> frozenset[str]:
    """Return those of a keyword's folded words that are codes."""
    if keyword.islower() and not any(map(_may_be_code, words)):
        return _NONE
    capitals = _list_capitals(keyword)
    return frozenset(
        word
        for word in words
        if has_digit(word)
        or _SIZE.fullmatch(word)
        or (capitals and _is_in_capitals(word, keyword, capitals) and not _is_word(word))
    )


def _may_be_code(word: str) -> bool:
    """Tell whether small letters may be a code; much faster than to ask whether they are."""
    return len(word) == 1 or word[0] in "x\u0445" or not word.isalpha()


def has_digit(word: str) -> bool:
    return not word.isalpha() and bool(_DIGIT.search(word))


def _list_capitals(keyword: str) -> frozenset[str]:
    """Return the parts of a keyword that are written in capitals, folded."""
    if keyword.islower():
        return frozenset()
    parts = _PART.findall(keyword)
    if len(parts) > 1 and len(parts[0]) == 1 and not keyword.isupper():
        parts = parts[1:]  # any sentence begins with a capital
    return frozenset(fold_letters(part) for part in parts if part.isupper())


def _is_in_capitals(word: str, keyword: str, capitals: frozenset[str]) -> bool:
    """Tell whether a word, or what is written as one with dashes inside, is in capitals."""
    return word in capitals or keyword.isupper()


def _is_word(word: str) -> bool:
    """Tell whether letters can be said as a word: NO and OUI, but not AA, DVD or VIII."""
    if _SHORTENED.sub(r"\1\1", word) in _WORDS_WITHOUT_VOWELS or not _SPELT.fullmatch(word):
        return True
    letters = set(word)
    if len(letters) == 1 or _ROMAN_NUMBER.fullmatch(word):
        return False
    return not letters.isdisjoint(_VOWELS)
