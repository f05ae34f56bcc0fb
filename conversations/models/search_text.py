"""What search compares, beside the text that staff read."""

from typing import Any

from django.db import models
from django.db.models import Model, Q

from backoffice.words import search_text

# A row of an earlier version, or one that such a version writes while this one is put in place.
NOT_SEARCHABLE_YET = Q(search_text__isnull=True)


class SearchText(models.TextField):  # type: ignore[type-arg]  # generic in the stubs alone
    """The words of another column, written whenever the ORM saves a row; null: not yet.

    The fixed statements and update() write it themselves, see MessageQuerySet. The index of it is
    made by conversations.search.index, since each database has one of its own kind.
    """

    def __init__(self, *args: Any, of: str = "text", **options: Any) -> None:
        self.of = of
        super().__init__(*args, **{"null": True, "editable": False} | options)

    def deconstruct(self) -> Any:
        """Migrations know a column of text."""
        name, _, args, options = super().deconstruct()
        return name, "django.db.models.TextField", args, options

    def pre_save(self, model_instance: Model, add: bool) -> Any:  # noqa: ARG002, FBT001 - Django's
        words = search_text(getattr(model_instance, self.of))
        setattr(model_instance, self.attname, words)
        return words
