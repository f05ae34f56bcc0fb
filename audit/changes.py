"""Lists of the admin in which whatever people add, change and delete is on record."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from audit import trail
from audit.trail import Kind
from backoffice.lists import TitledAdmin


class RecordedAdmin(TitledAdmin):
    """Records which row it was and which of its fields were changed, and nothing that is in them.

    Within the transaction of Django's own forms.
    """

    kind = Kind.SETTING

    def describe(self, row: Any) -> str:
        """Say which row it is, as in `the contact “Anna, mobile”`: no secret, and no customer."""
        raise NotImplementedError

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        trail.record(self.kind, f"added {self.describe(obj)}")
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        if names := changed_fields(message):
            trail.record(self.kind, f"changed {self.describe(obj)}: {', '.join(names)}")
        return super().log_change(request, obj, message)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        said = f"deleted {self.describe(obj)}"
        super().delete_model(request, obj)
        trail.record(self.kind, said)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        said = [f"deleted {self.describe(row)}" for row in queryset]
        super().delete_queryset(request, queryset)
        for one in said:
            trail.record(self.kind, one)


def changed_fields(message: Any) -> list[str]:
    """Return what was changed, by the names on the form, of what Django's form says of a change."""
    names: dict[str, None] = {}
    for part in message if isinstance(message, list) else ():
        for told in part.values():
            if "name" in told:  # of rows in the form: which ones, but not what is in them
                names[str(told["name"]).lower()] = None
            else:
                names |= dict.fromkeys(str(field).lower() for field in told.get("fields", ()))
    return list(names)
