"""Imports rules from a file: says what each row would change, and does it if all are valid."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from import_export.instance_loaders import BaseInstanceLoader
from import_export.resources import Resource
from import_export.results import Result, RowResult
from tablib import Dataset

from audit import trail
from audit.trail import Kind
from backoffice.counts import counted
from rules import history
from rules.models import ResponseRule
from rules.record import Problems, is_storable, list_sentences, make_draft, shown_record, to_record
from rules.transfer import columns, formats
from rules.transfer.cells import from_cell

DUPLICATE_NAME = "The file has this name more than once."


class RuleRow(RowResult):  # type: ignore[misc]  # import_export carries no types
    """What a row of the file does to the rule with its name."""

    def __init__(self, number: int, name: str) -> None:
        super().__init__()
        self.number = number
        self.name = name
        self.differences: list[history.Difference] = []
        self.problems: list[str] = []

    def set_type(self, import_type: str) -> "RuleRow":
        self.import_type = import_type
        return self

    def refuse(self, problems: Problems) -> "RuleRow":
        self.problems = list_sentences(problems)
        self.validation_error = ValidationError(dict(problems))
        return self.set_type(self.IMPORT_TYPE_INVALID)


class RuleResource(Resource):  # type: ignore[misc]  # import_export carries no types
    """Rules are found by their names: ids mean nothing on another machine.

    Fields that are not in a row, and rules that are not in the file, stay as they are.
    """

    class Meta:
        model = ResponseRule
        instance_loader_class = BaseInstanceLoader
        use_transactions = True
        report_skipped = True

    def __init__(self, by: str = "", *, is_foreign: bool = False) -> None:
        """Name who imports. is_foreign: the rows were made from a file of another tool."""
        super().__init__()
        self.by = by
        self.is_foreign = is_foreign
        self.names: Counter[str] = Counter()

    @classmethod
    def get_display_name(cls) -> str:
        return "Rules"

    def get_user_visible_fields(self) -> list[Any]:
        return []

    def export(self, queryset: QuerySet[ResponseRule] | None = None, **_: Any) -> Dataset:
        rules = ResponseRule.objects.all() if queryset is None else queryset
        return formats.fill_dataset(map(shown_record, rules.prefetch_related("cards")))

    def import_all(self, dataset: Dataset, *, dry_run: bool) -> Result:
        """Import all rows or none; a dry run only says what would change."""
        return self.import_data(dataset, dry_run=dry_run, rollback_on_validation_errors=True)

    def after_import(self, dataset: Dataset, result: Result, **options: Any) -> None:  # noqa: ARG002 - import_export's signature
        """Record it, in the transaction of the import."""
        count = result.totals["new"] + result.totals["update"]
        if count and not options["dry_run"]:
            trail.record(Kind.SETTING, f"imported {counted(count, 'rule')}")

    def before_import(self, dataset: Dataset, **_: Any) -> None:
        self.names = Counter(str(from_cell("name", name)) for name in dataset["name"])

    def import_row(self, row: Mapping[str, Any], _: Any, **options: Any) -> RuleRow:
        given = {
            name: from_cell(name, value)
            for name, value in row.items()
            if value is not formats.NOT_GIVEN
        }
        result = RuleRow(options["row_number"], str(given.get("name", "")))
        rule = _find(result.name)
        before = to_record(rule) if rule else None
        if self.is_foreign and rule is None:
            given = columns.complete(given)
        try:
            draft = make_draft(given, rule)
        except ValidationError as error:
            return result.refuse(error.message_dict)
        if self.names[result.name] > 1:
            return result.refuse({"name": [DUPLICATE_NAME]})
        if draft.record() == before:
            return result.set_type(RowResult.IMPORT_TYPE_SKIP)
        if problems := draft.problems():
            return result.refuse(problems)
        result.differences = history.compare(before, draft.record())
        if not options["dry_run"]:
            history.save(draft, before, by=self.by, what=history.What.IMPORTED)
        return result.set_type(
            RowResult.IMPORT_TYPE_UPDATE if before else RowResult.IMPORT_TYPE_NEW
        )


def _find(name: str) -> ResponseRule | None:
    return ResponseRule.objects.filter(name=name).first() if is_storable(name) else None
