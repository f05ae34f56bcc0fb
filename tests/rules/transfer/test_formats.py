"""Rules go into files and come back without a loss; what cannot be read says why."""

import csv
import io
import zipfile
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from backoffice.spreadsheet import unguard
from rules.record import FIELDS, Record
from rules.transfer import cells, sheet
from rules.transfer.cells import from_cell
from rules.transfer.formats import (
    COLUMNS,
    CSV,
    FORMATS,
    JSON,
    NOT_GIVEN,
    XLSX,
    RuleFormat,
    choose_format,
    fill_dataset,
)
from rules.transfer.limits import UnreadableError
from tests.rules.records import FULL
from tests.support import bombs

pytestmark = pytest.mark.no_database

EVERY = pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)


def read(kind: type[RuleFormat], data: bytes) -> list[Record]:
    dataset = kind().create_dataset(data)
    return [
        {
            name: from_cell(name, value)
            for name, value in zip(dataset.headers, row, strict=True)
            if value is not NOT_GIVEN
        }
        for row in dataset
    ]


def there_and_back(kind: type[RuleFormat], *records: Record) -> list[Record]:
    return read(kind, kind().export_data(fill_dataset(records)))


@EVERY
def test_a_rule_with_everything_set_comes_back(kind: type[RuleFormat]) -> None:
    other = FULL | {"name": "Other", "first_day": None, "active": True, "cards": []}
    assert there_and_back(kind, FULL, other) == [FULL, other]


TEXTS = st.text(
    st.one_of(
        st.sampled_from("='+-@\t\n;,\"' _x0D/."),
        st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"),
    ),
    max_size=40,
)


@EVERY
@given(texts=st.lists(TEXTS, min_size=2, max_size=2))
def test_any_text_comes_back(kind: type[RuleFormat], texts: list[str]) -> None:
    reply, title = texts
    record = FULL | {"reply": reply, "label": title, "cards": [FULL["cards"][0] | {"title": title}]}
    assert there_and_back(kind, record) == [record]


@given(text=TEXTS)
def test_a_guarded_text_begins_with_nothing_that_a_spreadsheet_runs(text: str) -> None:
    cell = cells.guard("reply", text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\n"))
    assert unguard(cell) == text


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+380501112233", "'+380501112233"),
        ("007", "'007"),
        ("May 5", "'May 5"),
        ("TRUE", "'TRUE"),
        ("'=1", "''=1"),
        ("'tis", "'tis"),
        ("delivery", "delivery"),
        ("We deliver in 2 to 4 working days.", "We deliver in 2 to 4 working days."),
    ],
)
def test_only_what_would_be_misread_is_guarded(text: str, cell: str) -> None:
    assert cells.guard("reply", text) == cell
    assert unguard(cell) == text


def test_numbers_are_numbers_in_csv_and_excel_knows_its_letters() -> None:
    data = CSV().export_data(fill_dataset([FULL]))
    assert data.startswith(b"\xef\xbb\xbf")
    [row] = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert (row["order"], row["active"], row["typos"]) == ("40", "no", "1")
    assert row["reply"].startswith("'=HYPERLINK")


def test_no_cell_of_a_spreadsheet_is_a_formula() -> None:
    data = XLSX().export_data(fill_dataset([FULL]))
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    cells_of_texts = [cell for row in sheet.rows for cell in row if cell.value is not None]
    assert {(cell.data_type, cell.number_format) for cell in cells_of_texts} == {("s", "@")}
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert b"<f>" not in packed.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_is_read_as_spreadsheets_save_it(mark: str, encoding: str, end: str) -> None:
    cell = '"Two, or\n""three""; days ✓"'
    text = end.join([mark.join(["name", "reply", "order"]), mark.join(["Delivery", cell, "7"]), ""])
    assert read(CSV, text.encode(encoding)) == [
        {"name": "Delivery", "reply": 'Two, or\n"three"; days ✓', "order": 7}
    ]


