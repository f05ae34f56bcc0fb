"""Files that are small and would become large, or run something: made to be refused."""

import io
import zipfile
from collections.abc import Callable

from openpyxl import Workbook
from PIL import Image

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
SHEET, STYLES = "xl/worksheets/sheet1.xml", "xl/styles.xml"
CELL = "<c><v>1</v></c>"


def with_part(name: str, data: str | bytes, packed_as: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a sound spreadsheet with this in the place of one of its parts."""
    sound, made = io.BytesIO(), io.BytesIO()
    book = Workbook()
    book.active.append(["name", "reply"])
    book.save(sound)
    with zipfile.ZipFile(sound) as before, zipfile.ZipFile(made, "w", packed_as) as after:
        for part in before.infolist():
            if part.filename != name:
                after.writestr(part.filename, before.read(part))
        after.writestr(name, data)
    return made.getvalue()


def sheet(rows: str, before: str = "") -> bytes:
    return with_part(SHEET, f"{before}<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>")


def many_sheets() -> str:
    """Return the list of 400 sheets, each of them the same part."""
    each = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="rId1"/>' for n in range(1, 401))
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return f'<workbook {MAIN} xmlns:r="{relations}"><sheets>{each}</sheets></workbook>'


def text(words: str) -> str:
    return f'<row><c t="inlineStr"><is><t>{words}</t></is></c></row>'


def entities() -> str:
    """Return a document type whose last entity would be a gigabyte."""
    each = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))
    return f'<!DOCTYPE l [<!ENTITY e0 "aaaaaaaaaa">{each}]>'


def picture(width: int, height: int) -> bytes:
    stream = io.BytesIO()
    Image.new("1", (width, height)).save(stream, "PNG")
    return stream.getvalue()


SPREADSHEETS: dict[str, Callable[[], bytes]] = {
    "a row of a million columns": lambda: sheet(f"<row>{CELL * 1_000_000}</row>"),
    "rows with a cell at their far end": lambda: sheet(
        "".join(f'<row><c r="XFD{n}"><v>1</v></c></row>' for n in range(1, 2000))
    ),
    "three million empty rows": lambda: sheet("<row/>" * 3_000_000),
    "a row that says it is the billionth": lambda: sheet('<row r="1000000000"><c/></row>'),
    "a cell of a million parts": lambda: sheet(f"<row><c>{'<v/>' * 1_000_000}</c></row>"),
    "cells in cells": lambda: sheet("<row>" + "<c>" * 50_000 + "</c>" * 50_000 + "</row>"),
    "a million styles": lambda: with_part(
        STYLES, f"<styleSheet {MAIN}><cellXfs>{'<xf/>' * 1_000_000}</cellXfs></styleSheet>"
    ),
    "400 sheets of one part": lambda: with_part("xl/workbook.xml", many_sheets()),
    "entities in entities": lambda: sheet(text("&e9;"), entities()),
    "a file of the machine": lambda: sheet(
        text("&f;"), '<!DOCTYPE l [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    ),
    "100 MB of nothing": lambda: with_part("xl/media/a.bin", b"0" * 100_000_000),
    "19 MB of a text": lambda: sheet(text("a" * 19_000_000 + "😀")),
    "two thousand parts": lambda: _many_parts(2000),
    "packed in another way": lambda: with_part(SHEET, "", zipfile.ZIP_LZMA),
    "a way out of its folder": lambda: with_part("../../../../tmp/evil.xml", "<a/>"),
    "the beginning of one": lambda: sheet(text("a"))[:300],
}
TABLES: dict[str, Callable[[], bytes]] = {
    "a row of commas": lambda: b"," * 1_400_000,
    "nothing but ends of lines": lambda: b"\n" * 1_400_000,
    "a quote without an end": lambda: b'name,reply\n"' + b"a" * 1_400_000,
    "NUL": lambda: b"name,reply,keywords\nA\x00,B\x00,\x00\n",
    "another encoding": lambda: "name,reply\nGröße,x\n".encode("utf-16-be"),
    "formulas": lambda: b'name,reply,keywords\n=1+1,"=HYPERLINK(""http://x"")",@SUM(A1)\n',
}
OBJECTS: dict[str, Callable[[], bytes]] = {
    "lists in lists": lambda: b"[" * 700_000 + b"]" * 700_000,
    "objects in objects": lambda: b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
    "empty objects": lambda: b"[" + b"{}," * 460_000 + b"{}]",
    "a name for each": lambda: b"[" + b",".join(b'{"%d":1}' % n for n in range(90_000)) + b"]",
    "huge numbers": lambda: b'[{"name":"A","order":' + b"9" * 4000 + b',"reply":"x"}]',
    "a number of a megabyte": lambda: b'[{"name":"A","order":' + b"9" * 1_000_000 + b"}]",
    "no numbers": lambda: b'[{"name":"A","order":NaN,"reply":1e999,"keywords":-Infinity}]',
    "half a character": lambda: b'[{"name":"\\ud83d","reply":"\\udc00","keywords":"\\u0000"}]',
    "lists for texts": lambda: b'[{"name":["A"],"reply":{"x":[1]},"cards":[[[1]]],"active":3}]',
}
PICTURES: dict[str, Callable[[], bytes]] = {
    "a picture of 64 megapixels": lambda: picture(8000, 8000),
    "no picture": lambda: b"<svg onload=alert(1)>",
    "the beginning of one": lambda: picture(200, 200)[:60],
}
FILES = {
    **{f"{name}.xlsx": make for name, make in SPREADSHEETS.items()},
    **{f"{name}.csv": make for name, make in TABLES.items()},
    **{f"{name}.json": make for name, make in OBJECTS.items()},
}


def _many_parts(count: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for number in range(count):
            packed.writestr(f"xl/{number}.xml", "<a/>")
    return stream.getvalue()
