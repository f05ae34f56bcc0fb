"""Fixed SQL for the statements that every message passes.

Building one with the ORM costs a quarter of a millisecond, four times what it takes to run it,
and a message passes twenty. Everything else uses the ORM. Each statement stands in the model of its
table, with named parameters; its text is the same for PostgreSQL and SQLite but for the names of
two functions.

PostgreSQL plans each of them once for a connection (PREPARE): planning costs it several times what
running does. PREPARED_STATEMENTS=off where a pooler gives each transaction another connection.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from django.conf import settings
from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    IntegrityError,
    connection,
    connections,
    transaction,
)
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from django.db.models.expressions import RawSQL

from workqueue import durability
from workqueue.sqlite3.base import DatabaseWrapper as OnSQLite

Row = TypeVar("Row", bound=Model)


Parameters = Mapping[str, Any]


@cache
def _in_dialect(sql: str, vendor: str) -> str:
    """SQLite calls LEAST and GREATEST of two values MIN and MAX, and its writers are alone."""
    if vendor != "sqlite":
        return sql
    sql = sql.replace("LEAST(", "MIN(").replace("GREATEST(", "MAX(")
    return sql.partition("FOR NO KEY UPDATE")[0]


@cache
def _as_sqlite_has_it(sql: str) -> str:
    """Return the text with parameters as SQLite itself names them."""
    return PARAMETER.sub(r":\1", _in_dialect(sql, "sqlite"))


MOST_DIGITS = 18  # that a bigint surely holds


def row_id(text: str) -> int | None:
    """Read a row's number in a text that others wrote; None: it is none that a table could have."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS
    return int(text) if is_number else None


def literals(words: Iterable[str]) -> list[RawSQL]:
    """Return words of our own as text, not as parameters, for a condition with IN.

    Only so does SQLite see that it is the condition of an index of some rows.
    """
    return [RawSQL(f"'{word}'", ()) for word in words]  # noqa: S611 - they come from no user


def _adapt(database: BaseDatabaseWrapper, params: Parameters) -> dict[str, Any]:
    """Give times the form that the ORM stores them in."""
    adapt: Callable[[datetime], str | None] = database.ops.adapt_datetimefield_value
    if database.vendor == "sqlite" and database.timezone is UTC:
        adapt = _as_text
    return {
        name: adapt(value) if isinstance(value, datetime) else value
        for name, value in params.items()
    }


def _as_text(value: datetime) -> str:
    """What Django makes of a time for SQLite, without looking up the time zone for each."""
    return str((value if value.tzinfo is UTC else value.astimezone(UTC)).replace(tzinfo=None))


TABLE = re.compile(r"(?:FROM|INTO|UPDATE) [a-z]+_(\w+)")
PARAMETER = re.compile(r"%\((\w+)\)s")
DURABLE = "SET LOCAL synchronous_commit TO on; "  # with its statement: one way to the server


def _prepares(database: BaseDatabaseWrapper) -> bool:
    return bool(database.vendor == "postgresql" and settings.PREPARED_STATEMENTS)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What a connection has prepared, and the cursor that runs it.

    It goes with the connection, from thread to thread. One cursor for all: to make one for each
    statement, with Django's wrapper around it, costs a worker more than to run it. It is the
    driver's own, so it is asked through _run() only.
    """

    cursor: Any
    texts: set[str]


@cache
def _as_prepared(sql: str) -> tuple[str, str]:
    """Return the text that prepares a statement, and the one that runs it."""
    names = list(dict.fromkeys(PARAMETER.findall(sql)))
    verb, table = sql.split(maxsplit=1)[0].lower(), TABLE.search(sql)
    digest = hashlib.sha256(sql.encode()).hexdigest()[:8]
    called = f"instabot_{verb}_{table[1] if table else ''}_{digest}"  # seen in the server's log
    prepare = PARAMETER.sub(lambda found: f"${names.index(found[1]) + 1}", sql)
    values = ", ".join(f"%({name})s" for name in names)
    return (
        f"PREPARE {called} AS {prepare}",
        f"EXECUTE {called}({values})" if names else f"EXECUTE {called}",
    )


def _database() -> BaseDatabaseWrapper:
    """Return this thread's connection itself: django.db.connection looks it up at every use."""
    return connections[DEFAULT_DB_ALIAS]


def _run(sql: str, params: Parameters, *, first: str = "", durable: bool = False) -> Any:
    """Run a statement; return its cursor, whose rows are to be fetched at once.

    first: one that runs before it, and gives no rows.
    """
    database = _database()
    if durable and isinstance(database, OnSQLite):
        database.on_disk = True
    if isinstance(database, OnSQLite) and not database.queries_logged:
        return _run_on_sqlite(database, filter(None, (first, sql)), params)
    if not _prepares(database) or database.queries_logged:
        cursor = database.cursor()
        for one in filter(None, (first, sql)):
            cursor.execute(_in_dialect(one, database.vendor), _adapt(database, params))
        return cursor
    database.ensure_connection()
    database.validate_no_broken_transaction()
    try:
        with database.wrap_database_errors:
            before = DURABLE if durable else ""
            return _run_prepared(database, (first, sql), _adapt(database, params), before)
    except IntegrityError:
        raise
    except DatabaseError:
        # A migration may have changed its tables: prepare it anew, when the transaction is over.
        if database.connection is not None:
            database.connection.prepared = None
        raise


