"""Lists whose rows the work itself writes."""

# ruff: noqa: ARG002 - the signatures are Django's
from typing import Any

from django.http import HttpRequest
from unfold.admin import ModelAdmin


class KeptAdmin(ModelAdmin):  # type: ignore[misc]  # unfold carries no types
    """Nobody adds or deletes: these rows are written by the work itself."""

    when_empty = ""  # what the list says when it has no rows

    class Media:
        css = {"all": ["backoffice/pages.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(KeptAdmin):
    """And nobody changes them."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
