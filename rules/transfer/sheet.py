"""The cells of a spreadsheet as texts, read and written by openpyxl."""

import io
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles import Alignment, Font
from openpyxl.workbook.defined_name import DefinedNameList
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from rules.transfer import cells, flaws, package
from rules.transfer.limits import MAX_ROWS, TOO_MANY_ROWS, UnreadableError
from rules.transfer.package import MAX_CELLS, MAX_SECONDS, TOO_MANY_CELLS, check_time

MAX_CELL_LENGTH = 32_767  # characters, in Excel


def read(data: bytes) -> list[list[str]]:
    """Return the rows of the first sheet that has cells; raise UnreadableError."""
    try:
        package.look_through(io.BytesIO(data))
        # Formulas stay formulas: their saved results may be missing or out of date.
        sheet = _open_sheet(data)
        sheet.reset_dimensions()  # a file may claim a million empty rows
        return [*_read_rows(sheet.rows)]
    except UnreadableError:
        raise
    except Exception:  # noqa: BLE001 - openpyxl raises whatever a broken file leads it to
        raise UnreadableError(package.NO_SPREADSHEET) from None


def write(rows: Iterable[Sequence[str]]) -> bytes:
    """Return a spreadsheet of texts, the first row its header; raise UnreadableError."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Rules"
    for y, row in enumerate(rows, 1):
        for x, text in enumerate(row, 1):
            _write_cell(sheet.cell(y, x), text, is_header=y == 1)
    sheet.freeze_panes = "B2"
    for column in sheet.columns:
        sheet.column_dimensions[column[0].column_letter].width = 24
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


class _Reader(ExcelReader):  # type: ignore[misc] # openpyxl carries no types
    """openpyxl's, with no more than the first sheet that has cells.

    openpyxl looks through each sheet for its size, and hundreds may be one and the same part. Where
    it only reads, it fails at a sheet that is a chart.
    """

    def read_worksheets(self) -> None:
        self.parser.defined_names = DefinedNameList()  # they count the sheets that are left out
        for sheet, part in self.parser.find_sheets():
            if part.target in self.valid_files and "chartsheet" not in part.Type:
                only = ReadOnlyWorksheet(self.wb, sheet.name, part.target, self.shared_strings)
                self.wb._sheets.append(only)  # noqa: SLF001 - as openpyxl's reader does
                return


def _open_sheet(data: bytes) -> Any:
    """Return the first sheet that has cells."""
    reader = _Reader(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    reader.read()
    return reader.wb.worksheets[0]


def _read_rows(rows: Iterable[Any]) -> Iterator[list[str]]:
    """Read the cells of each row up to its last one with a text.

    A row is as wide as its last cell says, whatever is before it: so all are counted here again.
    """
    ends_at, cells_read = time.monotonic() + MAX_SECONDS, 0
    for number, row in enumerate(rows):
        if number > MAX_ROWS + 1:
            raise UnreadableError(TOO_MANY_ROWS)
        check_time(ends_at)
        cells_read += len(row)
        if cells_read > MAX_CELLS:
            raise UnreadableError(TOO_MANY_CELLS)
        yield _cut_empty([_read_cell(cell) for cell in row])


def _cut_empty(row: list[str]) -> list[str]:
    while row and not row[-1]:
        row.pop()
    return row


def _write_cell(cell: Any, text: str, *, is_header: bool) -> None:
    if len(text) > MAX_CELL_LENGTH:
        raise UnreadableError(
            f"A cell of a spreadsheet holds {MAX_CELL_LENGTH} characters, and a rule has more."
            " Choose CSV or JSON."
        )
    cell.value = cells.to_xml(text)
    cell.data_type = "s"  # openpyxl takes a text that begins with = for a formula
    cell.number_format = "@"  # it stays a text when somebody edits it
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if is_header:
        cell.font = Font(bold=True)


def _read_cell(cell: Any) -> str:
    value = cell.value
    if cell.data_type == "f":
        return flaws.Flaw(str(value), f"Cell {cell.coordinate} is a formula.")
    if cell.data_type == "e":
        return flaws.make_error(str(value), cell.coordinate)
    readers: dict[type, Callable[[Any], str]] = {
        str: cells.from_xml,
        bool: lambda yes: "yes" if yes else "no",
        float: lambda number: f"{number:.15g}",
        datetime: lambda at: at.date().isoformat(),
    }
    return "" if value is None else readers.get(type(value), str)(value)
