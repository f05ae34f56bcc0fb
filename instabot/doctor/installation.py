"""What instabot itself stands on: settings, database, migrations, disk."""

from collections.abc import Iterator
from datetime import timedelta

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from backoffice.counts import counted
from conversations.models import CustomerErasure, Erasure
from conversations.retention import gaps, journal
from incidents import database, disk
from instabot import remedies
from instabot.doctor.findings import Finding, ok, warning, wrong
from workqueue import schema
from workqueue.postgresql import capacity


def check_settings() -> Iterator[Finding]:
    """Django's system checks and our own, those for a live service too where DEBUG is off."""
    asked = checks.run_checks(include_deployment_checks=not settings.DEBUG)
    found = [one for one in asked if not one.is_silenced()]
    for one in found:
        kind = wrong if one.is_serious() else warning
        hint = str(
            one.hint or _HINTS.get(one.id or "") or "Search Django's documentation for this id."
        )
        yield kind(f"{one.msg} ({one.id})", hint)
    if settings.DEBUG and not settings.SANDBOX:
        yield wrong(
            "DEBUG is on: whoever sees an error page sees code and settings.",
            "Set DEBUG=off and restart.",
        )
    if settings.SANDBOX:
        yield warning(
            "SANDBOX is on: nothing reaches Instagram.",
            "To answer real customers set SANDBOX=off and restart.",
        )
    elif not found:
        yield ok("All settings are there and fit together.")


def check_database() -> Iterator[Finding]:
    name = "PostgreSQL" if connection.vendor == "postgresql" else "SQLite"
    try:
        took = database.seconds()
    except (DatabaseError, InterfaceError) as error:
        advice = remedies.find(error)[1] or remedies.AWAY
        yield wrong(f"{name} does not answer ({type(error).__name__}).", advice)
        return
    if took > database.SLOW_SECONDS:
        yield warning(
            f"{name} answers, but took {took:.1f} seconds.",
            "Look at the database's load, and put it near instabot.",
        )
    else:
        yield ok(f"{name} answers.")


def check_connections() -> Iterator[Finding]:
    found = capacity.read()
    if found is None:
        return
    said = f"{found.in_use} of the {found.allowed} connections that PostgreSQL allows are in use"
    if found.is_used_up:
        yield wrong(f"{said}: who needs one more is refused, and so are webhooks.", capacity.ADVICE)
    elif found.is_too_small:
        claimed = f"instabot's processes may open {found.claimed} together"
        yield warning(f"{said}, and {claimed}.", capacity.ADVICE)
    else:
        yield ok(f"{said}; instabot's processes open {found.claimed} at most.")


def check_migrations() -> Iterator[Finding]:
    loader = MigrationLoader(connection)
    ours = {config.label for config in apps.get_app_configs()}
    newer = [
        one
        for one in set(loader.applied_migrations) - set(loader.disk_migrations)
        if one[0] in ours
    ]
    if count := schema.count_unapplied(loader):
        yield wrong(
            f"{counted(count, 'migration has', 'migrations have')} not been applied: the code is"
            " newer than the database.",
            "Run `manage.py migrate`.",
        )
    elif newer and not _are_replaced(loader, newer):
        yield warning(
            f"The database has {counted(len(newer), 'migration')} that this code does not know:"
            " the code is older than the database.",
            "Update instabot to the version that the other processes run.",
        )
    else:
        yield ok("The database fits the code.")


def _are_replaced(loader: MigrationLoader, applied: list[tuple[str, str]]) -> bool:
    """Tell whether these stand within squashed ones."""
    replaced = {one for other in loader.disk_migrations.values() for one in other.replaces}
    return set(applied) <= replaced


def check_disk() -> Iterator[Finding]:
    """Of this machine, also while the database is away; incidents have those of the others."""
    one = disk.read()
    if one.is_full:
        yield wrong(f"The disk of {one.folder} is full: {one.left} left.", _MAKE_ROOM)
    elif one.is_nearly_full:
        yield warning(f"The disk of {one.folder} is nearly full: {one.left} left.", _MAKE_ROOM)
    else:
        yield ok(f"{one.left} are free on the disk of {one.folder}.")


def check_erasures() -> Iterator[Finding]:
    """What is erased is told to ERASURES_FILE within seconds; what is not, a backup brings back.

    A customer who is to be erased is, within minutes.
    """
    going = CustomerErasure.objects.under_way()
    if late := going.filter(wanted_at__lt=timezone.now() - _SOON_ERASED).count():
        yield wrong(
            f"Not erased yet, though asked for: {counted(late, 'customer')}.",
            "Start a worker: it goes on with them. If one runs, its log says why it cannot.",
        )
    if not settings.ERASURES_FILE:
        yield warning(
            "ERASURES_FILE is not set: a backup that is restored brings back what was erased.",
            "Set it to a file outside of the database, on a disk that stays.",
        )
        return
    yield from _check_journal()


def _check_journal() -> Iterator[Finding]:
    file, is_there = settings.ERASURES_FILE, journal.is_there()
    waits = Erasure.objects.filter(at__lt=timezone.now() - _SOON_WRITTEN).count()
    if waits:
        yield wrong(
            f"{counted(waits, 'erasure')} could not be written to {file}.",
            "See that its folder is there, with room, and that the worker may write to it.",
        )
    try:
        lacks = len(gaps.find())
    except OSError as error:
        yield wrong(
            f"{file} cannot be read: {error.strerror}.", "Let the user of instabot read it."
        )
        return
    if lacks and not is_there:
        said = f"{file} is not there, though something was erased"
        yield wrong(f"{said}: a backup that is restored brings that back.", _REBUILD)
    elif lacks:
        said = f"{file} lacks {counted(lacks, 'erasure')} of which the database knows"
        yield wrong(f"{said}: a backup that is restored brings back what was erased.", _REBUILD)
    elif not is_there and not waits:
        yield ok(f"{file} is not there yet: the first erasure makes it.")
    elif not waits:
        yield ok(f"What was erased is in {file}.")


_HINTS = {  # Django gives none for these
    "security.W009": "Make a long one (the first lines of .env.example say how), put the old one"
    " into SECRET_KEY_FALLBACKS, restart, and run `manage.py encrypt_tokens`.",
}
_REBUILD = (
    "Put a copy of the file back if you have one, where the user of instabot can read and write it."
    " Then run `manage.py rebuild_erasures`: it writes what is missing, from the database."
)
_SOON_WRITTEN = timedelta(minutes=5)
_SOON_ERASED = timedelta(minutes=30)
_MAKE_ROOM = "Make room on this disk, or make it larger."
