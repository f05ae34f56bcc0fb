import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import trail
from audit.trail import Kind
from rules.transfer.formats import FORMATS
from rules.transfer.limits import UnreadableError
from rules.transfer.resource import RuleResource

FORMATS_BY_NAME = {file_format.name: file_format for file_format in FORMATS}


class Command(BaseCommand):
    help = "Write all rules to the standard output: manage.py export_rules > rules.json"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=sorted(FORMATS_BY_NAME), default="json")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            data = FORMATS_BY_NAME[options["format"]]().export_data(RuleResource().export())
        except UnreadableError as error:
            raise CommandError(str(error)) from None
        trail.record(Kind.EXPORT, f"exported the rules as {options['format'].upper()}")
        sys.stdout.buffer.write(data)  # as bytes, so that line ends stay as they are
