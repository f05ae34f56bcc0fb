from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from shop import tuning
from shop.tuning import Knob


class Command(BaseCommand):
    help = "Show what can be tuned, or change it: manage.py tune pause_hours=6 send_rate=20"

    def add_arguments(self, parser: ArgumentParser) -> None:
        how = "what to set; a name alone shows that setting, nothing shows all of them"
        parser.add_argument("changes", nargs="*", metavar="name=value", help=how)

    def handle(self, *_: Any, changes: list[str], **__: Any) -> None:
        try:
            with transaction.atomic():  # all of them or none
                lines = [line for change in changes for line in _tell(change)]
        except tuning.TuningError as error:
            raise CommandError(str(error)) from error
        if not changes:
            lines = [line for knob in tuning.KNOBS.values() for line in _describe(knob)]
        for line in lines:
            self.stdout.write(line)


def _tell(change: str) -> Iterator[str]:
    """Set what is to be set, and say what came of it; a name alone is only described."""
    name, is_set, value = (part.strip() for part in change.partition("="))
    if not is_set and name in tuning.KNOBS:
        yield from _describe(tuning.KNOBS[name])
        return
    before = tuning.get(name) if name in tuning.KNOBS else 0
    has_changed = tuning.put(name, value)
    knob = tuning.KNOBS[name]
    yield f"{_say(knob)} ({f'before: {before:g}' if has_changed else 'as before'})"


def _describe(knob: Knob) -> Iterator[str]:
    yield f"{_say(knob)} (default {knob.default:g}, range {knob.range})"
    yield f"    {knob.meaning}"


def _say(knob: Knob) -> str:
    return f"{knob.name} = {tuning.get(knob.name):g} {knob.unit}".rstrip()
