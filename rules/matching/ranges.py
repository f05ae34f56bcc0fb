"""Dashes between digits: "34-36" is a range of two numbers, and "3-4 years" one thing.

A number on either side of a dash stands for itself: nothing reads "34-36" as 3436. Where a unit
is beside it, or it is a telephone number or an order code, the parts mean nothing alone.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from rules.matching import units
from rules.matching.numbers import POINT

_WAVE = "\u301c"  # the dash of Japanese ranges
_DIGITS = "0123456789"
_DASHED = re.compile(
    f"(?<![0-9{POINT}-])(?P<first>[0-9{POINT}]++)\\s?[-~{_WAVE}]\\s?(?P<last>[0-9{POINT}]++)"
    f"(?!\\s?[-~{_WAVE}]\\s?[0-9])"
)
_CONNECTORS = frozenset(["", "/", ",", "&", *units.CONNECTORS])
_MOST_CHAINED = 3
_DATE = re.compile("[0-9]{1,2}-[0-9]{1,2}-(?:[0-9]{2}|[0-9]{4})|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")
_ENDS = 2  # of a range
_LEAST_SIGNS = 7  # of a telephone number or a long order code
_LEAST_OF_A_CODE = 4  # digits of an order code, where it has two parts
_LETTERS_OF_A_CODE = 3  # of each part; "t-shirt-34" and "size-34-36" are words


class Bound(NamedTuple):
    """The ends of a range that mean nothing alone."""

    start: int  # of the last one, in the folded text
    glued: str = ""  # the last one, where a letter follows at once


def find_bound(folded: str) -> Iterator[Bound]:
    """Return the ranges that a unit binds, from left to right."""
    if "-" not in folded and "~" not in folded and _WAVE not in folded:
        return
    ranges = [found for found in _DASHED.finditer(folded) if found["first"] != found["last"]]
    for number, found in enumerate(ranges):
        if any(units.stand_beside(folded, *one.span()) for one in _chain(ranges[number:], folded)):
            is_glued = folded[found.end() : found.end() + 1].isalpha()
            yield Bound(found.start("last"), found["last"] if is_glued else "")


def _chain(ranges: Sequence[re.Match[str]], folded: str) -> Iterator[re.Match[str]]:
    """Return the first range and those that go on with it: "3-4 or 5-6 years"."""
    for number, found in enumerate(ranges[:_MOST_CHAINED]):
        if number and folded[ranges[number - 1].end() : found.start()].strip() not in _CONNECTORS:
            return
        yield found


def means_nothing_in_parts(parts: Sequence[str]) -> bool:
    """Tell whether no part of a word with dashes counts alone: of a number to call, of a code."""
    if not is_code(parts) or not any(map(str.isdigit, "".join(parts))):
        return False
    longest = max((len(part) for part in parts if part.isalpha()), default=0)
    digits = sum(map(str.isdigit, "".join(parts)))
    enough = digits >= _LEAST_OF_A_CODE or len(parts) > _ENDS
    return longest == 0 or (enough and (longest <= _LETTERS_OF_A_CODE or digits > _LEAST_OF_A_CODE))


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
