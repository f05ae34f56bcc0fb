"""SQLite: the whole database in one file, as it was at one moment, while others write on."""

# ruff: noqa: S608 - the names are those of our own tables
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.db import connection

from audit import guard
from backups import tables
from backups.folder import create
from backups.manifest import Table
from backups.tables import quote
from conversations.search import index

FILE = "database.sqlite3"
OURS = "backup"  # the name of the backup beside the database that it goes into


def dump(folder: Path) -> dict[str, Table]:
    """Write a copy of the database; return what is in it."""
    path = folder / FILE
    os.close(create(path))  # SQLite would let others read it
    with closing(sqlite3.connect(_read_only(_database()), uri=True)) as source:
        source.execute("VACUUM INTO ?", [str(path)])
    with closing(sqlite3.connect(path)) as copy:
        copy.execute("PRAGMA secure_delete = ON")  # nothing of it stays in the file
        for name in sorted(tables.LEFT_OUT):
            copy.execute(f"DELETE FROM {quote(name)}")
        copy.commit()
        return {name: _describe(copy, name) for name in tables.names()}


def _database() -> Path:
    return Path(str(connection.settings_dict["NAME"])).resolve()


def _read_only(path: Path) -> str:
    return f"{path.as_uri()}?mode=ro"


def _describe(copy: sqlite3.Connection, table: str) -> Table:
    columns = [str(row[1]) for row in copy.execute(f"PRAGMA table_info({quote(table)})")]
    [rows] = copy.execute(f"SELECT COUNT(*) FROM {quote(table)}").fetchone()
    given = copy.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", [table]).fetchone()
    return Table(columns, rows, int(given[0]) if given else 0)


@contextmanager
def open_backup(folder: Path) -> Iterator[None]:
    """Have the backup's file beside the database; not within a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(f"ATTACH DATABASE %s AS {OURS}", [_read_only((folder / FILE).resolve())])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DETACH DATABASE {OURS}")


def take_over() -> None:
    """Whoever begins a transaction here has the database's one writer."""


def load(_: Path, found: Mapping[str, Table]) -> None:
    """Put the rows of a backup in the place of those that are there; make the search anew."""
    with guard.lifted(), connection.cursor() as cursor:
        for name in tables.every():
            cursor.execute(f"DELETE FROM {quote(name)}")
        for name, table in found.items():
            columns = ", ".join(map(quote, table.columns))
            cursor.execute(
                f"INSERT INTO main.{quote(name)} ({columns})"
                f" SELECT {columns} FROM {OURS}.{quote(name)}"
            )
            _go_on_after(cursor, name, table)
    index.rebuild()


def _go_on_after(cursor: Any, name: str, table: Table) -> None:
    """Have new rows numbered after those of the backup."""
    last = table.last_number + tables.SKIPPED_NUMBERS.get(name, 0)
    if table.last_number:
        cursor.execute("DELETE FROM main.sqlite_sequence WHERE name = %s", [name])
        cursor.execute("INSERT INTO main.sqlite_sequence (name, seq) VALUES (%s, %s)", [name, last])
