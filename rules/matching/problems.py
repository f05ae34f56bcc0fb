"""What is wrong with a keyword, in a sentence that helps staff."""

import re

import re2

from rules.matching.folding import words
from rules.matching.listener import MATCH_ANYTHING, MatchMode
from rules.matching.patterns import compiled

# What RE2 says of a pattern, or the pattern itself, and what to do about it.
_REFUSED = {
    r"\(\?<?[=!]": "looks ahead or behind, which is not possible here. List what must not occur"
    " under the words that must not occur.",
    r"sequence: \\[1-9gk]|\(\?P[=>]?$": "refers back to something it has found, which is not"
    " possible here. Write out what may come there.",
    r"sequence: \\Z": "has \\Z for the end of the text. Write $ instead.",
    r"sequence: \\[uxN]": "names a letter by its number. Write the letter itself.",
    r"sequence: (\\.)": "has {0}, which means nothing here. For the sign itself leave out the \\.",
    r"\(\?>|operator: [*+?}]\+": "keeps what it has found for good, which is neither possible nor"
    " needed here: every pattern is quick. Write a plain + or a plain group.",
    r"missing \)": "has a ( without its ). For the sign itself write \\(.",
    r"unexpected \)": "has a ) without its (. For the sign itself write \\).",
    r"missing \]": "has a [ without its ]. For the sign itself write \\[.",
    r"repetition operator: (.*)": "has {0} where there is nothing to repeat. For the sign itself"
    " write a \\ before it.",
    r"repetition size": "repeats something too often: 1000 times is the most.",
    r"class range: (.*)": "has a range of letters that does not exist: {0}.",
    r"trailing \\": "ends with a single \\. For the sign itself write \\\\.",
    r"too large": "is too large. Write several shorter ones.",
}
_ASCII_ONLY = re.compile(r"\\[bBwW]")


def keyword_problem(mode: MatchMode, keyword: str) -> str:
    """Return what is wrong with a keyword, in one sentence or two for staff; "" if nothing is."""
    if mode in MATCH_ANYTHING:
        return ""
    if not (keyword.strip() if mode == MatchMode.REGEX else words(keyword)):
        return f"{keyword!r} has no letter, digit or sign that a message could be searched for."
    problem = _pattern_problem(keyword) if mode == MatchMode.REGEX else ""
    return f"{keyword} {problem}" if problem else ""


def _pattern_problem(pattern: str) -> str:
    try:
        found = compiled(pattern).search(b"")
    except re2.error as error:
        return _refused(str(error.args[0], "utf-8", "replace"))
    if found:
        return "is found in every message, even in an empty one. Say what has to be there."
    if not pattern.isascii() and (known := _ASCII_ONLY.search(pattern)):
        return (
            f"has {known[0]}, which knows only the letters a to z. Write \\p{{L}} for a letter"
            " and [^\\p{L}] for what is none."
        )
    return ""


def _refused(reason: str) -> str:
    for pattern, problem in _REFUSED.items():
        if match := re.search(pattern, reason):
            return problem.format(*match.groups())
    return f"is not a regular expression that can be used: {reason}."