@pytest.mark.parametrize(
    ("mark", "first"),
    [
        (";", "sep=;"),
        (",", "sep=,"),
        ("|", "sep=|"),
        ("\t", "sep=\t"),
        (";", '"sep=;"'),
        (";", "SEP=;"),
        (";", "sep=;;;"),  # as Excel saves what it has read so
        (";", "sep=; "),
        (";", " sep=;"),
        (";", "sep = ;"),
        (";", "\nsep=;"),
        ("|", "\r\n \r\nsep=|"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_first_line_may_say_what_separates(
    mark: str, first: str, encoding: str, end: str
) -> None:
    lines = [first, f"name{mark}reply", f'Price{mark}"Ten; or, 12|13"', ""]
    assert read(CSV, end.join(lines).encode(encoding)) == [
        {"name": "Price", "reply": "Ten; or, 12|13"}
    ]


def test_what_separates_is_not_looked_for_in_quotes() -> None:
    assert read(CSV, b'"name"|"reply"\r\nPrice|Ten\r\n') == [{"name": "Price", "reply": "Ten"}]
    dataset = CSV().read_rows(b'"Title; a, b, c";text\r\nPrice;Ten\r\n')
    assert dataset.headers == ["Title; a, b, c", "text"]


def test_rows_and_columns_without_anything_are_left_out() -> None:
    assert read(CSV, b"name,reply,,\r\nPrice,Ten,,\r\n,,,\r\nTwo\r\n") == [
        {"name": "Price", "reply": "Ten"},
        {"name": "Two", "reply": ""},
    ]


def spreadsheet(*rows: list[Any]) -> bytes:
    book, stream = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


def test_a_spreadsheet_of_numbers_days_and_yes_is_read() -> None:
    names = ["name", "order", "active", "first_day", "keywords", "last_day"]
    data = spreadsheet(names, ["Price", 7.0, True, date(2026, 2, 1), 2024, None], [None] * 6)
    assert read(XLSX, data) == [
        {
            "name": "Price",
            "order": 7,
            "active": True,
            "first_day": "2026-02-01",
            "keywords": "2024",
            "last_day": None,
        }
    ]


def test_a_chart_before_the_first_sheet_is_passed_over() -> None:
    book, stream = Workbook(), io.BytesIO()
    book.active.append(["name", "reply"])
    book.active.append(["Price", "Ten."])
    chart = BarChart()
    chart.add_data(Reference(book.active, min_col=1, min_row=1, max_row=2))
    book.create_chartsheet("Chart", 0).add_chart(chart)
    book.save(stream)
    assert read(XLSX, stream.getvalue()) == [{"name": "Price", "reply": "Ten."}]


def test_of_many_sheets_that_are_one_part_it_is_looked_through_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks, look = [], ReadOnlyWorksheet._get_size

    def note(one: Any) -> None:
        looks.append(one)
        look(one)

    monkeypatch.setattr(ReadOnlyWorksheet, "_get_size", note)
    assert sheet.read(bombs.SPREADSHEETS["400 sheets of one part"]()) == [["name", "reply"]]
    assert len(looks) == 1


def test_json_may_name_few_fields_in_any_order() -> None:
    data = '[{"name": "A", "order": 1}, {"reply": "x", "name": "B"}]'.encode("utf-8-sig")
    assert read(JSON, data) == [{"name": "A", "order": 1}, {"name": "B", "reply": "x"}]


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"0" * (50 * 1024 * 1024 + 1))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("kind", "data", "sentence"),
    [
        (CSV, b"", "The file is empty."),
        (CSV, b"\r\n ,,\r\n", "The file is empty."),
        (CSV, b"name,reply\r\n", "There are no rules in this file."),
        (CSV, b"title,reply\r\nPrice,Ten\r\n", "The column 'name' is missing."),
        (
            CSV,
            b"name,answer\r\nPrice,Ten\r\n",
            "There is no column 'answer'. The columns are: name,",
        ),
        (CSV, b"name,name\r\nPrice,Ten\r\n", "There are two columns 'name'."),
        (CSV, b"name,reply\r\nPrice,Ten,more\r\n", "Row 2 has more cells than there are columns."),
        (CSV, b"sep=;\r\nname;reply\r\nPrice;Ten;more\r\n", "Row 3 has more cells"),
        (CSV, b"\r\nsep=; \r\nname;reply\r\nPrice;Ten;more\r\n", "Row 4 has more cells"),
        (CSV, b"sep=;\r\n", "The file is empty."),
        (CSV, b"," * 200 + b"x\r\n", "There are more than 200 columns"),
        (CSV, b'name,reply\r\nPrice,"Ten\r\n', "This is not a valid CSV file"),
        (CSV, "name\r\nGröße\r\n".encode("latin-1"), "The file is not in UTF-8."),
        (CSV, b"\x89PNG\r\n\x1a\n\0\0", "The file is not in UTF-8."),
        (CSV, b"\xff\xfe\x00", "The file is not in UTF-8."),
        (CSV, b"name\r\n" + b"x\r\n" * 20_001, "There are more than 20000 rows"),
        (
            XLSX,
            b"name,reply\r\nPrice,Ten\r\n",
            "This is not an XLSX spreadsheet, or it is damaged.",
        ),
        (XLSX, spreadsheet(), "The file is empty."),
        (XLSX, spreadsheet(["name", "reply"], ["A", "=1+1"]), "Cell B2 is a formula."),
        (
            XLSX,
            spreadsheet(["name", "reply"], ["A", "=1+1"], ["B", "#N/A"]),
            "Cell B2 is a formula. Cell B3 has an error of the spreadsheet: #N/A. Write the text",
        ),
        (XLSX, bomb(), "This spreadsheet is too big."),
        (XLSX, spreadsheet(*[["name"]] * 20_003), "There are more than 20000 rows"),
        (JSON, b"{", "This is not a JSON file, or it is damaged."),
        (JSON, b"[" * 100_000, "This is not a JSON file, or it is damaged."),
        (JSON, b"{}", "The file is not a list of rules as in an export."),
        (JSON, b"[1]", "The file is not a list of rules as in an export."),
        (JSON, b"[]", "There are no rules in this file."),
        (JSON, b'[{"reply": "x"}]', "The column 'name' is missing. Rules are found by it."),
    ],
)
def test_what_cannot_be_read_says_why(kind: type[RuleFormat], data: bytes, sentence: str) -> None:
    with pytest.raises(UnreadableError) as raised:
        kind().create_dataset(data)
    assert str(raised.value).startswith(sentence)


ERRORS = ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"]
SHOWN = [*ERRORS, "#SPILL!", "#CALC!", "#ERROR!", "#NV", "#BEZUG!", "#¡REF!", "#Н/Д", "Err:502"]
SHOWN += ["#ARG!", "#ADR!", "#LICZBA!", "#YOK", "#DEĞER!", "#WAARDE!", "#VERW!", "#SAKNAS!"]
SHOWN += ["#VÆRDI!", "#ЗНАЧЕННЯ!", "#n/a", "#N/A!", "#NAVN?", "#BÖL/0!", "#N/B"]


def with_error(text: str, *, typed: bool) -> bytes:
    """Return a spreadsheet whose cell C3 is this error: of its own type, or as a text."""
    book, stream = Workbook(), io.BytesIO()
    book.active.append(["name", "reply", "keywords"])
    book.active.append(["Price", "Ten.", "price"])
    book.active.append(["Delivery", "In 2 days."])
    cell = book.active["C3"]
    cell.value, cell.data_type = text, "e" if typed else "s"
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize("text", ERRORS)
def test_an_error_cell_of_a_spreadsheet_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(UnreadableError) as raised:
        XLSX().create_dataset(with_error(text, typed=True))
    assert str(raised.value).startswith(f"Cell C3 has an error of the spreadsheet: {text}.")


@pytest.mark.parametrize("text", [*SHOWN, f"delivery\n{SHOWN[0]}"])
def test_what_a_failed_calculation_shows_is_no_word_of_a_rule(text: str) -> None:
    table = f'name,reply,keywords\nPrice,Ten.,price\nDelivery,In 2 days.,"{text}"\n'
    files = [(XLSX, with_error(text, typed=False)), (CSV, table.encode())]
    for kind, data in files:
        with pytest.raises(UnreadableError, match=r"^Cell C3 has an error of the spreadsheet: "):
            kind().create_dataset(data)


def test_many_errors_are_counted() -> None:
    rows = "".join(f"Rule {number},#N/A\n" for number in range(9))
    with pytest.raises(UnreadableError) as raised:
        CSV().create_dataset(f"name,reply\n{rows}".encode())
    assert str(raised.value).count("#N/A") == 5
    assert "And 4 more." in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        "#sale",
        "#sale!",
        "#1!",
        "#热卖!",
        "Sale #ONE!",
        "#nv",
        "# N/A means not available",
        "#1",
        "N/A",
        "Error: 5",
    ],
)
def test_a_text_that_only_looks_like_an_error_is_read(text: str) -> None:
    assert read(CSV, f'name,reply\nPrice,"{text}"\n'.encode()) == [{"name": "Price", "reply": text}]


def test_what_no_spreadsheet_holds_is_not_cut() -> None:
    record = FULL | {"keywords": "word\n" * 8000}
    with pytest.raises(UnreadableError, match="Choose CSV or JSON"):
        XLSX().export_data(fill_dataset([record]))
    assert there_and_back(CSV, record) == [record]


def test_the_name_says_the_format() -> None:
    assert [type(choose_format(name)) for name in ("a.csv", "A.XLSX", "b.json")] == FORMATS
    with pytest.raises(UnreadableError):
        choose_format("rules.xls")


def test_every_field_has_its_column() -> None:
    assert [*FIELDS, "cards"] == COLUMNS
