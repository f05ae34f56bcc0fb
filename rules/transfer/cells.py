"""The values of a rule as texts in the cells of a spreadsheet, and back.

A spreadsheet misreads some texts: it runs =1+1, makes 7 of 007 and a date of 1-2. In CSV such a
cell begins with an apostrophe, which is removed when the file is read. XLSX needs none: there each
cell says that it is a text.
"""

import json
import re
from typing import Any

from django.db import models

from rules.record import CARDS, FIELDS

YES_OR_NO = {
    **dict.fromkeys(("yes", "true", "1", "on"), True),
    **dict.fromkeys(("no", "false", "0", "off"), False),
}


def to_cell(name: str, value: Any) -> str:
    if name == CARDS:
        return json.dumps(value, ensure_ascii=False) if value else ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def from_cell(name: str, value: Any) -> Any:
    """Return the value of a cell as it is in a record; an invalid one stays as it is."""
    if not isinstance(value, str):  # from JSON
        return value
    text = value.strip()
    if name == CARDS:
        return _read_cards(text)
    field = FIELDS.get(name)
    if isinstance(field, models.BooleanField):
        return YES_OR_NO.get(text.casefold(), value)
    if isinstance(field, models.DateField):
        return text or None
    if isinstance(field, models.IntegerField):
        return int(text) if re.fullmatch("[0-9]{1,10}", text) else value
    return text if name == "name" else value


def _read_cards(text: str) -> Any:
    try:
        return json.loads(text) if text else []
    except (ValueError, RecursionError):
        return text


# What a spreadsheet might run, or take for a number, a date or a yes or no.
_MISREAD = re.compile(r"[=+\-@\s＝＋－＠]|(?=.{0,29}\d).{1,30}\Z|(true|false)\Z", re.IGNORECASE)  # noqa: RUF001 - some spreadsheets take the wide signs too


def guard(name: str, text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would misread."""
    is_number = isinstance(FIELDS.get(name), models.IntegerField)
    return f"'{text}" if _MISREAD.match(text.lstrip("'")) and not is_number else text


def unguard(text: str) -> str:
    """Remove the apostrophe again."""
    return text[1:] if text.startswith("'") and _MISREAD.match(text.lstrip("'")) else text


# What XML cannot contain, and what would be read as the code of such a character.
_NO_XML = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_CODED = re.compile("_x(?!D[89A-F])([0-9A-F]{4})_", re.IGNORECASE)  # not half of a character


def to_xml(text: str) -> str:
    return _NO_XML.sub(lambda match: f"_x{ord(match[0]):04X}_", text)


def from_xml(text: str) -> str:
    return _CODED.sub(lambda match: chr(int(match[1], 16)), text)
