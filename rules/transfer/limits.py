"""How much a file of rules may hold, and the error that says what is wrong with one."""

MAX_ROWS = 20_000
MAX_ROWS_AT_ONCE = 2000  # while somebody waits for the page: it takes about eight seconds
MAX_COLUMNS = 200  # rules have fewer, and others' files a few more
MAX_CELLS_OF_ROW = 16_384  # of Excel's own, with empty ones behind the last

TOO_MANY_ROWS = f"There are more than {MAX_ROWS} rows in this file."
TOO_MANY_AT_ONCE = (
    f"There are more than {MAX_ROWS_AT_ONCE:,} rows in this file. Split it, or use the command"
    " import_rules."
)
TOO_MANY_COLUMNS = f"There are more than {MAX_COLUMNS} columns in this file."


class UnreadableError(ValueError):
    """A file cannot be read or written; the text is a sentence for staff that says why."""
