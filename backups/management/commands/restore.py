from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from backups import restoration
from backups.erasures import Applied
from backups.manifest import BackupError


class Command(BaseCommand):
    help = "Restore a backup into an empty database, which was migrated. Sending is held then."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="what `manage.py backup` has written")

        file = parser.add_mutually_exclusive_group()
        told = "what was erased after the backup is erased again (default: ERASURES_FILE)"
        file.add_argument("--erasures", type=Path, metavar="FILE", help=told)
        none = "have what was erased after the backup come back"
        file.add_argument("--without-erasures", action="store_true", help=none)

    def handle(
        self, *_: Any, folder: Path, erasures: Path | None, without_erasures: bool, **__: Any
    ) -> None:
        if erasures is None and not without_erasures:
            erasures = _erasures_file()
        try:
            restored = restoration.restore(folder.absolute(), erasures)
        except BackupError as error:
            raise CommandError(f"Nothing was restored. {error}") from error
        made = restored.manifest
        at = f"{made.taken_at:%Y-%m-%d %H:%M:%S %Z}"
        self.stdout.write(f"Restored: everything as of {at}, {made.rows:,} rows.")
        if restored.erased:
            self._say_erased(restored.erased)
        else:
            self.stdout.write(
                "Without a file of erasures: what customers unsent after the backup, and who was"
                " deleted after it, is back. Nothing was erased again."
            )
        for account in restored.locked:
            self.stdout.write(
                f"The access token of {account} cannot be read with the keys here: set TOKEN_KEYS"
                " (or SECRET_KEY) as it was, or connect the account again."
            )
        self.stdout.write(
            "Sending is held. Start web and worker; `manage.py hold` says when all is compared with"
            " Instagram, and lets messages go with --lift. So does the red bar in the admin."
        )

    def _say_erased(self, erased: Applied) -> None:
        self.stdout.write(f"Erased again: {erased}.")
        if erased.unreadable:
            self.stdout.write(f"Lines of that file that cannot be read: {erased.unreadable:,}.")
        if erased.foreign:
            self.stdout.write("Some of its lines are of another database, and were left out.")


def _erasures_file() -> Path:
    """Return ERASURES_FILE: whoever restores without it is to know what comes back."""
    if not settings.ERASURES_FILE:
        raise CommandError(
            "Nothing was restored. ERASURES_FILE is not set, so nobody knows what was erased after"
            " the backup. Name the file with --erasures. If there is none, say --without-erasures:"
            " then what customers unsent and who was erased since comes back."
        )
    return Path(settings.ERASURES_FILE)
