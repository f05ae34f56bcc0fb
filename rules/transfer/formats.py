"""Rules as files: CSV, XLSX and JSON, there and back without a loss.

CSV and XLSX have a row a rule, each field a cell of text (rules.transfer.cells). JSON has the
records as they are.
"""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar

from import_export.formats.base_formats import Format
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font
from tablib import Dataset

from rules.record import CARDS, FIELDS, Record
from rules.transfer import cells

COLUMNS = [*FIELDS, CARDS]
NOT_GIVEN = object()  # in a row that does not name a field that another row names
MAX_CELL = 32_767  # characters, in Excel
MAX_UNPACKED = 50 * 1024 * 1024  # bytes of a spreadsheet, which is a ZIP file
MAX_ROWS = 20_000

csv.field_size_limit(MAX_UNPACKED)  # of the process: a rule may have 100,000 words


class UnreadableError(ValueError):
    """Says in a sentence for staff why a file cannot be read or written."""


class RuleFormat(Format):  # type: ignore[misc]  # import_export carries no types
    """Bytes to rows and back; what a row says is for rules.transfer.resource."""

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


class CSV(RuleFormat):
    name = "csv"
    content_type = "text/csv; charset=utf-8"

    def export_data(self, dataset: Dataset) -> bytes:
        stream = io.StringIO(newline="")
        writer = csv.writer(stream)
        writer.writerow(dataset.headers)
        for row in dataset:
            writer.writerow(_guarded(dataset.headers, row))
        return stream.getvalue().encode("utf-8-sig")  # with the mark by which Excel knows UTF-8

    def create_dataset(self, data: bytes) -> Dataset:
        text = _decoded(data)
        try:
            rows = list(
                csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
            )
        except csv.Error as error:
            raise UnreadableError(f"This is no sound CSV file: {error}.") from None
        return _dataset([[cells.unguarded(cell) for cell in row] for row in rows])


class XLSX(RuleFormat):
    name = "xlsx"
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def export_data(self, dataset: Dataset) -> bytes:
        book = Workbook()
        sheet = book.active
        sheet.title = "Rules"
        rows = [dataset.headers, *(_texts(dataset.headers, row) for row in dataset)]
        for y, row in enumerate(rows, 1):
            for x, text in enumerate(row, 1):
                _put(sheet.cell(y, x), text, is_head=y == 1)
        sheet.freeze_panes = "B2"
        for column in sheet.columns:
            sheet.column_dimensions[column[0].column_letter].width = 24
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    def create_dataset(self, data: bytes) -> Dataset:
        try:
            _refuse_bomb(data)
            # Formulas are seen as such: what they came to may be missing or out of date.
            sheet = load_workbook(io.BytesIO(data), read_only=True, data_only=False).worksheets[0]
            sheet.reset_dimensions()  # a file may claim a million empty rows
            rows = [[_cell_text(cell) for cell in row] for row in _first(sheet.rows)]
        except UnreadableError:
            raise
        except Exception:  # noqa: BLE001 - openpyxl raises whatever a broken file leads it to
            raise UnreadableError("This is no XLSX spreadsheet, or a broken one.") from None
        return _dataset(rows)


class JSON(RuleFormat):
    name = "json"
    content_type = "application/json"

    def export_data(self, dataset: Dataset) -> bytes:
        records = [dict(zip(dataset.headers, row, strict=True)) for row in dataset]
        return (json.dumps(records, indent=2, ensure_ascii=False) + "\n").encode()

    def create_dataset(self, data: bytes) -> Dataset:
        try:
            records = json.loads(_decoded(data))
        except (ValueError, RecursionError):
            raise UnreadableError("This is no JSON file, or a broken one.") from None
        if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
            raise UnreadableError("The file is not a list of rules, as they are exported.")
        headers = list(dict.fromkeys(name for record in records for name in record))
        dataset = Dataset(headers=headers)
        for record in records:
            dataset.append([record.get(name, NOT_GIVEN) for name in headers])
        return _sound(dataset)


FORMATS = [CSV, XLSX, JSON]


