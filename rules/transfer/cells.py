"""The values of a rule as texts in the cells of a spreadsheet, and back.

In CSV a text that a spreadsheet would misread begins with an apostrophe (backoffice.spreadsheet).
XLSX needs none: there each cell says that it is a text.
"""

import json
import re
from typing import Any

from django.db import models

from backoffice import spreadsheet
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


def guard(name: str, text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would misread."""
    is_number = isinstance(FIELDS.get(name), models.IntegerField)
    return text if is_number else spreadsheet.guard(text)


# What XML cannot contain, and what would be read as the code of such a character.
_NO_XML = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_CODED = re.compile("_x(?!D[89A-F])([0-9A-F]{4})_", re.IGNORECASE)  # not half of a character


def to_xml(text: str) -> str:
    return _NO_XML.sub(lambda match: f"_x{ord(match[0]):04X}_", text)


def from_xml(text: str) -> str:
    return _CODED.sub(lambda match: chr(int(match[1], 16)), text)
