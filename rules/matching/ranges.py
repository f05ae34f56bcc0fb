"""Dashes between digits: "34-36" is a range of two numbers, and "3-4 years" one thing.

A number on either side of a dash stands for itself: nothing reads "34-36" as 3436. Where a unit
follows, or the digits are a telephone number or an order code, the parts mean nothing alone.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from rules.matching import units
from rules.matching.numbers import POINT

_WAVE = "\u301c"  # the dash of Japanese ranges
_DIGITS = "0123456789"
_DASHED = re.compile(f"(?<![0-9{POINT}])[0-9{POINT}]++(?:\\s?[-~{_WAVE}]\\s?[0-9{POINT}]++)++")
_NUMBER = re.compile(f"[0-9{POINT}]+")
_DATE = re.compile("[0-9]{1,2}-[0-9]{1,2}-(?:[0-9]{2}|[0-9]{4})|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")
_ENDS = 2  # of a range
_LEAST_SIGNS = 7  # of a telephone number or a long order code


class Bound(NamedTuple):
    """Numbers that mean nothing alone."""

    starts: Sequence[int]  # of all but the first, in the folded text
    glued: str = ""  # the last of them, where a letter follows at once


def find_bound(folded: str) -> Iterator[Bound]:
    """Return what belongs together in a folded text, from left to right."""
    if "-" not in folded and "~" not in folded and _WAVE not in folded:
        return
    for dashed in _DASHED.finditer(folded):
        numbers = list(_NUMBER.finditer(folded, *dashed.span()))
        is_range = len(numbers) == _ENDS and units.follows(folded, dashed.end())
        if is_range or is_code(dashed[0].split("-")):
            is_glued = folded[dashed.end() : dashed.end() + 1].isalpha()
            last = numbers[-1][0] if is_glued else ""
            yield Bound([number.start() for number in numbers[1:]], last)


def is_code(parts: Sequence[str]) -> bool:
    """Tell a telephone number, or an order code as long, from ranges and dates."""
    if sum(map(len, parts)) < _LEAST_SIGNS or not all(map(str.isalnum, parts)):
        return False
    return not (_DATE.fullmatch("-".join(parts)) or _is_range(parts))


def _is_range(parts: Sequence[str]) -> bool:
    """Tell 2019-2021 from 0555-1234."""
    if len(parts) != _ENDS or len(parts[0]) != len(parts[1]) or not all(map(str.isdigit, parts)):
        return False
    return parts[0][0] != "0" and parts[0] < parts[1]


def split_numbers(parts: Sequence[str]) -> list[list[str]]:
    """Split the parts of a word between digits."""
    groups = [[parts[0]]]
    for before, after in pairwise(parts):
        if before[-1] in _DIGITS and after[0] in _DIGITS:
            groups.append([after])
        else:
            groups[-1].append(after)
    return groups
