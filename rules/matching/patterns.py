"""Regular expressions that staff write, and what is wrong with a keyword."""

import unicodedata

import re2

from rules.folding import fold, words
from rules.matching.listener import Mode


def compiled(pattern: str) -> "re2._Regexp":
    """Return the pattern for RE2, whose time is linear in the text whatever the pattern.

    Raises re2.error.
    """
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = 1 << 20
    return re2.compile(pattern, options)


def searched(text: str) -> tuple[str, ...]:
    """Return the forms of a message in which a pattern is looked for: as written, and folded."""
    written = unicodedata.normalize("NFC", text.encode(errors="replace").decode())
    return tuple(dict.fromkeys((written, fold(text))))


def keyword_problem(mode: Mode, keyword: str) -> str:
    """Return what is wrong with a keyword, in a sentence for staff; "" where nothing is."""
    if mode in (Mode.EVERYTHING, Mode.FALLBACK):
        return ""
    if mode != Mode.REGEX:
        return "" if words(keyword) else _silent(keyword)
    if not keyword.strip():
        return _silent(keyword)
    try:
        found = compiled(keyword).search("")
    except re2.error as error:
        return f"{keyword!r} is not a regular expression that can be used: {error}."
    return f"{keyword!r} is found in every message, even an empty one." if found else ""


def _silent(keyword: str) -> str:
    return f"{keyword!r} has no letter, digit or sign that a message could be searched for."
