"""Makes a backup: one moment of the database as a folder, while everybody goes on writing."""

import os
from pathlib import Path
from types import ModuleType

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from backups import manifest, postgresql, sqlite
from backups.folder import create, unfinished
from backups.manifest import BackupError, Manifest
from conversations.models import RetentionUpkeep
from workqueue import schema


def make(target: Path) -> Manifest:
    """Write a backup into a new folder of this name; raises BackupError, and leaves nothing."""
    _insist_on_migrations()
    RetentionUpkeep.objects.the_row()  # its key is in each backup, for what is erased after it
    with unfinished(target) as folder:
        taken_at = timezone.now()
        made = Manifest(
            settings.VERSION,
            connection.vendor,
            taken_at,
            applied_migrations(),
            kind_of(connection.vendor).dump(folder),
        )
        files = {path.name: manifest.describe(path) for path in sorted(folder.iterdir())}
        whole = Manifest(made.version, made.kind, taken_at, made.migrations, made.tables, files)
        with os.fdopen(create(folder / manifest.NAME), "w") as file:
            file.write(whole.as_json())
    return whole


def _insist_on_migrations() -> None:
    """Tables of before would be called those of this version, into which they do not fit."""
    if schema.count_unapplied():
        on_postgresql = connection.vendor == "postgresql"
        other = "pg_dump" if on_postgresql else "a copy of the SQLite file while nothing runs"
        raise BackupError(
            "The tables are those of an earlier version: make the backup with that version, before"
            f" you install this one, or with {other}."
        )


def kind_of(vendor: str) -> ModuleType:
    """Return what writes and reads the backups of such a database."""
    return postgresql if vendor == "postgresql" else sqlite


def applied_migrations() -> list[str]:
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied)
