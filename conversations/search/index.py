"""The databases' own indexes of what search compares: made, tended and made anew.

PostgreSQL has a GIN index of an expression: a generated column, which would be the usual way, is
stored by writing the whole table anew under a lock that keeps the door shut; this index is made
CONCURRENTLY. It takes the words as they are parted by our spaces, since PostgreSQL's own parser has
other ideas of what a word of Thai, Hindi or "12-34" is, and they depend on the server's locale.

SQLite has an FTS5 table for each table, kept by triggers. Django remakes a table to alter it, and
its triggers are gone without a word: so they are looked for after each `migrate` (apps.py), and
where one lacks, whatever was written meanwhile is missing: the index is made anew.
"""

# ruff: noqa: S608 - the names are those of our own tables

from dataclasses import dataclass

from django.db import connection, transaction

# Segments of FTS5's index. Merging them is upkeep, which the worker does (upkeep.py); SQLite would
# have whoever writes a message do it. Nobody tends an index for so long that this many wait, but
# where no worker runs; then SQLite does.
SEGMENTS_BEFORE_CRISIS = 64
PAGES_OF_A_MERGE = 64  # written with the database's one writer held
MOST_MERGES = 20  # at a time


@dataclass(frozen=True, slots=True)
class Table:
    """A table that has search_text, and an index of it."""

    name: str
    key: str = "id"

    @property
    def index(self) -> str:
        """Return the name of the index; on SQLite it is a table."""
        return f"{self.name}_search"

    @property
    def words(self) -> str:
        """Return what PostgreSQL has an index of; a condition must say just the same."""
        return f"array_to_tsvector(array_remove(string_to_array({self.name}.search_text, ' '), ''))"

    @property
    def triggers(self) -> dict[str, str]:
        """Return SQLite's triggers by name: what is in the index is what has words."""
        index, key = self.index, self.key
        add = f"INSERT INTO {index} (rowid, search_text) SELECT new.{key}, new.search_text"
        remove = (
            f"INSERT INTO {index} ({index}, rowid, search_text)"
            f" SELECT 'delete', old.{key}, old.search_text"
        )
        had, has = "WHERE old.search_text <> ''", "WHERE new.search_text <> ''"
        return {
            f"{index}_insert": f"AFTER INSERT ON {self.name} BEGIN {add} {has}; END",
            f"{index}_delete": f"AFTER DELETE ON {self.name} BEGIN {remove} {had}; END",
            f"{index}_update": (
                f"AFTER UPDATE OF search_text ON {self.name}"
                " WHEN old.search_text IS NOT new.search_text"
                f" BEGIN {remove} {had}; {add} {has}; END"
            ),
        }


MESSAGES = Table("conversations_message")
NOTES = Table("conversations_note")
DIRECTORY = Table("conversations_directoryentry", "conversation_id")
TABLES = (MESSAGES, NOTES, DIRECTORY)


def create() -> None:
    """Make what lacks; where a table is not of this version, its index waits for its migration."""
    for table in TABLES:
        if _has_column(table):
            make = _create_on_sqlite if connection.vendor == "sqlite" else _create_on_postgresql
            make(table)


def drop() -> None:
    """Take the indexes away, before their columns go."""
    for table in TABLES:
        if connection.vendor == "sqlite":
            _execute(
                *(f"DROP TRIGGER IF EXISTS {name}" for name in table.triggers),
                f"DROP TABLE IF EXISTS {table.index}",
            )
        else:
            _execute(f"DROP INDEX IF EXISTS {table.index}")


def rebuild() -> None:
    """Make all indexes anew from the columns."""
    create()
    for table in TABLES:
        if connection.vendor == "sqlite":
            with transaction.atomic():
                _execute(f"INSERT INTO {table.index} ({table.index}) VALUES ('rebuild')")
        else:
            _execute(
                f"REINDEX INDEX {'' if connection.in_atomic_block else 'CONCURRENTLY'}"
                f" {table.index}"
            )


