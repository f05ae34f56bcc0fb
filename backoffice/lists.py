"""Lists of the admin: called by what is on them, and read by the page without being counted."""

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

BEFORE = "before"
# What Django says of a list's actions, in plain words.
PLAIN = {
    "Items must be selected in order to perform actions on them. No items have been changed.": (
        "Tick one or more rows first. Nothing was changed."
    ),
    "No action selected.": "Choose what to do with them first. Nothing was changed.",
}


class TitledAdmin(ModelAdmin):  # type: ignore[misc]  # unfold carries no types
    """Calls its list by what is on it; Django would ask to select one to change."""

    when_empty = ""  # what the list says when it has no rows

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        title = capfirst(self.opts.verbose_name_plural)
        shown: HttpResponse = super().changelist_view(
            request, {"title": title, **(extra_context or {})}
        )
        return shown

    def message_user(self, request: HttpRequest, message: Any, *args: Any, **options: Any) -> None:
        super().message_user(request, PLAIN.get(str(message), message), *args, **options)


class Uncounted(Paginator):  # type: ignore[type-arg]  # generic in the stubs alone
    """Knows of what was read whether there is more; it counts nothing."""

    template_name = "backoffice/newer_older.html"
    count = 0


class UncountedList(ChangeList):  # type: ignore[misc]  # unfold carries no types
    """A page of a large table, the newest first: it begins below a row, and goes on from its last.

    Nothing is counted or passed over, so the last page costs no more than the first.
    """

    result_list: Any

    def read(self, before: str, count: int) -> tuple[list[Any], str]:
        """Return the rows below a place, and the place at which older ones begin; empty: none do.

        A place is what this returned; empty: the beginning. It may be anything, too.
        """
        raise NotImplementedError

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """Leave out the place: it narrows nothing."""
        found: dict[str, Any] = super().get_filters_params(params)
        found.pop(BEFORE, None)
        return found

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        """Begin with the newest again, unless it is the way to older ones."""
        link: str = super().get_query_string(new_params, [*(remove or ()), BEFORE])
        return link

    def get_results(self, request: HttpRequest) -> None:
        self.begins = request.GET.get(BEFORE, "")
        rows, self.older_begin = self.read(self.begins, self.list_per_page)
        self.result_list = rows
        self.result_count = self.full_result_count = len(rows)  # of this page
        self.show_full_result_count = self.can_show_all = False
        self.show_admin_actions = True
        self.multi_page = bool(self.begins or self.older_begin)
        self.paginator = Uncounted(rows, self.list_per_page)

    @property
    def newest(self) -> str:
        """The first page, if this is another one."""
        return self.get_query_string() if self.begins else ""

    @property
    def older(self) -> str:
        if not self.older_begin:
            return ""
        query = self.get_query_string()
        place = urlencode({BEFORE: self.older_begin})
        return f"{query}&{place}" if len(query) > 1 else f"?{place}"
