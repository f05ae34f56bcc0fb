from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from audit import trail
from conversations.retention import bites, upkeep
from conversations.retention.bites import Kind
from shop import tuning
from webhooks.retention import KINDS

SETTINGS = {kind.setting: None for kind in KINDS}
TITLES = {
    "customers": "customers of whom nothing else is left",
    "names": "names of customers who opted out or have the bot paused",
}
FIGURES_FIRST = "The figures of some days are still to be counted: try again in a minute."


class Command(BaseCommand):
    help = (
        "Show what is kept no longer and would be deleted now; delete it with --now. What if:"
        " manage.py retention keep_messages_days=365"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "days",  # not "settings", which Django takes for its own --settings
            nargs="*",
            metavar="name=days",
            help="show it as if this were set",
        )
        what = parser.add_mutually_exclusive_group()
        what.add_argument(
            "--dry-run", action="store_true", help="only show it, which is the default"
        )
        what.add_argument(
            "--now",
            action="store_true",
            help="delete it now; otherwise the worker does, bit by bit",
        )

    def handle(self, *_: Any, days: list[str], now: bool, **__: Any) -> None:
        if now and days:
            raise CommandError("Set it first (manage.py tune), then delete.")
        if now:
            self._delete()
            return
        kept = {name: tuning.get(name) for name in SETTINGS} | _read(days)
        for kind in KINDS:
            self._show(kind, kept, timezone.now())

    def _delete(self) -> None:
        if not any(bites.days(kind) for kind in KINDS):
            self.stdout.write("Nothing is deleted: everything is kept for ever.")
            return
        taken = upkeep.take_all(KINDS)
        gone = {name: count.rows for name, count in taken.gone.items() if count.rows}
        if gone:
            said = ", ".join(f"{rows:,} {TITLES.get(name, name)}" for name, rows in gone.items())
            trail.record(trail.Kind.ERASURE, f"deleted at once what is kept no longer: {said}")
        for name, rows in gone.items():
            self.stdout.write(f"{TITLES.get(name, name)} deleted: {rows:,}")
        if taken.waits:
            self.stdout.write(FIGURES_FIRST)
        elif not gone:
            self.stdout.write("Nothing is old enough to be deleted.")

    def _show(self, kind: Kind, days: Mapping[str, float], now: datetime) -> None:
        set_to = days[kind.setting]
        if not set_to:
            self.stdout.write(f"{kind.name}: kept for ever ({kind.setting} = 0)")
            return
        age = bites.age(set_to, now)
        self.stdout.write(
            f"{kind.name}: what is from before {age.before:%Y-%m-%d} ({kind.setting} = {set_to:g})"
        )
        found = kind.count(age)
        for name, count in found.gone.items():
            size = f", about {filesizeformat(count.size)}" if count.size else ""
            self.stdout.write(f"    {TITLES.get(name, name)} to delete: {count.rows:,}{size}")
        if found.stay:
            self.stdout.write(f"    as old, but kept for now (docs/retention.md): {found.stay:,}")


def _read(settings: list[str]) -> dict[str, float]:
    found = {}
    for one in settings:
        name, _, value = one.partition("=")
        if name not in SETTINGS:
            raise CommandError(str(tuning.unknown(name, SETTINGS, "manage.py retention")))
        try:
            found[name] = tuning.KNOBS[name].parse(value)
        except tuning.TuningError as error:
            raise CommandError(str(error)) from error
    return found