def _run_on_sqlite(database: OnSQLite, statements: Iterable[str], params: Parameters) -> Any:
    """Run them on the driver's own connection: Django's cursor costs more than the statement."""
    database.ensure_connection()
    database.validate_no_broken_transaction()
    values = _adapt(database, params)
    with database.wrap_database_errors:
        for sql in statements:
            cursor = database.connection.execute(_as_sqlite_has_it(sql), values)
    return cursor


def _run_prepared(
    database: BaseDatabaseWrapper, statements: Iterable[str], params: Parameters, before: str
) -> Any:
    """Run them on one way to the server, and return what the last one gives."""
    known: _Prepared = database.connection.prepared or _begin(database)
    together = []
    for sql in filter(None, statements):
        prepare, execute = _as_prepared(sql)
        if sql not in known.texts:
            known.cursor.execute(prepare)
            known.texts.add(sql)
        together.append(execute)
    known.cursor.execute(before + "; ".join(together), params)
    return known.cursor


def _begin(database: BaseDatabaseWrapper) -> _Prepared:
    """Begin anew on this connection, which is new or of which we do not know what it knows."""
    cursor, zone = database.create_cursor(), database.timezone
    cursor.tzinfo_factory = lambda _: zone  # Django's own would keep this thread's wrapper
    relaxed = "; SET synchronous_commit TO off" if durability.is_relaxed() else ""
    cursor.execute(f"DEALLOCATE ALL{relaxed}")
    database.connection.prepared = known = _Prepared(cursor, set())
    return known


@cache
def _writes(sql: str) -> bool:
    return not sql.lstrip().startswith("SELECT")


def _turn_to_write(sql: str) -> AbstractContextManager[Any]:
    """SQLite's writers queue at the beginning of a transaction; a statement alone is one, too."""
    database = _database()
    if database.vendor != "sqlite" or database.in_atomic_block or not _writes(sql):
        return nullcontext()
    return transaction.atomic()


def change(sql: str, /, *, first: str = "", **params: Any) -> int:
    """Run a statement; return how many rows it changed.

    first: another one, with parameters among these, that runs before it on the same way to the
    server.
    """
    with _turn_to_write(sql):
        return int(_run(sql, params, first=first).rowcount)


def fetch(sql: str, /, *, durable: bool = False, **params: Any) -> tuple[Any, ...] | None:
    """Return the one row of a SELECT or a RETURNING; times in it are as the database gives them.

    durable: this transaction, and all that was written before it, is on the disk when it commits.
    """
    rows = fetch_all(sql, durable=durable, **params)
    return rows[0] if rows else None


def fetch_all(sql: str, /, *, durable: bool = False, **params: Any) -> list[tuple[Any, ...]]:
    """Return all rows, as fetch() returns one."""
    with _turn_to_write(sql):
        cursor = _run(sql, params, durable=durable and durability.is_relaxed())
        return list(cursor.fetchall())  # to its end, or SQLite would leave the statement open


def moment(value: Any) -> datetime | None:
    """Return a time that fetch() gave: from SQLite it comes as text or without its zone, UTC."""
    if value is None:
        return None
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    assert isinstance(found, datetime)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def read(model: type[Row], sql: str, /, **params: Any) -> list[Row]:
    """Return the rows of a SELECT or a RETURNING as objects of the model.

    What Manager.raw() does, without working out the columns anew at each call; what is no column of
    the model becomes an attribute, as the database gives it.
    """
    with _turn_to_write(sql):
        cursor = _run(sql, params)
        columns = tuple(column[0] for column in cursor.description)
        rows = cursor.fetchall()
    if not rows:
        return []
    names, order, converters, beside = _columns(model, columns, connection.vendor)
    found = [model.from_db(None, names, _convert(row, order, converters)) for row in rows]
    for name, index in beside:
        for one, row in zip(found, rows, strict=True):
            setattr(one, name, row[index])
    return found


Converter = Callable[[Any, Any, Any], Any]


@cache
def _columns(
    model: type[Model], columns: tuple[str, ...], _vendor: str
) -> tuple[list[str], list[int], list[tuple[int, Any, list[Converter]]], list[tuple[str, int]]]:
    """Return attributes in the model's order, where each is found, and what makes it Python's.

    And where there is what is no column of the model.
    """
    about = model._meta  # noqa: SLF001 - Django's public API
    fields = [field for field in about.concrete_fields if field.column in columns]
    converters = []
    for index, field in enumerate(fields):
        value = field.get_col(about.db_table)
        found = [
            *connection.ops.get_db_converters(value),
            *field.get_db_converters(connection),
        ]
        if found:
            converters.append((index, value, found))
    order = [columns.index(field.column) for field in fields]
    beside = [(name, index) for index, name in enumerate(columns) if index not in order]
    return [field.attname for field in fields], order, converters, beside


def _convert(
    row: Sequence[Any], order: list[int], converters: list[tuple[int, Any, list[Converter]]]
) -> list[Any]:
    values = [row[index] for index in order]
    for index, column, found in converters:
        for converter in found:
            values[index] = converter(values[index], column, connection)
    return values
