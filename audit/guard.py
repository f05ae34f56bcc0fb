"""What makes the log append-only: triggers, by which the database itself refuses all else.

No UPDATE; no DELETE of what is younger than a year; on PostgreSQL no TRUNCATE, and on SQLite no
REPLACE, which deletes without its triggers. Whoever has the right to change tables can still take
the triggers away, and so can lifted(), for a restore.

Django remakes SQLite's tables to alter them, and their triggers are gone without a word: so they
are looked for after each `migrate` (apps.py). A migration that changes entries does it in lifted().
"""

# ruff: noqa: S608 - the names are those of our own table

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from audit.models import KEPT

TABLE = "audit_entry"
SAYS = f"The audit log is append-only: no entry is changed, or deleted within {KEPT.days} days."
_REFUSE = f"SELECT RAISE(ABORT, '{SAYS}')"
# As Django writes times for SQLite: they compare as texts.
_YEAR_AGO = f"strftime('%Y-%m-%d %H:%M:%f', 'now', '-{KEPT.days} days')"
_ON_SQLITE = {
    "audit_entry_no_update": f"BEFORE UPDATE ON {TABLE} BEGIN {_REFUSE}; END",
    "audit_entry_no_delete": (
        f"BEFORE DELETE ON {TABLE} WHEN old.at >= {_YEAR_AGO} BEGIN {_REFUSE}; END"
    ),
    "audit_entry_no_replace": (
        f"BEFORE INSERT ON {TABLE} WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = new.id)"
        f" BEGIN {_REFUSE}; END"
    ),
}
_FUNCTION = f"""
CREATE OR REPLACE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.at < now() - interval '{KEPT.days} days' THEN RETURN OLD; END IF;
    END IF;
    RAISE EXCEPTION '{SAYS}' USING ERRCODE = 'restrict_violation';
END $$"""
_ON_POSTGRESQL = {
    "audit_entry_no_change": f"BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH ROW",
    "audit_entry_no_truncate": f"BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT",
}


def create() -> None:
    """Make the triggers that lack; where there is no log yet, it waits for its migration."""
    if not _has_table() or is_up():
        return
    with transaction.atomic():
        if connection.vendor == "sqlite":
            _make_on_sqlite()
        else:
            _make_on_postgresql()


def is_up() -> bool:
    """Tell whether all triggers are there."""
    if connection.vendor == "sqlite":
        wanted = _ON_SQLITE.keys()
        found = _fetch(
            f"SELECT name FROM main.sqlite_master WHERE type = 'trigger' AND tbl_name = '{TABLE}'"
        )
    else:
        wanted = _ON_POSTGRESQL.keys()
        found = _fetch(
            "SELECT tgname FROM pg_trigger"
            f" WHERE tgrelid = to_regclass('{TABLE}') AND tgenabled = 'O'"
        )
    return wanted <= found


@contextmanager
def lifted() -> Iterator[None]:
    """Let the log be emptied and filled, in one transaction: for a restore, and for tests."""
    with transaction.atomic():
        if connection.vendor == "sqlite":
            _drop_on_sqlite()
        else:
            _execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER USER")
        yield  # where this fails, the transaction takes the rest back
        if connection.vendor == "sqlite":
            _make_on_sqlite()
        else:
            _execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER USER")


def _make_on_sqlite() -> None:
    _drop_on_sqlite()
    _execute(*(f"CREATE TRIGGER main.{name} {does}" for name, does in _ON_SQLITE.items()))


def _drop_on_sqlite() -> None:
    """Take them from the database itself: a backup that is attached for a restore has them, too."""
    _execute(*(f"DROP TRIGGER IF EXISTS main.{name}" for name in _ON_SQLITE))


def _make_on_postgresql() -> None:
    _execute(_FUNCTION)
    for name, when in _ON_POSTGRESQL.items():
        _execute(
            f"DROP TRIGGER IF EXISTS {name} ON {TABLE}",
            f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION audit_entry_refuse()",
        )


def _has_table() -> bool:
    with connection.cursor() as cursor:
        return TABLE in connection.introspection.table_names(cursor)


def _fetch(statement: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return {name for (name,) in cursor.fetchall()}


def _execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
