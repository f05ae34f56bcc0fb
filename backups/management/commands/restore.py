from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backups import restoration
from backups.manifest import BackupError


class Command(BaseCommand):
    help = "Restore a backup into an empty database, which was migrated. Sending is held then."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="what `manage.py backup` has written")

    def handle(self, *_: Any, folder: Path, **__: Any) -> None:
        try:
            restored = restoration.restore(folder.absolute())
        except BackupError as error:
            raise CommandError(f"Nothing was restored. {error}") from error
        made = restored.manifest
        at = f"{made.taken_at:%Y-%m-%d %H:%M:%S %Z}"
        self.stdout.write(f"Restored: everything as of {at}, {made.rows:,} rows.")
        for account in restored.locked:
            self.stdout.write(
                f"The access token of {account} cannot be read with the keys here: set TOKEN_KEYS"
                " (or SECRET_KEY) as it was, or connect the account again."
            )
        self.stdout.write(
            "Sending is held. Start web and worker; `manage.py hold` says when all is compared with"
            " Instagram, and lets messages go with --lift. So does the red bar in the admin."
        )
