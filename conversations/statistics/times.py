"""How long customers waited, as counts by length: medians cannot be added up, counts can."""

from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise

MINUTE, HOUR, DAY = 60, 3600, 86_400
# Each count is of what took less than this many seconds, and not less than the one before; the last
# count has what took longer.
BOUNDS = (
    1, 2, 3, 5, 7, 10, 15, 20, 30, 45, MINUTE, 90, 2 * MINUTE, 3 * MINUTE, 5 * MINUTE, 7 * MINUTE,
    10 * MINUTE, 15 * MINUTE, 20 * MINUTE, 30 * MINUTE, 45 * MINUTE, HOUR, 90 * MINUTE, 2 * HOUR,
    3 * HOUR, 4 * HOUR, 6 * HOUR, 8 * HOUR, 12 * HOUR, 18 * HOUR, DAY, 2 * DAY, 3 * DAY, 7 * DAY,
)  # fmt: skip
SIZE = len(BOUNDS) + 1


def count(seconds: Iterable[float]) -> list[int]:
    """Count lengths of time; none is shorter than nothing, whatever two clocks say."""
    counts = [0] * SIZE
    for length in seconds:
        counts[bucket(length)] += 1
    return counts


def bucket(seconds: float) -> int:
    """Return which of the counts has this length."""
    return next((number for number, bound in enumerate(BOUNDS) if seconds < bound), len(BOUNDS))


def add(rows: Iterable[Sequence[int]]) -> list[int]:
    """Add counts up, of several days or persons."""
    total = [0] * SIZE
    for row in rows:
        total = [one + other for one, other in zip(total, row, strict=True)]
    return total


def median(counts: Sequence[int]) -> float | None:
    """Return about how many seconds half of them took at most; None: there were none.

    Within its count a length may be anywhere: the median is found as if they lay evenly. What took
    longer than the last bound counts as that.
    """
    half = sum(counts) / 2
    if not half:
        return None
    before = [0, *accumulate(counts)]
    edges = [*pairwise((0, *BOUNDS)), (BOUNDS[-1], BOUNDS[-1])]
    for (low, high), so_far, here in zip(edges, before, counts, strict=False):
        if here and so_far + here >= half:
            return low + (high - low) * (half - so_far) / here
    raise AssertionError("half of them are among all")


def within(counts: Sequence[int], seconds: int) -> int:
    """Count those that took less than one of the bounds."""
    return sum(counts[: BOUNDS.index(seconds) + 1])
