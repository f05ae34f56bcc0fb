"""Indexes of large tables, for migrations: made and removed while everybody goes on writing.

PostgreSQL does that CONCURRENTLY, and not in a transaction: the migration says `atomic = False`,
and has nothing else in it. One that was cut off is run again. SQLite has one writer in any case.
"""

# ruff: noqa: ARG002 - the signatures are Django's
from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db.migrations import AddIndex, RemoveIndex


def _is_postgresql(schema_editor: Any) -> bool:
    return bool(schema_editor.connection.vendor == "postgresql")


def _drop(schema_editor: Any, name: str) -> None:
    """Remove an index, also one that is not valid: a migration that was cut off has left it."""
    meanwhile = "CONCURRENTLY " if _is_postgresql(schema_editor) else ""
    quoted = schema_editor.connection.ops.quote_name(name)
    schema_editor.execute(f"DROP INDEX {meanwhile}IF EXISTS {quoted}")


class AddIndexMeanwhile(AddIndexConcurrently):
    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        _drop(schema_editor, self.index.name)
        how = AddIndexConcurrently if _is_postgresql(schema_editor) else AddIndex
        how.database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        _drop(schema_editor, self.index.name)


class RemoveIndexMeanwhile(RemoveIndexConcurrently):
    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        _drop(schema_editor, self.name)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        _drop(schema_editor, self.name)
        how = RemoveIndexConcurrently if _is_postgresql(schema_editor) else RemoveIndex
        how.database_backwards(self, app_label, schema_editor, from_state, to_state)
