"""Rules as CSV, XLSX and JSON files, written and read without any loss.

CSV and XLSX have one row per rule and one cell of text per field (rules.transfer.cells). JSON has
the records as they are.
"""

import csv
import io
import json
import re
import threading
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar

from import_export.formats.base_formats import Format
from openpyxl import Workbook
from openpyxl.chartsheet import Chartsheet
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from tablib import Dataset

from backoffice import spreadsheet
from rules.record import CARDS, FIELDS, Record
from rules.transfer import cells, flaws, objects

COLUMNS = [*FIELDS, CARDS]
NOT_GIVEN = object()  # the value of a field that only other rows have
MAX_CELL_LENGTH = 32_767  # characters, in Excel
MAX_UNPACKED_BYTES = 50 * 1024 * 1024  # of a spreadsheet, which is a ZIP file
MAX_ROWS = 20_000
MAX_COLUMNS = 200  # rules have fewer, and others' files a few more
# The limit of csv.field_size_limit is one for the whole process, so it is raised by one at a time.
_LIMIT_LOCK = threading.Lock()


class UnreadableError(ValueError):
    """A file cannot be read or written; the text is a sentence for staff that says why."""


class ForeignError(UnreadableError):
    """The columns are not those of an export; rules.transfer.columns says what they may be."""

    def __init__(self, sentence: str, dataset: Dataset, more: str = "") -> None:
        super().__init__(f"{sentence} {more}".strip())
        self.sentence = sentence
        self.dataset = dataset


class RuleFormat(Format):  # type: ignore[misc]  # import_export carries no types
    """From bytes to rows and back. What the rows mean is up to rules.transfer.resource."""

    name: ClassVar[str]
    content_type: ClassVar[str]

    def get_title(self) -> str:
        return self.name.upper()

    def get_extension(self) -> str:
        return self.name

    def get_content_type(self) -> str:
        return self.content_type

    def can_import(self) -> bool:
        return True

    can_export = can_import

    def create_dataset(self, data: bytes) -> Dataset:
        """Return the rows of an export; raise ForeignError where its columns are others."""
        return check_columns(self.read_rows(data))

    def read_rows(self, data: bytes) -> Dataset:
        """Return the rows, whatever their columns are; raise UnreadableError."""
        raise NotImplementedError


class CSV(RuleFormat):
    name = "csv"
    content_type = "text/csv; charset=utf-8"

    def export_data(self, dataset: Dataset) -> bytes:
        stream = io.StringIO(newline="")
        writer = csv.writer(stream)
        writer.writerow(dataset.headers)
        for row in dataset:
            writer.writerow(_guard_cells(dataset.headers, row))
        return stream.getvalue().encode(
            "utf-8-sig"
        )  # with the mark by which Excel recognises UTF-8

    def read_rows(self, data: bytes) -> Dataset:
        text = _decode(data)
        try:
            rows = _read_csv(text)
        except csv.Error as error:
            raise UnreadableError(f"This is not a valid CSV file: {error}.") from None
        return _make_dataset([[spreadsheet.unguard(cell) for cell in row] for row in rows])


class XLSX(RuleFormat):
    name = "xlsx"
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def export_data(self, dataset: Dataset) -> bytes:
        book = Workbook()
        sheet = book.active
        sheet.title = "Rules"
        rows = [dataset.headers, *(_show_cells(dataset.headers, row) for row in dataset)]
        for y, row in enumerate(rows, 1):
            for x, text in enumerate(row, 1):
                _write_cell(sheet.cell(y, x), text, is_header=y == 1)
        sheet.freeze_panes = "B2"
        for column in sheet.columns:
            sheet.column_dimensions[column[0].column_letter].width = 24
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    def read_rows(self, data: bytes) -> Dataset:
        try:
            _refuse_bomb(data)
            # Formulas stay formulas: their saved results may be missing or out of date.
            sheet = _open_sheet(data)
            sheet.reset_dimensions()  # a file may claim a million empty rows
            rows = [[_read_cell(cell) for cell in row] for row in _limit_rows(sheet.rows)]
        except UnreadableError:
            raise
        except Exception:  # noqa: BLE001 - openpyxl raises whatever a broken file leads it to
            raise UnreadableError("This is not an XLSX spreadsheet, or it is damaged.") from None
        return _make_dataset(rows)


class JSON(RuleFormat):
    name = "json"
    content_type = "application/json"

    def export_data(self, dataset: Dataset) -> bytes:
        records = [dict(zip(dataset.headers, row, strict=True)) for row in dataset]
        return (json.dumps(records, indent=2, ensure_ascii=False) + "\n").encode()

    def read_rows(self, data: bytes) -> Dataset:
        try:
            records = json.loads(_decode(data))
        except (ValueError, RecursionError):
            raise UnreadableError("This is not a JSON file, or it is damaged.") from None
        records = objects.find_records(records)  # as other tools' APIs answer
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise UnreadableError("The file is not a list of rules as in an export.")
        headers = list(dict.fromkeys(name for record in records for name in record))
        if len(headers) > MAX_COLUMNS:
            raise UnreadableError(f"There are more than {MAX_COLUMNS} columns in this file.")
        dataset = Dataset(headers=headers)
        for record in records:
            dataset.append([record.get(name, NOT_GIVEN) for name in headers])
        return _check_size(dataset)


FORMATS = [CSV, XLSX, JSON]


def choose_format(file_name: str) -> RuleFormat:
    """Return the format for the ending of the name; raise UnreadableError if there is none."""
    for file_format in FORMATS:
        if file_name.casefold().endswith(f".{file_format.name}"):
            return file_format()
    raise UnreadableError("Choose a file whose name ends in .csv, .xlsx or .json.")


