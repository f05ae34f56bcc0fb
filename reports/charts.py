"""Charts as rectangles: plain SVG, without styles in it, drawn as wide as there is room."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HEIGHT = 100
GAP = 0.25  # of a bar's place, between two bars
LEVELS = 5  # of a heat map, beside nothing


@dataclass(frozen=True, slots=True)
class Part:
    """A rectangle of a bar; kind: its colour's class."""

    kind: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One place on the axis, and what it says where the pointer rests."""

    x: float
    width: float
    title: str
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars side by side; labels: some of the places, evenly far apart."""

    bars: list[Bar]
    most: int
    labels: list[str]
    kinds: list[tuple[str, str]]  # class and name, where there are several

    @property
    def width(self) -> int:
        return max(len(self.bars), 1)

    @property
    def half(self) -> str:
        return f"{self.most / 2:g}"


Row = tuple[str, Sequence[int]]


def bars(rows: Iterable[Row], kinds: Sequence[tuple[str, str]], labels: Sequence[str]) -> Chart:
    """Draw rows of a name and numbers as bars, the numbers on top of one another."""
    given = list(rows)
    most = _round_up(max((sum(numbers) for _, numbers in given), default=0))
    return Chart(
        [_bar(place, row, most, kinds) for place, row in enumerate(given)],
        most,
        list(labels),
        list(kinds) if len(kinds) > 1 else [],
    )


def _bar(place: int, row: Row, most: int, kinds: Sequence[tuple[str, str]]) -> Bar:
    name, numbers = row
    parts, top = [], float(HEIGHT)
    for (kind, _), number in zip(kinds, numbers, strict=True):
        height = HEIGHT * number / most if most else 0
        top -= height
        if number:
            parts.append(Part(kind, round(top, 2), round(height, 2)))
    said = ", ".join(
        f"{number:,} {called.lower()}"
        for (_, called), number in zip(kinds, numbers, strict=True)
        if number or len(kinds) == 1
    )
    return Bar(place + GAP / 2, 1 - GAP, f"{name}: {said or 'nothing'}", parts)


def _round_up(number: int) -> int:
    """Return a round number that is not smaller: 1, 2, 4, 10, 20, 40, 100 and so on."""
    step = 1
    while True:
        for factor in (1, 2, 4, 6, 8):
            if factor * step >= number:
                return factor * step
        step *= 10


def level(number: int, most: int) -> int:
    """Return how dark a square of a heat map is, from 0 for nothing to LEVELS."""
    return -(-LEVELS * number // most) if most else 0
