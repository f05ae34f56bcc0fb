"""What a rule says as the texts of a spreadsheet's cells, and back.

A spreadsheet takes some texts for what they are not: =1+1 is run, 007 becomes 7, 1-2 a day. In
CSV such a cell begins with an apostrophe, which reading takes off again. XLSX needs none: each of
its cells says that it is a text.
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
    """Return what a cell says as a record has it; what makes no sense stays as it is."""
    if not isinstance(value, str):  # from JSON
        return value
    said = value.strip()
    if name == CARDS:
        return _read_cards(said)
    field = FIELDS.get(name)
    if isinstance(field, models.BooleanField):
        return YES_OR_NO.get(said.casefold(), value)
    if isinstance(field, models.DateField):
        return said or None
    if isinstance(field, models.IntegerField):
        return int(said) if re.fullmatch("[0-9]{1,10}", said) else value
    return said if name == "name" else value


def _read_cards(text: str) -> Any:
    try:
        return json.loads(text) if text else []
    except (ValueError, RecursionError):
        return text


# What a spreadsheet might run, or take for a number, a day or yes and no.
_MISREAD = re.compile(r"[=+\-@\s＝＋－＠]|(?=.{0,29}\d).{1,30}\Z|(true|false)\Z", re.IGNORECASE)  # noqa: RUF001 - some spreadsheets take the wide signs too


def guarded(name: str, text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would not take for one."""
    is_number = isinstance(FIELDS.get(name), models.IntegerField)
    return f"'{text}" if _MISREAD.match(text.lstrip("'")) and not is_number else text


def unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and _MISREAD.match(text.lstrip("'")) else text


# What XML cannot hold, and what would be read as the name of such a character.
_NO_XML = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_NAMED = re.compile("_x([0-9A-Fa-f]{4})_")


def in_xml(text: str) -> str:
    return _NO_XML.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def from_xml(text: str) -> str:
    return _NAMED.sub(lambda found: chr(int(found[1], 16)), text)