def fill_dataset(records: Iterable[Record]) -> Dataset:
    dataset = Dataset(headers=COLUMNS)
    for record in records:
        dataset.append([record[name] for name in COLUMNS])
    return dataset


def _show_cells(headers: Sequence[str], row: Iterable[Any]) -> list[str]:
    return [cells.to_cell(name, value) for name, value in zip(headers, row, strict=True)]


def _guard_cells(headers: Sequence[str], row: Iterable[Any]) -> list[str]:
    texts = zip(headers, _show_cells(headers, row), strict=True)
    return [cells.guard(name, text) for name, text in texts]


def _decode(data: bytes) -> str:
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableError(
            "The file is not in UTF-8. In Excel, save it as 'CSV UTF-8'."
        ) from None


def _read_csv(text: str) -> list[list[str]]:
    """Read the rows of a file; raise csv.Error."""
    mark, rest = _split_mark(text)
    lines = io.StringIO(rest, newline="")
    above = len(text[: len(text) - len(rest)].splitlines())
    first: list[list[str]] = [[]] * above  # so that rows keep their numbers
    with _LIMIT_LOCK:
        before = csv.field_size_limit(len(text) + 1)  # a rule may have 100,000 words
        try:
            delimiter = mark or _find_delimiter(text)
            return first + list(csv.reader(lines, delimiter=delimiter, strict=True))
        finally:
            csv.field_size_limit(before)


# With sep=; as its first line, some programs tell Excel what separates the columns.
_MARK = re.compile(
    r'(?:[ ,;\t|]*(?:\r\n|\r|\n))* *"? *sep *= *([^\w\s"]|\t) *"?[ ,;\t|]*(?:\r\n|\r|\n|\Z)',
    re.IGNORECASE,
)


def _split_mark(text: str) -> tuple[str, str]:
    """Return what the first line says separates the columns, if it does, and the lines below."""
    mark = _MARK.match(text)
    return (mark[1], text[mark.end() :]) if mark else ("", text)


def _find_delimiter(text: str) -> str:
    """Return what separates the columns: Excel writes semicolons in many countries."""
    head = next((line for line in io.StringIO(text) if line.strip(" ,;|\t\r\n")), "")
    bare = re.sub('"[^"]*"', "", head)
    return max(",;\t|", key=bare.count)


def _make_dataset(rows: list[list[str]]) -> Dataset:
    filled = [(n, row) for n, row in enumerate(rows, 1) if any(cell.strip() for cell in row)]
    if not filled:
        raise UnreadableError("The file is empty.")
    headers = [name.strip() for name in filled[0][1]]
    while headers and not headers[-1]:
        headers.pop()
    if len(headers) > MAX_COLUMNS:
        raise UnreadableError(f"There are more than {MAX_COLUMNS} columns in this file.")
    dataset = Dataset(headers=headers)
    for number, row in filled[1:]:
        if any(cell.strip() for cell in row[len(headers) :]):
            raise UnreadableError(f"Row {number} has more cells than there are columns.")
        filled_up = [*row, *[""] * len(headers)][: len(headers)]
        dataset.append(_mark_errors(headers, filled_up, number))
    return _check_size(dataset)


def _mark_errors(headers: Sequence[str], row: Sequence[str], number: int) -> list[str]:
    return [
        flaws.mark_error(
            cell, f"{get_column_letter(column)}{number}", has_lines=name in ("keywords", "never")
        )
        for column, (name, cell) in enumerate(zip(headers, row, strict=True), 1)
    ]


def refuse_flaws(rows: Iterable[Iterable[Any]]) -> None:
    """Raise UnreadableError if a cell holds no text; it names the places."""
    if problem := flaws.describe_flaws(rows):
        raise UnreadableError(problem)


def _check_size(dataset: Dataset) -> Dataset:
    """Return the rows; raise UnreadableError if there are none, or too many."""
    if not len(dataset):
        raise UnreadableError("There are no rules in this file.")
    if len(dataset) > MAX_ROWS:
        raise UnreadableError(f"There are more than {MAX_ROWS} rows in this file.")
    return dataset


def check_columns(dataset: Dataset) -> Dataset:
    """Return the rows; raise ForeignError without names or for columns that no export has."""
    headers: list[str] = dataset.headers
    if "name" not in headers:
        raise ForeignError("The column 'name' is missing.", dataset, "Rules are found by it.")
    for name in headers:
        if name not in COLUMNS:
            known = f"The columns are: {', '.join(COLUMNS)}."
            raise ForeignError(f"There is no column {name!r}.", dataset, known)
        if headers.count(name) > 1:
            raise ForeignError(f"There are two columns {name!r}.", dataset)
    refuse_flaws(dataset)
    return dataset


def _refuse_bomb(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED_BYTES:
            raise UnreadableError("This spreadsheet is too big.")


class _Reader(ExcelReader):  # type: ignore[misc] # openpyxl carries no types
    """openpyxl's, which cannot read a sheet that is a chart where it only reads: it needs none."""

    def read_chartsheet(self, *_: Any) -> None:
        self.wb._sheets.append(Chartsheet())  # noqa: SLF001 - sheets are counted by their place


def _open_sheet(data: bytes) -> Any:
    """Return the first sheet that has cells."""
    reader = _Reader(io.BytesIO(data), read_only=True, data_only=False)
    reader.read()
    return reader.wb.worksheets[0]


def _limit_rows(rows: Iterable[Any]) -> Iterator[Any]:
    for number, row in enumerate(rows):
        if number > MAX_ROWS + 1:
            raise UnreadableError(f"There are more than {MAX_ROWS} rows in this file.")
        yield row


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
