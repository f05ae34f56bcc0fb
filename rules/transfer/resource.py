"""Takes rules from a file: what each row would do, and, if all rows are sound, does it."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from import_export.instance_loaders import BaseInstanceLoader
from import_export.resources import Resource
from import_export.results import Result, RowResult
from tablib import Dataset

from rules import history
from rules.models import ResponseRule
from rules.record import Problems, draft, sentences, to_record
from rules.transfer import formats
from rules.transfer.cells import from_cell

TWICE = "The file has this name more than once."


class RuleRow(RowResult):  # type: ignore[misc]  # import_export carries no types
    """What a row of the file does to the rule of its name."""

    def __init__(self, number: int, name: str) -> None:
        super().__init__()
        self.number = number
        self.name = name
        self.differences: list[history.Difference] = []
        self.problems: list[str] = []

    def is_to(self, import_type: str) -> "RuleRow":
        self.import_type = import_type
        return self

    def refused(self, problems: Problems) -> "RuleRow":
        self.problems = sentences(problems)
        self.validation_error = ValidationError(dict(problems))
        return self.is_to(self.IMPORT_TYPE_INVALID)


class RuleResource(Resource):  # type: ignore[misc]  # import_export carries no types
    """Rules are found by their names: ids mean nothing on another machine.

    What a row does not name stays as it is, and so do rules that the file does not name.
    """

    class Meta:
        model = ResponseRule
        instance_loader_class = BaseInstanceLoader
        use_transactions = True
        report_skipped = True

    def __init__(self, by: str = "") -> None:
        super().__init__()
        self.by = by
        self.names: Counter[str] = Counter()

    @classmethod
    def get_display_name(cls) -> str:
        return "Rules"

    def get_user_visible_fields(self) -> list[Any]:
        return []

    def export(self, queryset: QuerySet[ResponseRule] | None = None, **_: Any) -> Dataset:
        rules = ResponseRule.objects.all() if queryset is None else queryset
        return formats.dataset_of(map(to_record, rules.prefetch_related("cards")))

    def take(self, dataset: Dataset, *, dry_run: bool) -> Result:
        """Import all rows or none; a dry run only says what it would do."""
        return self.import_data(dataset, dry_run=dry_run, rollback_on_validation_errors=True)

    def before_import(self, dataset: Dataset, **_: Any) -> None:
        self.names = Counter(str(from_cell("name", name)) for name in dataset["name"])

    def import_row(self, row: Mapping[str, Any], _: Any, **options: Any) -> RuleRow:
        given = {
            name: from_cell(name, value)
            for name, value in row.items()
            if value is not formats.NOT_GIVEN
        }
        result = RuleRow(options["row_number"], str(given.get("name", "")))
        rule = ResponseRule.objects.filter(name=result.name).first()
        before = to_record(rule) if rule else None
        try:
            wanted = draft(given, rule)
        except ValidationError as error:
            return result.refused(error.message_dict)
        if self.names[result.name] > 1:
            return result.refused({"name": [TWICE]})
        if wanted.record() == before:
            return result.is_to(RowResult.IMPORT_TYPE_SKIP)
        if problems := wanted.problems():
            return result.refused(problems)
        result.differences = history.differences(before, wanted.record())
        if not options["dry_run"]:
            history.save(wanted, before, by=self.by, what=history.What.IMPORTED)
        return result.is_to(RowResult.IMPORT_TYPE_UPDATE if before else RowResult.IMPORT_TYPE_NEW)