def merge() -> None:
    """Merge what was written to SQLite's indexes since; others write between two bits of it."""
    if connection.vendor == "sqlite":
        for table in TABLES:
            _merge(table)


def merge_all() -> None:
    """Merge each of SQLite's indexes into one part, which has no word of a row that is gone.

    In bits, so that others write between them: a command with a negative number has the indexes
    merged whole, those after it go on ("The 'merge' Command" in SQLite's documentation of FTS5).
    """
    for table in TABLES:
        merge = f"INSERT INTO {table.index} ({table.index}, rank) VALUES ('merge', %s)"
        pages, before = -PAGES_OF_A_MERGE, None
        while before is None or _structure(table) != before:
            before = _structure(table)
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(merge, [pages])
            pages = PAGES_OF_A_MERGE


def _structure(table: Table) -> object:
    """Return of which parts an index consists; it changes with each merge that did something."""
    return _fetch(f"SELECT block FROM {table.index}_data WHERE id = 10", [])


def put_in_place() -> None:
    """Put what was written to PostgreSQL's indexes since where searches find it fast."""
    if connection.vendor == "postgresql":
        for table in TABLES:
            _fetch("SELECT gin_clean_pending_list(to_regclass(%s))", [table.index])


_merged: dict[str, object] = {}  # how each index was when there was nothing to merge


def _merge(table: Table) -> None:
    for _ in range(MOST_MERGES):
        [(segments,)] = _fetch(f"SELECT block FROM {table.index}_data WHERE id = 10", [])
        if segments == _merged.get(table.index):
            return
        with transaction.atomic():
            _execute(
                f"INSERT INTO {table.index} ({table.index}, rank)"
                f" VALUES ('merge', {PAGES_OF_A_MERGE})"
            )
            [(after,)] = _fetch(f"SELECT block FROM {table.index}_data WHERE id = 10", [])
        if after == segments:
            _merged[table.index] = after


def _create_on_postgresql(table: Table) -> None:
    found = _fetch(
        "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [table.index]
    )
    if found and found[0][0]:
        return
    concurrently = "" if connection.in_atomic_block else "CONCURRENTLY"
    if found:  # whoever made it was interrupted
        _execute(f"DROP INDEX {concurrently} {table.index}")
    # A row is written to a list first, and so is each new version of it, of which a message has
    # several. Every search reads the list, and whoever fills it works it off: put_in_place() does.
    _execute(
        f"CREATE INDEX {concurrently} IF NOT EXISTS {table.index} ON {table.name}"
        f" USING gin (({table.words})) WITH (fastupdate = on)"
    )


def _create_on_sqlite(table: Table) -> None:
    there = {
        name
        for (name,) in _fetch("SELECT name FROM sqlite_master WHERE tbl_name = %s", [table.name])
    }
    if {*table.triggers} <= there and _fetch(
        "SELECT 1 FROM sqlite_master WHERE name = %s", [table.index]
    ):
        return
    settings = {"automerge": 0, "crisismerge": SEGMENTS_BEFORE_CRISIS}
    with transaction.atomic():
        _execute(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {table.index} USING fts5(search_text,"
            f" content='{table.name}', content_rowid='{table.key}', tokenize='ascii',"
            " detail=none, columnsize=0)",
            *(
                f"INSERT INTO {table.index} ({table.index}, rank) VALUES ('{name}', {value})"
                for name, value in settings.items()
            ),
            *(f"DROP TRIGGER IF EXISTS {name}" for name in table.triggers),
            *(f"CREATE TRIGGER {name} {does}" for name, does in table.triggers.items()),
            f"INSERT INTO {table.index} ({table.index}) VALUES ('rebuild')",
        )


def _has_column(table: Table) -> bool:
    with connection.cursor() as cursor:
        if table.name not in connection.introspection.table_names(cursor):
            return False
        columns = connection.introspection.get_table_description(cursor, table.name)
    return "search_text" in {column.name for column in columns}


def _execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _fetch(statement: str, params: list[str]) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        found: list[tuple[object, ...]] = cursor.fetchall()
    return found
