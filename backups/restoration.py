"""Restores a backup into an empty database: all of it, or nothing.

In the same transaction sending is held (conversations.hold) and what was erased since is erased, so
nobody ever sees the rows of then without that.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from audit import trail
from audit.trail import Kind
from backoffice.counts import counted
from backups import erasures
from backups import manifest as manifests
from backups.erasures import Applied
from backups.manifest import BackupError, Manifest
from backups.snapshot import applied_migrations, kind_of
from backups.tables import names, quote
from conversations import hold
from conversations.account import tokens
from conversations.models import Account, Worker
from conversations.removal import disk
from incidents.models import Incident
from workqueue.snapshot import Snapshot

ALIVE = timedelta(minutes=1)  # a worker that has given a sign since then
NAMES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}
# Where there is any of these the database is in use; all else migrations and a first start write.
OF_USE = {
    "conversations_conversation": "conversations",
    "conversations_message": "messages",
    "webhooks_webhookevent": "webhook events",
    "rules_responserule": "rules",
    "auth_user": "people",
}


@dataclass(frozen=True, slots=True)
class Restored:
    """erased: again, if that was asked for; locked: accounts whose token no key here opens."""

    manifest: Manifest
    erased: Applied | None
    locked: list[Account]


def restore(folder: Path, erasures_file: Path | None = None) -> Restored:
    """Put a backup into this database; raises BackupError, and then nothing is changed.

    erasures_file: what it says is erased again.
    """
    manifest = manifests.read(folder)
    _insist_on_kind(manifest)
    _insist_on_migrations(manifest)
    manifests.check_files(manifest, folder)
    kind = kind_of(connection.vendor)
    told = erasures.read(erasures_file) if erasures_file else None
    with kind.open_backup(folder), transaction.atomic(durable=True):
        kind.take_over()
        _insist_on_emptiness()
        kind.load(folder, manifest.tables)
        _insist_on_all(manifest)
        hold.begin(manifest.taken_at, timezone.now())
        Incident.objects.break_off(timezone.now())  # who was told of them is not in the backup
        erased = erasures.apply(told) if told else None
        _record(manifest, erased)
    if erased and erased.anything:
        disk.clean()
    Snapshot.forget_everything()
    ContentType.objects.clear_cache()
    locked = [one for one in Account.objects.exclude(token="") if tokens.is_lost(one)]
    return Restored(manifest, erased, locked)


def _record(manifest: Manifest, erased: Applied | None) -> None:
    at = f"{manifest.taken_at:%Y-%m-%d %H:%M:%S %Z}"
    trail.record(Kind.SETTING, f"restored the backup of {at}: {counted(manifest.rows, 'row')}")
    if erased:
        trail.record(Kind.ERASURE, f"erased again what was erased since: {erased}")


def _insist_on_kind(manifest: Manifest) -> None:
    if manifest.kind != connection.vendor:
        theirs = NAMES.get(manifest.kind, manifest.kind)
        raise BackupError(
            f"The backup is of {theirs}, and this database is {NAMES[connection.vendor]}. Restore"
            f" it into a {theirs} database (DATABASE_URL)."
        )


def _insist_on_migrations(manifest: Manifest) -> None:
    """Tables must be those of the backup: rows are put in as they are."""
    here, there = set(applied_migrations()), set(manifest.migrations)
    known = {f"{app}.{name}" for app, name in MigrationLoader(connection).disk_migrations}
    if there - known:
        raise BackupError(
            f"The backup was made by instabot {manifest.version}, which is newer than this one"
            f" ({settings.VERSION}): install that version, then restore."
        )
    if there - here:
        raise BackupError("This database is not migrated: run `manage.py migrate`, then restore.")
    if here - there:
        raise BackupError(
            f"The backup was made by instabot {manifest.version}, whose tables are older than those"
            f" here ({settings.VERSION}). Install that version, let it migrate an empty database"
            " and restore into that; then update instabot and run `manage.py migrate`."
        )


def _insist_on_emptiness() -> None:
    now = timezone.now()
    if Worker.objects.filter(seen_at__gt=now - ALIVE).exists():
        raise BackupError("A worker runs on this database: stop it, and restore a minute later.")
    found = []
    with connection.cursor() as cursor:
        for table, what in OF_USE.items():
            cursor.execute(f"SELECT COUNT(*) FROM {quote(table)}")  # noqa: S608 - of our own tables
            if count := cursor.fetchone()[0]:
                found.append(f"{what} ({count:,})")
    if found:
        raise BackupError(
            f"This database is not empty: it has {', '.join(found)}. Nothing is overwritten. Make a"
            " new database, run `manage.py migrate` on it, then restore."
        )


def _insist_on_all(manifest: Manifest) -> None:
    """What was loaded is what was written, to the row."""
    if {*manifest.tables} != {*names()}:
        raise BackupError("The backup has other tables than this database: use its own version.")
    with connection.cursor() as cursor:
        for name, table in manifest.tables.items():
            cursor.execute(f"SELECT COUNT(*) FROM {quote(name)}")  # noqa: S608 - of our own tables
            if (count := cursor.fetchone()[0]) != table.rows:
                raise BackupError(
                    f"{name} has {count:,} rows, not {table.rows:,}: a damaged backup."
                )
