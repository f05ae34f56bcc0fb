"""What is wrong with a keyword, in a sentence for staff."""

import re

import re2

from rules.matching.folding import read_words
from rules.matching.listener import MATCH_ANYTHING, MatchMode
from rules.matching.patterns import compile_pattern

# By what RE2 says of a pattern: what is wrong with it, and what to write instead.
_PROBLEMS = {
    r"\(\?<?[=!]": "looks ahead or behind, which is not supported. Write what must not be in"
    " the message under “Exclude if it contains”.",
    r"sequence: \\[1-9gk]|\(\?P[=>]?$": "refers back to an earlier group, which is not supported"
    " here. Write out the text instead.",
    r"sequence: \\Z": "has \\Z for the end of the text. Write $ instead.",
    r"sequence: \\[uxN]": "has a character as a number. Write the character itself.",
    r"sequence: (\\.)": "has {0}, which has no meaning here. For the character itself leave out"
    " the \\.",
    r"\(\?>|operator: [*+?}]\+": "has an atomic group or a possessive +, which is not supported"
    " here. Write a plain group or a plain +: every pattern is fast.",
    r"missing \)": "has a ( without its ). For the character itself write \\(.",
    r"unexpected \)": "has a ) without its (. For the character itself write \\).",
    r"missing \]": "has a [ without its ]. For the character itself write \\[.",
    r"repetition operator: (.*)": "has {0} where there is nothing to repeat. For the character"
    " itself write a \\ before it.",
    r"repetition size": "repeats something more than 1000 times, which is the limit.",
    r"class range: (.*)": "has a range of letters that does not exist: {0}.",
    r"trailing \\": "ends with a single \\. For the character itself write \\\\.",
    r"too large": "is too large. Write several shorter ones.",
}
_ASCII_ONLY = re.compile(r"\\[bBwW]")


def keyword_problem(mode: MatchMode, keyword: str) -> str:
    """Return what is wrong with a keyword, in one or two sentences for staff; "" if nothing is."""
    if mode in MATCH_ANYTHING:
        return ""
    if not (keyword.strip() if mode == MatchMode.REGEX else read_words(keyword)):
        return f"{keyword!r} has no letter, digit or symbol to search for."
    problem = _pattern_problem(keyword) if mode == MatchMode.REGEX else ""
    return f"{keyword} {problem}" if problem else ""


def _pattern_problem(pattern: str) -> str:
    try:
        match = compile_pattern(pattern).search(b"")
    except re2.error as error:
        return _explain(str(error.args[0], "utf-8", "replace"))
    if match:
        return "matches every message, even an empty one. Write what the message must contain."
    if not pattern.isascii() and (ascii_only := _ASCII_ONLY.search(pattern)):
        return (
            f"has {ascii_only[0]}, which only knows the letters a to z. Write \\p{{L}} for a letter"
            " and [^\\p{L}] for anything else."
        )
    return ""


def _explain(reason: str) -> str:
    for pattern, problem in _PROBLEMS.items():
        if match := re.search(pattern, reason):
            return problem.format(*match.groups())
    return f"is not a regular expression that can be used: {reason}."
