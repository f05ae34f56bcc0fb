"""Rules as CSV, XLSX and JSON files, written and read without any loss.

CSV and XLSX have one row per rule and one cell of text per field (rules.transfer.cells). JSON has
the records as they are.
"""

import csv
import io
import json
import re
import threading
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from import_export.formats.base_formats import Format
from openpyxl.utils import get_column_letter
from tablib import Dataset

from backoffice import spreadsheet
from rules.record import CARDS, FIELDS, Record
from rules.transfer import cells, flaws, objects, sheet
from rules.transfer.limits import (
    MAX_CELLS_OF_ROW,
    MAX_COLUMNS,
    MAX_ROWS,
    MAX_ROWS_AT_ONCE,
    TOO_MANY_AT_ONCE,
    TOO_MANY_COLUMNS,
    TOO_MANY_ROWS,
    UnreadableError,
)

COLUMNS = [*FIELDS, CARDS]
NO_RULES = "There are no rules in this file."
NOT_GIVEN = object()  # the value of a field that only other rows have
# The limit of csv.field_size_limit is one for the whole process, so it is raised by one at a time.
_LIMIT_LOCK = threading.Lock()


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
        bare = ([spreadsheet.unguard(cell) for cell in row] if row else row for row in rows)
        return _make_dataset([*bare])


class XLSX(RuleFormat):
    name = "xlsx"
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def export_data(self, dataset: Dataset) -> bytes:
        rows = [dataset.headers, *(_show_cells(dataset.headers, row) for row in dataset)]
        return sheet.write(rows)

    def read_rows(self, data: bytes) -> Dataset:
        return _make_dataset(sheet.read(data))


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
        objects.refuse_halves(records)
        records = objects.find_records(records)  # as other tools' APIs answer
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise UnreadableError("The file is not a list of rules as in an export.")
        if len(records) > MAX_ROWS:
            raise UnreadableError(TOO_MANY_ROWS)
        headers = list(dict.fromkeys(name for record in records for name in record))
        if not headers:
            raise UnreadableError(NO_RULES)
        if len(headers) > MAX_COLUMNS:
            raise UnreadableError(TOO_MANY_COLUMNS)
        dataset = Dataset(headers=headers)
        for record in records:
            dataset.append([record.get(name, NOT_GIVEN) for name in headers])
        return _check_size(dataset)


FORMATS = [CSV, XLSX, JSON]


class FewRows(RuleFormat):
    """Takes no more rows than are imported while somebody waits."""

    def read_rows(self, data: bytes) -> Dataset:
        rows = super().read_rows(data)
        if len(rows) > MAX_ROWS_AT_ONCE:
            raise UnreadableError(TOO_MANY_AT_ONCE)
        return rows


PAGE_FORMATS = [type(f"Page{one.name.upper()}", (FewRows, one), {}) for one in FORMATS]


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
            return first + _limit(csv.reader(lines, delimiter=delimiter, strict=True))
        finally:
            csv.field_size_limit(before)


def _limit(rows: Iterable[list[str]]) -> list[list[str]]:
    """Return the rows, each that is empty as the same one; raise UnreadableError for too many."""
    read: list[list[str]] = []
    filled = 0
    for row in rows:
        filled += any(row)
        if filled > MAX_ROWS + 1:
            raise UnreadableError(TOO_MANY_ROWS)
        if len(row) > MAX_CELLS_OF_ROW:
            raise UnreadableError(TOO_MANY_COLUMNS)
        read.append(row if any(row) else _EMPTY)
    return read


_EMPTY: list[str] = []


# With sep=; as its first line, some programs tell Excel what separates the columns.
_MARK = re.compile(
    r'(?:[ ,;\t|]*(?:\r\n|\r|\n))*+ *"? *sep *= *([^\w\s"]|\t) *"?[ ,;\t|]*(?:\r\n|\r|\n|\Z)',
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
        raise UnreadableError(TOO_MANY_COLUMNS)
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
        raise UnreadableError(NO_RULES)
    if len(dataset) > MAX_ROWS:
        raise UnreadableError(TOO_MANY_ROWS)
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
