"""Lists of the admin: called by what is on them, and read by the page without being counted."""

# ruff: noqa: ARG002 - the signatures are Django's
from typing import Any

from django.contrib.admin.views.main import PAGE_VAR
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

MOST_PAGES = 10_000  # a higher number would be no number to the database


class TitledAdmin(ModelAdmin):  # type: ignore[misc]  # unfold carries no types
    """Calls its list by what is on it; Django would ask to select one to change."""

    when_empty = ""  # what the list says when it has no rows

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        title = capfirst(self.opts.verbose_name_plural)
        shown: HttpResponse = super().changelist_view(
            request, {"title": title, **(extra_context or {})}
        )
        return shown


class Uncounted(Paginator):  # type: ignore[type-arg]  # generic in the stubs alone
    """Knows of what was read that there is a page before it, or one after it."""

    template_name = "backoffice/newer_older.html"
    count = 0


class UncountedList(ChangeList):  # type: ignore[misc]  # unfold carries no types
    """A page of a large table: nothing is counted, it only looks whether there is one more row."""

    page_num: int
    result_list: Any

    def read(self, start: int, stop: int) -> list[Any]:
        """Return these rows, in the order of the list."""
        return list(self.queryset[start:stop])

    def get_results(self, request: HttpRequest) -> None:
        self.page_num = min(max(self.page_num, 1), MOST_PAGES)
        start, size = (self.page_num - 1) * self.list_per_page, self.list_per_page
        rows = self.read(start, start + size + 1)
        self.has_more = len(rows) > size
        self.result_list = rows[:size]
        self.result_count = self.full_result_count = len(self.result_list)  # of this page
        self.show_full_result_count = self.can_show_all = False
        self.show_admin_actions = True
        self.multi_page = self.has_more or start > 0
        self.paginator = Uncounted(self.result_list, size)

    @property
    def newer(self) -> str:
        """The page before this one, if there is one."""
        return self._page(self.page_num - 1) if self.page_num > 1 else ""

    @property
    def older(self) -> str:
        return self._page(self.page_num + 1) if self.has_more else ""

    def _page(self, number: int) -> str:
        link: str = self.get_query_string({PAGE_VAR: number})
        return link
