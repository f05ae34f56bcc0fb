from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat

from backups import snapshot
from backups.manifest import BackupError


class Command(BaseCommand):
    help = "Write a backup of everything into a new folder; instabot may run on meanwhile."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder that is not there yet")

    def handle(self, *_: Any, folder: Path, **__: Any) -> None:
        try:
            made = snapshot.make(folder.absolute())
        except BackupError as error:
            raise CommandError(str(error)) from error
        at, size = made.taken_at, filesizeformat(made.size)
        self.stdout.write(f"{folder}: everything as of {at:%Y-%m-%d %H:%M:%S %Z}, {size}.")
        self.stdout.write("It has no keys: keep TOKEN_KEYS and SECRET_KEY elsewhere.")
