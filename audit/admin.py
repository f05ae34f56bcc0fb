"""The audit log's page: what was done, the newest first, and the same as a file."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator

from audit import file, search, trail
from audit.models import KEPT, Entry
from audit.search import Asked
from audit.trail import Kind
from backoffice import parts, people
from backoffice.counts import counted
from backoffice.reach import reach
from backoffice.read_only import ReadOnlyAdmin
from workqueue import sql

PAGE = "admin:audit_entry_changelist"
FILE = "admin:audit_entry_file"
ROWS = 50
BEFORE = "before"
MOST_PEOPLE = 500  # to choose from


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    """A page in the place of Django's list, which would count all rows.

    About all accounts: whoever is limited to some does not see it.
    """

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may: bool = super().has_view_permission(request, obj)
        return may and reach() is None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("", view(self.show), name="audit_entry_changelist"),
            path("audit-log.csv", view(self.download), name="audit_entry_file"),
        ]

    @method_decorator(parts.own_page)
    def show(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        asked = Asked.read(request.GET)
        place = sql.row_id(request.GET.get(BEFORE, ""))
        found = search.find(asked, place, ROWS)
        context = {
            **self.admin_site.each_context(request),
            **parts.context(request),
            "title": "Audit log",
            "asked": asked,
            "found": found,
            "kinds": [(str(one.value), one.label) for one in Kind],
            "people": _list_people(),
            "today": timezone.localdate(),
            "days": KEPT.days,
            "newest": _link(PAGE, asked) if place else "",
            "older": _link(PAGE, asked, found.older) if found.older else "",
            "file": _link(FILE, asked),
            "most": file.MOST_ENTRIES,
        }
        return TemplateResponse(request, "audit/page.html", context)

    def download(self, request: HttpRequest) -> HttpResponse:
        """Answer with what the page is narrowed to; that it was taken along is on record, too."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        written, count = file.write(Asked.read(request.GET))
        trail.record(Kind.EXPORT, f"exported {counted(count, 'entry', 'entries')} of the audit log")
        response = HttpResponse(written, content_type="text/csv; charset=utf-8")
        name = f"audit-log-{timezone.localdate():%Y-%m-%d}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


def _list_people() -> list[tuple[int, str]]:
    rows = User.objects.only("username", "first_name", "last_name").order_by("username")
    return [(user.pk, people.call(user)) for user in rows[:MOST_PEOPLE]]


def _link(page: str, asked: Asked, before: int | None = None) -> str:
    query = asked.query | ({BEFORE: str(before)} if before else {})
    return f"{reverse(page)}?{urlencode(query)}" if query else reverse(page)