def format_of(file_name: str) -> RuleFormat:
    """Return the format by the name's ending; raise UnreadableError for another."""
    for kind in FORMATS:
        if file_name.casefold().endswith(f".{kind.name}"):
            return kind()
    raise UnreadableError("Choose a file whose name ends in .csv, .xlsx or .json.")


def dataset_of(records: Iterable[Record]) -> Dataset:
    dataset = Dataset(headers=COLUMNS)
    for record in records:
        dataset.append([record[name] for name in COLUMNS])
    return dataset


def _texts(headers: Sequence[str], row: Iterable[Any]) -> list[str]:
    return [cells.to_cell(name, value) for name, value in zip(headers, row, strict=True)]


def _guarded(headers: Sequence[str], row: Iterable[Any]) -> list[str]:
    texts = zip(headers, _texts(headers, row), strict=True)
    return [cells.guarded(name, text) for name, text in texts]


def _decoded(data: bytes) -> str:
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableError(
            "The file's letters are not in UTF-8. In Excel, save it as 'CSV UTF-8'."
        ) from None


def _delimiter(text: str) -> str:
    """Return what stands between the columns: Excel writes semicolons in many countries."""
    head = next((line for line in io.StringIO(text) if line.strip(" ,;\t\r\n")), "")
    return max(",;\t", key=head.count)


def _dataset(rows: list[list[str]]) -> Dataset:
    said = [(n, row) for n, row in enumerate(rows, 1) if any(cell.strip() for cell in row)]
    if not said:
        raise UnreadableError("The file is empty.")
    headers = [name.strip() for name in said[0][1]]
    while headers and not headers[-1]:
        headers.pop()
    dataset = Dataset(headers=headers)
    for number, row in said[1:]:
        if any(cell.strip() for cell in row[len(headers) :]):
            raise UnreadableError(f"Row {number} has more cells than there are columns.")
        dataset.append([*row, *[""] * len(headers)][: len(headers)])
    return _sound(dataset)


def _sound(dataset: Dataset) -> Dataset:
    """Return the rows, if there are some, with names and with columns that rules have."""
    if not len(dataset):
        raise UnreadableError("There are no rules in this file.")
    if len(dataset) > MAX_ROWS:
        raise UnreadableError(f"There are more than {MAX_ROWS} rows in this file.")
    headers: list[str] = dataset.headers
    if "name" not in headers:
        raise UnreadableError("There is no column 'name', by which rules are found.")
    for name in headers:
        if name not in COLUMNS:
            raise UnreadableError(
                f"No rule has a column {name!r}. There are: {', '.join(COLUMNS)}."
            )
        if headers.count(name) > 1:
            raise UnreadableError(f"There are two columns {name!r}.")
    return dataset


def _refuse_bomb(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED:
            raise UnreadableError("This spreadsheet is too big.")


def _first(rows: Iterable[Any]) -> Iterator[Any]:
    for number, row in enumerate(rows):
        if number > MAX_ROWS + 1:
            raise UnreadableError(f"There are more than {MAX_ROWS} rows in this file.")
        yield row


def _put(cell: Any, text: str, *, is_head: bool) -> None:
    if len(text) > MAX_CELL:
        raise UnreadableError(
            f"A spreadsheet's cell holds {MAX_CELL} characters, and there is a rule with more."
            " Choose CSV or JSON."
        )
    cell.value = cells.in_xml(text)
    cell.data_type = "s"  # openpyxl takes what begins with = for a formula
    cell.number_format = "@"  # and so it stays when somebody edits it
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if is_head:
        cell.font = Font(bold=True)


def _cell_text(cell: Any) -> str:
    value = cell.value
    if cell.data_type == "f":
        raise UnreadableError(
            f"Cell {cell.coordinate} is a formula. Put there what it comes to, as a text."
        )
    read: dict[type, Callable[[Any], str]] = {
        str: cells.from_xml,
        bool: lambda yes: "yes" if yes else "no",
        float: lambda number: f"{number:.15g}",
        datetime: lambda at: at.date().isoformat(),
    }
    return "" if value is None else read.get(type(value), str)(value)
