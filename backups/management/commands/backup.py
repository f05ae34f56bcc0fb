from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat

from audit import trail
from audit.trail import Kind
from backoffice.counts import counted
from backups import snapshot
from backups.folder import ended_in_order, leftovers
from backups.manifest import BackupError
from conversations.retention import gaps


class Command(BaseCommand):
    help = "Write a backup of everything into a new folder; instabot may run on meanwhile."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder that is not there yet")

    def handle(self, *_: Any, folder: Path, **__: Any) -> None:
        for left in leftovers(folder.absolute().parent):
            self.stderr.write(
                f"{left} is of a backup that was killed, with customers' data in it. Delete it,"
                " unless another backup is being written right now."
            )
        try:
            with ended_in_order():
                made = snapshot.make(folder.absolute())
        except BackupError as error:
            raise CommandError(str(error)) from error
        trail.record(Kind.EXPORT, f"wrote a backup of everything: {made.rows:,} rows")
        at, size = made.taken_at, filesizeformat(made.size)
        self.stdout.write(f"{folder}: everything as of {at:%Y-%m-%d %H:%M:%S %Z}, {size}.")
        self.stdout.write("It has no keys: keep TOKEN_KEYS and SECRET_KEY elsewhere.")
        if said := _doubt():
            self.stderr.write(said)


def _doubt() -> str:
    """Say why a backup would bring back what was erased; empty: none does."""
    file = settings.ERASURES_FILE
    if not file:
        return ""
    try:
        lacks = len(gaps.find())
    except OSError as error:
        return f"{file}, which says what was erased, cannot be read: {error.strerror}."
    if not lacks:
        return ""
    return (
        f"{file} lacks {counted(lacks, 'erasure')} of which the database knows: earlier backups"
        " would bring back what was erased. Run manage.py rebuild_erasures."
    )
