from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from import_export.results import Result

from rules.transfer.formats import UnreadableError, format_of
from rules.transfer.resource import RuleResource, RuleRow

MARKS = {"gone": "-", "new": "+", "same": " ", "cut": "…"}
KINDS = {"new": "new", "update": "changed", "invalid": "not sound"}


class Command(BaseCommand):
    help = "Take rules from a file, all or none of them, and say what differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="rules.csv, rules.xlsx or rules.json")
        parser.add_argument(
            "--dry-run", action="store_true", help="only say what would be different"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        file: Path = options["file"]
        try:
            dataset = format_of(file.name).create_dataset(file.read_bytes())
        except (OSError, UnreadableError) as error:
            raise CommandError(str(error)) from None
        result = RuleResource("import_rules").take(dataset, dry_run=options["dry_run"])
        for row in result.rows:
            if row.import_type in KINDS:
                self.stdout.write("\n".join(_said(row)))
        self._sum_up(result, options["dry_run"])

    def _sum_up(self, result: Result, dry_run: Any) -> None:
        if result.has_validation_errors():
            count = result.totals["invalid"]
            raise CommandError(f"Nothing was imported: {count} of the rules cannot be taken.")
        new, changed, same = (result.totals[kind] for kind in ("new", "update", "skip"))
        done = "This would be" if dry_run else "Imported"
        self.stdout.write(f"{done}: {new} new, {changed} changed, {same} already like this.")


def _said(row: RuleRow) -> Iterator[str]:
    yield f"{row.name or 'without a name'} (no. {row.number}): {KINDS[row.import_type]}"
    yield from (f"  {problem}" for problem in row.problems)
    for difference in row.differences:
        yield f"  {difference.label}"
        yield from (f"    {MARKS[line.tone]} {line.text}" for line in difference.lines)
