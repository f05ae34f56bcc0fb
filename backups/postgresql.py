"""PostgreSQL: each table by COPY, all of one snapshot. Needs no program beside instabot."""

import gzip
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import OperationalError, connection, transaction

from audit import guard
from backups import tables
from backups.folder import create
from backups.manifest import BackupError, Table
from backups.tables import quote
from workqueue.postgresql import patience

# What others write goes on. A long table takes longer than a page may.
_SNAPSHOT = """
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"""
_PATIENCE = "SET LOCAL lock_timeout = '30s'; SET LOCAL statement_timeout = 0"
IN_USE = (
    "Something else uses this database and does not let go. Stop web and workers, then restore."
)


def dump(folder: Path) -> dict[str, Table]:
    """Write each table's rows to a file of its own; return what was written."""
    with _copying(), transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_SNAPSHOT)
        return {name: _dump(cursor, name, folder) for name in tables.names()}


def _dump(cursor: Any, table: str, folder: Path) -> Table:
    columns = [one.name for one in connection.introspection.get_table_description(cursor, table)]
    with (
        os.fdopen(create(folder / _file(table)), "wb") as file,
        gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=6) as packed,
    ):
        cursor.copy_expert(f"COPY {_named(table, columns)} TO STDOUT", packed)
    return Table(columns, cursor.rowcount, _last_number(cursor, table))


def _file(table: str) -> str:
    return f"{table}.copy.gz"


def _named(table: str, columns: list[str]) -> str:
    return f"{quote(table)} ({', '.join(map(quote, columns))})"


def _last_number(cursor: Any, table: str) -> int:
    """Return the last number that was given to a row, or is being given right now."""
    for one in connection.introspection.get_sequences(cursor, table):
        cursor.execute(f"SELECT last_value, is_called FROM {quote(one['name'])}")  # noqa: S608 - a name of the database's own
        last, is_called = cursor.fetchone()
        return int(last) if is_called else 0
    return 0


@contextmanager
def _copying() -> Iterator[None]:
    """Connect anew, as COPY wants it, and once more for what comes afterwards."""
    with patience.left_to_the_driver():
        connection.close()
        try:
            yield
        finally:
            connection.close()


@contextmanager
def open_backup(_: Path) -> Iterator[None]:
    """Its files are opened one by one."""
    with _copying():
        yield


def take_over() -> None:
    """Keep everybody out of the tables until the commit; who comes meanwhile waits."""
    every = ", ".join(map(quote, tables.every()))
    with connection.cursor() as cursor:
        cursor.execute(_PATIENCE)
        try:
            cursor.execute(f"LOCK TABLE {every} IN ACCESS EXCLUSIVE MODE")
        except OperationalError as error:
            raise BackupError(IN_USE) from error


def load(folder: Path, found: Mapping[str, Table]) -> None:
    """Put the rows of a backup in the place of those that are there."""
    with guard.lifted(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(map(quote, tables.every()))}")
        for name, table in found.items():
            with gzip.open(folder / _file(name), "rb") as file:
                cursor.copy_expert(f"COPY {_named(name, table.columns)} FROM STDIN", file)
            _go_on_after(cursor, name, table)


def _go_on_after(cursor: Any, name: str, table: Table) -> None:
    """Have new rows numbered after those of the backup."""
    last = table.last_number + tables.SKIPPED_NUMBERS.get(name, 0)
    for one in connection.introspection.get_sequences(cursor, name):
        if last:
            cursor.execute("SELECT setval(%s, %s)", [one["name"], last])
