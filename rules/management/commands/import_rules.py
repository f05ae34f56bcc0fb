from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from import_export.results import Result

from rules.transfer.formats import UnreadableError, choose_format
from rules.transfer.resource import RuleResource, RuleRow

MARKS = {"gone": "-", "new": "+", "same": " ", "cut": "…"}
TYPES = {"new": "new", "update": "changed", "invalid": "invalid"}


class Command(BaseCommand):
    help = "Import rules from a file, all or none of them, and say what changes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="rules.csv, rules.xlsx or rules.json")
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")

    def handle(self, *_: Any, **options: Any) -> None:
        file: Path = options["file"]
        try:
            dataset = choose_format(file.name).create_dataset(file.read_bytes())
        except (OSError, UnreadableError) as error:
            raise CommandError(str(error)) from None
        result = RuleResource("import_rules").import_all(dataset, dry_run=options["dry_run"])
        for row in result.rows:
            if row.import_type in TYPES:
                self.stdout.write("\n".join(_describe(row)))
        self._sum_up(result, options["dry_run"])

    def _sum_up(self, result: Result, dry_run: Any) -> None:
        if result.has_validation_errors():
            count = result.totals["invalid"]
            verb = "is" if count == 1 else "are"
            raise CommandError(f"Nothing was imported: {count} of the rules {verb} invalid.")
        new, changed, same = (result.totals[name] for name in ("new", "update", "skip"))
        done = "Would import" if dry_run else "Imported"
        self.stdout.write(f"{done}: {new} new, {changed} changed, {same} unchanged.")


def _describe(row: RuleRow) -> Iterator[str]:
    yield f"{row.name or 'without a name'} (no. {row.number}): {TYPES[row.import_type]}"
    yield from (f"  {problem}" for problem in row.problems)
    for difference in row.differences:
        yield f"  {difference.label}"
        yield from (f"    {MARKS[line.tone]} {line.text}" for line in difference.lines)
