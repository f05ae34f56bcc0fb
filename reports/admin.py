"""The page of reports, and its tables as files."""

# ruff: noqa: ARG002 - the signatures are Django's
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator

from backoffice import parts
from backoffice.read_only import ReadOnlyAdmin
from conversations.models import DayFigures, Message
from conversations.statistics import report
from conversations.statistics.report import Period
from reports import drawings, figures, presets, tables
from reports.presets import Asked
from shop.current import current_shop

PAGE = "admin:conversations_dayfigures_changelist"
RIGHT = "conversations.view_reports"


def may_see(request: HttpRequest) -> bool:
    user: Any = request.user
    return bool(user.has_perm(RIGHT))


@admin.register(DayFigures)
class ReportsAdmin(ReadOnlyAdmin):
    """A page in the place of the list of days."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_see(request)

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "conversations_dayfigures_"
        return [
            path("", view(self.show), name=f"{name}changelist"),
            path("<slug:table>.csv", view(self.download), name=f"{name}file"),
        ]

    @method_decorator(parts.own_page)
    def show(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        now = timezone.now()
        today = current_shop().today(now)
        asked = Asked.read(request, today)
        context = {
            **self.admin_site.each_context(request),
            **parts.context(request),
            "title": "Reports",
            "asked": asked,
            "today": today,
            "choices": _choices(asked),
            **_read(asked, now),
        }
        return TemplateResponse(request, "reports/page.html", context)

    def download(self, request: HttpRequest, table: str) -> HttpResponse:
        """Answer with one table of a period as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if table not in tables.TABLES:
            raise Http404
        asked = Asked.read(request, current_shop().today(timezone.now()))
        file = tables.TABLES[table](Period.read(asked.first, asked.last)).as_csv()
        response = HttpResponse(file, content_type="text/csv; charset=utf-8")
        name = f"{table}-{asked.first}-{asked.last}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


@dataclass(frozen=True, slots=True)
class _Choice:
    title: str
    link: str
    is_here: bool


def _choices(asked: Asked) -> list[_Choice]:
    page = reverse(PAGE)
    return [
        _Choice(title, f"{page}?{urlencode({presets.LENGTH: length})}", length == asked.length)
        for length, title in presets.LENGTHS.items()
    ]


def _read(asked: Asked, now: Any) -> dict[str, Any]:
    period = Period.read(asked.first, asked.last, now)
    before = Period.read(*period.before(), now)
    span = {presets.FIRST: asked.first.isoformat(), presets.LAST: asked.last.isoformat()}
    return {
        "period": period,
        "before": before,
        "figures": figures.headline(period, before),
        "volume": drawings.of_days(period),
        "volume_unit": f"Messages a {drawings.step(period)}",
        "heat": drawings.heat(period),
        "tables": {name: make(period) for name, make in tables.TABLES.items()},
        "query": urlencode(span),
        "to_be_counted": report.to_be_counted(),
        "is_empty": not Message.objects.exists(),
    }
