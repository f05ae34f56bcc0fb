"""Keywords that staff pasted on one line: "refund, money back, return" are three.

What is surely a list is split. What may as well be a phrase ("hi, how are you") is asked about, and
quotes around it say that it is one.
"""

import re

import regex

from rules.matching.folding import SPACELESS

_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»", "「": "」"}
_QUOTED = re.compile("|".join(f"{a}[^{a}{b}]+{b}" for a, b in _QUOTES.items()))
_HIDDEN = "\ue000"  # stands for what is in quotes; a sign that nobody types
# Nobody writes these inside a phrase; but Catalan writes l·l.
_LIST_SIGN = re.compile(r"\s*(?:[;；؛•∙⋅●▪◦‣¦\t]|(?<![lL])·|·(?![lL])|\s[|｜]|[|｜]\s)\s*")
# These may be meant: a comma as in "hi, how are you", a bar as in a button's payload.
_COMMA = re.compile(r"\s*(?:(?<!\d)[,،，、]|[,،，、](?!\d)|[|｜・]|\s/\s)\s*")
_NUMBERS = re.compile(r"\d+(?:,\d+){2,}")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+")
_SPACELESS = regex.compile(SPACELESS, regex.V1)
_ANY_SIGN = re.compile("[;；؛•∙⋅●▪◦‣¦\t·|｜,،，、・/]")
_MEANING = regex.compile(r"[\p{L}\p{N}\p{So}\ue000]")
_DATE = re.compile(r"(?:[0-3]?\d/[01]?\d|[01]?\d/[0-3]?\d)/\d{2,4}|\d{4}/[01]?\d/[0-3]?\d")
_THOUSANDS = 3  # digits
_LEAST_PARTS = 3  # of a list with commas
_MOST_WORDS = 2  # of each part
_MOST_SPACELESS = 4  # letters, where words have no spaces between them


def split_pasted(text: str) -> str:
    """Return the lines of a text with those split that are surely lists."""
    if not _ANY_SIGN.search(text):
        return text
    split = [_split(line.strip()) for line in text.splitlines()]
    if not any(len(parts) > 1 for parts in split):
        return text
    return "\n".join(part for parts in split for part in parts)


def find_doubtful(text: str) -> list[str]:
    """Return the lines of a text that may be a phrase or a list."""
    if not _ANY_SIGN.search(text):
        return []
    lines = map(str.strip, text.splitlines())
    return [line for line in lines if not _is_quoted(line) and _is_doubtful(line)]


def _is_doubtful(line: str) -> bool:
    if len(_list_parts(_COMMA, line)) > 1 or _NUMBERS.fullmatch(line):
        return not _GROUPED.fullmatch(line)
    return line.count("/") >= _LEAST_PARTS - 1 and "//" not in line and not _DATE.fullmatch(line)


def ask(line: str) -> str:
    """Return the question about a doubtful line, for staff."""
    return (
        f"Is “{line}” one phrase, or are these several keywords? Write several one per line; put a"
        f' phrase in quotes: "{line}"'
    )


def _split(line: str) -> list[str]:
    if _is_quoted(line):
        return [line]
    parts = _list_parts(_LIST_SIGN, line)
    if len(parts) > 1:
        return [_unquote(part) for one in parts for part in _split(one)]
    if _NUMBERS.fullmatch(line) and not _GROUPED.fullmatch(line):
        numbers = line.split(",")
        sizes = {len(number) == _THOUSANDS for number in numbers}
        return numbers if len(sizes) == 1 else [line]  # 1,000,2,000 may be two prices
    parts = _list_parts(_COMMA, line)
    if all(map(_is_quoted, parts)):
        return list(map(_unquote, parts))
    is_surely_list = len(parts) >= _LEAST_PARTS and all(map(_is_short, parts))
    return list(map(_unquote, parts)) if is_surely_list else [line]


def _unquote(part: str) -> str:
    """Return a part of a list without its quotes, unless they say that it is no list itself."""
    inner = part[1:-1].strip()
    return part if not _is_quoted(part) or _ANY_SIGN.search(inner) else inner


def _is_quoted(line: str) -> bool:
    return bool(_QUOTED.fullmatch(line))


def _list_parts(sign: "re.Pattern[str]", line: str) -> list[str]:
    """Return the parts between signs that stand outside of quotes."""
    quoted = _QUOTED.findall(line)
    hidden = _QUOTED.sub(_HIDDEN, line)
    parts = [part for part in sign.split(hidden.strip()) if _MEANING.search(part)]
    return [re.sub(_HIDDEN, lambda _: quoted.pop(0), part) for part in parts]


def _is_short(part: str) -> bool:
    """Tell a keyword from a part of a sentence."""
    if _SPACELESS.match(part):
        return len(part) <= _MOST_SPACELESS
    return len(part.split()) <= _MOST_WORDS
