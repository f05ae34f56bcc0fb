"""Lists whose rows are not everybody's to change."""

# ruff: noqa: ARG002 - the signatures are Django's
from typing import Any

from django.http import HttpRequest

from backoffice.lists import TitledAdmin
from backoffice.reach import reach


class SharedAdmin(TitledAdmin):
    """What belongs to all accounts: whoever is limited to some reads it."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return reach() is None and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return reach() is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return reach() is None and super().has_delete_permission(request, obj)


class KeptAdmin(TitledAdmin):
    """Nobody adds or deletes: these rows are written by the work itself."""

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
