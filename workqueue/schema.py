"""Whether the tables of the database are those of this code."""

from django.db import connection
from django.db.migrations.loader import MigrationLoader


def count_unapplied(loader: MigrationLoader | None = None) -> int:
    """Count the migrations of this code that are not applied; loader: one that has read them."""
    read = loader or MigrationLoader(connection)
    return len(set(read.graph.nodes) - set(read.applied_migrations))
