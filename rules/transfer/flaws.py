"""Cells of a spreadsheet that hold no text: formulas, and what a failed calculation shows."""

import re
from collections.abc import Iterable
from typing import Any, Self

MAX_SHOWN = 5

# Also in other languages than English: a CSV file has what the spreadsheet showed.
_ERRORS = frozenset(
    re.findall(
        r"\S+",
        """
        #N/A #REF! #DIV/0! #VALUE! #NAME? #NUM! #NULL! #SPILL! #CALC! #FIELD! #BLOCKED! #CONNECT!
        #BUSY! #UNKNOWN! #PYTHON! #EXTERNAL! #TIMEOUT! #GETTING_DATA #ERROR! #NV #BEZUG! #WERT!
        #ZAHL! #ÜBERLAUF! #N/D #VALEUR! #NOM? #NOMBRE! #NUL! #¡REF! #¡VALOR! #¿NOMBRE? #¡NUM!
        #¡NULO! #¡DIV/0! #VALOR! #NOME? #NÚM! #NULO! #RIF! #VALORE! #ССЫЛКА! #ЗНАЧ! #ИМЯ? #Н/Д
        #ЧИСЛО! #ДЕЛ/0! #ПУСТО! #N/A! #N/B #I/T #Δ/Υ #YOK #HIÁNYZIK #N/DISP
        """,  # noqa: RUF001 - as Excel shows them in Russian
    )
)
# In any other language: capitals with a mark behind them.
_CAPITALS = re.compile(r"#[¡¿]?[\w/.]+[!?]")
_OF_LIBREOFFICE = re.compile(r"Err:\d{3}", re.ASCII)


class Flaw(str):
    """A cell that holds no text. problem: a sentence that begins with its place."""

    __slots__ = ("problem",)
    problem: str

    def __new__(cls, text: str, problem: str) -> Self:
        flaw = super().__new__(cls, text)
        flaw.problem = problem
        return flaw


def make_error(text: str, place: str) -> Flaw:
    """Return the cell with this error, such as #N/A."""
    return Flaw(text, f"Cell {place} has an error of the spreadsheet: {text}.")


def mark_error(cell: str, place: str, *, has_lines: bool) -> str:
    """Return the cell, as a Flaw if it shows an error. has_lines: or if one of its lines does."""
    if isinstance(cell, Flaw) or not ("#" in cell or "Err:" in cell):
        return cell
    for line in map(str.strip, cell.splitlines() if has_lines else [cell]):
        if _is_error(line):
            return make_error(line, place)
    return cell


def _is_error(line: str) -> bool:
    if line in _ERRORS or _OF_LIBREOFFICE.fullmatch(line):
        return True
    if "/" in line and line.upper() in _ERRORS:  # #n/a, but #nv may be somebody's hashtag
        return True
    return line.isupper() and bool(_CAPITALS.fullmatch(line))


def describe_flaws(rows: Iterable[Iterable[Any]]) -> str:
    """Say which cells hold no text, and what to do; nothing if all do."""
    flaws = [cell.problem for row in rows for cell in row if isinstance(cell, Flaw)]
    if not flaws:
        return ""
    more = len(flaws) - MAX_SHOWN
    rest = [f"And {more} more."] if more > 0 else []
    return " ".join([*flaws[:MAX_SHOWN], *rest, "Write the text itself into the cell."])
