import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit import actors
from audit.trail import Actor, acting
from conversations.customer_data import customers, document, export
from conversations.customer_data.customers import NotOneError


class Command(BaseCommand):
    help = (
        "Write everything that is kept of one customer to standard output, as JSON or as a page"
        " that can be read and printed; or both into a ZIP file, with the pictures."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("customer", metavar="ID", help="the customer's Instagram ID or username")
        add("--account", default="", help="which account's, by its ID or username")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--html", action="store_true", help="a page in the place of JSON")
        how.add_argument("--zip", metavar="FILE", type=Path, help="both, with the pictures")
        add("--by", default=actors.command().name, help="whom the audit log names")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            talk = customers.find(options["customer"], options["account"])
        except NotOneError as error:
            raise CommandError(str(error)) from None
        made = document.read(talk, timezone.now())
        with acting(Actor(name=options["by"])):
            if options["zip"]:
                self._write_archive(made, options["zip"])
                export.record(talk, "zip")
            else:  # first: whoever stops it has the beginning
                export.record(talk, "html" if options["html"] else "json")
                write = export.write_page if options["html"] else export.write_json
                write(made, sys.stdout.buffer)
        sys.stdout.buffer.flush()

    def _write_archive(self, made: document.Document, path: Path) -> None:
        try:
            with open(path, "xb", opener=_for_its_owner) as file:
                export.write_archive(made, file)
        except FileExistsError:
            raise CommandError(f"{path} is there already: choose another name.") from None
        except OSError as error:
            raise CommandError(f"{path} could not be written: {error.strerror}.") from None
        self.stderr.write(f"Written to {path}.")


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)
