"""Texts in the cells of a CSV file, so that a spreadsheet shows them as they are.

A spreadsheet misreads some texts: it runs =1+1, makes 7 of 007 and a date of 1-2. Such a cell
begins with an apostrophe, which is removed when the file is read.
"""

import re

# What a spreadsheet might run, or take for a number, a date or a yes or no.
_MISREAD = re.compile(r"[=+\-@\s＝＋－＠]|(?=.{0,29}\d).{1,30}\Z|(true|false)\Z", re.IGNORECASE)  # noqa: RUF001 - some spreadsheets take the wide signs too


def guard(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would misread."""
    return f"'{text}" if _MISREAD.match(text.lstrip("'")) else text


def unguard(text: str) -> str:
    """Remove the apostrophe again."""
    return text[1:] if text.startswith("'") and _MISREAD.match(text.lstrip("'")) else text
