import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from import_export.results import Result
from tablib import Dataset

from rules.transfer import columns
from rules.transfer.formats import ForeignError, choose_format
from rules.transfer.limits import UnreadableError
from rules.transfer.resource import RuleResource, RuleRow

MARKS = {"gone": "-", "new": "+", "same": " ", "cut": "…"}
TYPES = {"new": "new", "update": "changed", "invalid": "invalid"}


class Command(BaseCommand):
    help = "Import rules from a file, all or none of them, and say what changes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="rules.csv, rules.xlsx or rules.json")
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")
        parser.add_argument(
            "--columns",
            help="for a file of another tool, which column is what: name=short_code,reply=content;"
            " --dry-run shows a guess",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        file: Path = options["file"]
        dry_run: bool = options["dry_run"]
        try:
            file_format, data = choose_format(file.name), file.read_bytes()
            if is_foreign := bool(options["columns"]):
                rows = file_format.read_rows(data)
                dataset = self._choose(rows, _read_choice(options["columns"], rows))
            else:
                dataset = file_format.create_dataset(data)
        except ForeignError as error:
            dataset, is_foreign = self._guess(error, dry_run=dry_run), True
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
        except UnreadableError as error:
            raise CommandError(str(error)) from None
        resource = RuleResource("import_rules", is_foreign=is_foreign)
        result = resource.import_all(dataset, dry_run=dry_run)
        for row in result.rows:
            if row.import_type in TYPES:
                self.stdout.write("\n".join(_describe(row)))
        self._sum_up(result, dry_run)

    def _guess(self, error: ForeignError, *, dry_run: bool) -> Dataset:
        """Show what the columns seem to be; only a dry run goes on with that."""
        fields = columns.guess(error.dataset)
        named = [
            f"{name}={title}"
            for name, title in zip(fields, error.dataset.headers, strict=True)
            if name
        ]
        option = f"--columns {shlex.quote(','.join(named))}"
        if not dry_run:
            raise CommandError(
                f"{error} If this is a file of another tool, look with --dry-run what it would"
                f" bring, and import it with {option}"
            )
        self.stdout.write(f"The columns are not those of an export. A guess: {option}")
        try:
            return self._choose(error.dataset, fields)
        except UnreadableError as problem:
            raise CommandError(str(problem)) from None

    def _choose(self, rows: Dataset, fields: list[str]) -> Dataset:
        """Return the rows with these columns; say which ones are left out."""
        dataset = columns.apply(rows, fields)
        others = [title for title, name in zip(rows.headers, fields, strict=True) if not name]
        if others:
            self.stdout.write(f"Left out: {', '.join(others)}.")
        if empty := columns.count_left_out(rows, dataset):
            self.stdout.write(f"Left out, without a reply: {empty} of {len(rows)} rows.")
        self.stdout.write("New rules are not active, unless a column says that they are.")
        return dataset

    def _sum_up(self, result: Result, dry_run: Any) -> None:
        if result.has_validation_errors():
            count = result.totals["invalid"]
            verb = "is" if count == 1 else "are"
            raise CommandError(f"Nothing was imported: {count} of the rules {verb} invalid.")
        new, changed, same = (result.totals[name] for name in ("new", "update", "skip"))
        done = "Would import" if dry_run else "Imported"
        self.stdout.write(f"{done}: {new} new, {changed} changed, {same} unchanged.")


def _read_choice(text: str, rows: Dataset) -> list[str]:
    """Return the field of each column, as --columns says; raise UnreadableError."""
    fields = [columns.LEFT_OUT] * len(rows.headers)
    for part in text.split(","):
        name, _, title = part.partition("=")
        if title not in rows.headers:
            known = ", ".join(rows.headers)
            raise UnreadableError(f"The file has no column {title!r}. Its columns are: {known}.")
        fields[rows.headers.index(title)] = name.strip()
    return fields


def _describe(row: RuleRow) -> Iterator[str]:
    yield f"{row.name or 'without a name'} (no. {row.number}): {TYPES[row.import_type]}"
    yield from (f"  {problem}" for problem in row.problems)
    for difference in row.differences:
        yield f"  {difference.label}"
        yield from (f"    {MARKS[line.tone]} {line.text}" for line in difference.lines)
