from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from shop import tuning


class Command(BaseCommand):
    help = "Show what can be tuned, or change it: manage.py tune pause_hours=6 send_rate=20"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("changes", nargs="*", metavar="name=value")

    def handle(self, *_: Any, changes: list[str], **__: Any) -> None:
        try:
            with transaction.atomic():  # all of them or none
                for change in changes:
                    name, _sign, value = change.partition("=")
                    tuning.put(name.strip(), value.strip())
        except tuning.TuningError as error:
            raise CommandError(str(error)) from error
        for knob in tuning.KNOBS.values():
            current = tuning.get(knob.name)
            value = f"{knob.name} = {current:g} {knob.unit}".rstrip()
            self.stdout.write(f"{value} (default {knob.default:g}, range {knob.range})")
            self.stdout.write(f"    {knob.meaning}")
