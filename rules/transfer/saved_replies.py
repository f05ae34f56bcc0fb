"""Saved replies of other tools: which of their columns is the title, the text, the picture.

The same files as for rules, read by the same formats: canned responses, macros, saved replies have
a title or a shortcut, and a text. There is nothing to choose: what is not one of the three is left
out, and so are rows without a text and a picture.
"""

from collections.abc import Sequence
from typing import Any

from import_export.resources import ModelResource
from import_export.results import Result
from tablib import Dataset

from audit import trail
from audit.trail import Kind
from backoffice.counts import counted
from conversations.models import SavedReply
from rules.record import NOT_STORABLE, is_storable
from rules.transfer import columns, markup
from rules.transfer.formats import CSV, JSON, XLSX, FewRows, refuse_flaws
from rules.transfer.limits import UnreadableError

FIELDS = ("title", "text", "picture_url")
PICTURES = (
    "picture url", "picture", "image url", "image", "media url", "media", "attachment url",
    "photo", "photo url",
)  # fmt: skip
NO_TITLE = "No column of this file looks like the title or the shortcut of a reply."


def read(rows: Dataset) -> Dataset:
    """Return title, text and picture of each row of any file; raise UnreadableError."""
    fields, titles = columns.guess(rows), [columns.simplify(name) for name in rows.headers]
    places = [
        fields.index("name") if "name" in fields else None,
        fields.index("reply") if "reply" in fields else None,
        next((titles.index(name) for name in PICTURES if name in titles), None),
    ]
    if places[0] is None:
        raise UnreadableError(NO_TITLE)
    refuse_flaws([row[place] for place in places if place is not None] for row in rows)
    found = Dataset(headers=FIELDS)
    for number, row in enumerate(rows, 1):
        title, text, picture = (_cell(row, place) for place in places)
        if not is_storable(title + text + picture):
            raise UnreadableError(f"Row {number} cannot be read. {NOT_STORABLE}")
        if text or picture:
            found.append([" ".join(title.split()), text, picture])
    if not len(found):
        raise UnreadableError("No row of this file has a text.")
    return found


def _cell(row: Sequence[Any], place: int | None) -> str:
    return "" if place is None else markup.to_text(columns.to_text(row[place]))


class _SavedReplies(FewRows):
    def __init__(self, encoding: str | None = None) -> None:
        """The encoding that import_export proposes is not asked for: a file says its own."""

    def create_dataset(self, data: bytes) -> Dataset:
        return read(self.read_rows(data))


class SavedCSV(_SavedReplies, CSV):
    """Of Chatwoot, Help Scout, Zendesk and others."""


class SavedXLSX(_SavedReplies, XLSX):
    """The same as a spreadsheet."""


class SavedJSON(_SavedReplies, JSON):
    """As other tools' APIs answer."""


class SavedReplyResource(ModelResource):  # type: ignore[misc]  # import_export carries no types
    """Saved replies are found by their titles; what is there already and the same is left alone."""

    class Meta:
        model = SavedReply
        fields = FIELDS
        import_id_fields = ("title",)
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True
        use_transactions = True

    def after_import(self, dataset: Dataset, result: Result, **options: Any) -> None:
        super().after_import(dataset, result, **options)
        count = result.totals["new"] + result.totals["update"]
        if count and not options["dry_run"]:
            said = counted(count, "saved reply", "saved replies")
            trail.record(Kind.SETTING, f"imported {said}")
