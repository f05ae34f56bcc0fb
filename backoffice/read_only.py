"""Lists whose rows the work itself writes."""

# ruff: noqa: ARG002 - the signatures are Django's
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from unfold.admin import ModelAdmin


class KeptAdmin(ModelAdmin):  # type: ignore[misc]  # unfold carries no types
    """Nobody adds or deletes: these rows are written by the work itself."""

    when_empty = ""  # what the list says when it has no rows

    class Media:
        css = {"all": ["backoffice/pages.css"]}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Call the page by what is on it; Django would ask to select one to change."""
        title = capfirst(self.opts.verbose_name_plural)
        shown: HttpResponse = super().changelist_view(
            request, {"title": title, **(extra_context or {})}
        )
        return shown

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(KeptAdmin):
    """And nobody changes them."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
