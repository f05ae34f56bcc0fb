"""The page of reports, and its tables as files."""

# ruff: noqa: ARG002 - the signatures are Django's
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.text import slugify

from audit import trail
from audit.trail import Kind
from backoffice import parts
from backoffice.read_only import ReadOnlyAdmin
from conversations.models import DayFigures, Message
from conversations.statistics import report
from conversations.statistics.report import Period
from reports import drawings, figures, presets, tables
from reports.accounts import Chosen
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
        asked, chosen = Asked.read(request, today), Chosen.read(request)
        context = {
            **self.admin_site.each_context(request),
            **parts.context(request),
            "title": "Reports",
            "asked": asked,
            "today": today,
            "chosen": chosen,
            "choices": _choices(asked, chosen),
            **_read(asked, chosen, now),
        }
        return TemplateResponse(request, "reports/page.html", context)

    def download(self, request: HttpRequest, table: str) -> HttpResponse:
        """Answer with one table of a period as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if table not in tables.TABLES:
            raise Http404
        asked = Asked.read(request, current_shop().today(timezone.now()))
        chosen = Chosen.read(request)
        if chosen.error:  # a file cannot say that it is about something else
            raise Http404(chosen.error)
        period = Period.read(asked.first, asked.last, accounts=chosen.accounts)
        file = tables.TABLES[table](period).as_csv()
        response = HttpResponse(file, content_type="text/csv; charset=utf-8")
        parts_of_name = [table, slugify(chosen.name), str(asked.first), str(asked.last)]
        name = "-".join(filter(None, parts_of_name))
        trail.record(Kind.EXPORT, f"exported the figures {name}.csv")
        response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        return response


@dataclass(frozen=True, slots=True)
class _Choice:
    title: str
    link: str
    is_here: bool


def _choices(asked: Asked, chosen: Chosen) -> list[_Choice]:
    page = reverse(PAGE)
    return [
        _Choice(title, page + chosen.carry(**{presets.LENGTH: length}), length == asked.length)
        for length, title in presets.LENGTHS.items()
    ]


def _read(asked: Asked, chosen: Chosen, now: Any) -> dict[str, Any]:
    period = Period.read(asked.first, asked.last, now, accounts=chosen.accounts)
    before = Period.read(*period.before(), now, accounts=chosen.accounts)
    span = {presets.FIRST: asked.first.isoformat(), presets.LAST: asked.last.isoformat()}
    keep = {presets.LENGTH: asked.length} if asked.length else span
    return {
        "period": period,
        "before": before,
        "figures": figures.headline(period, before),
        "volume": drawings.of_days(period),
        "volume_unit": f"Messages a {drawings.step(period)}",
        "heat": drawings.heat(period),
        "tables": {name: make(period) for name, make in tables.TABLES.items()},
        "query": chosen.carry(**span),
        "keep": keep,
        "to_be_counted": report.to_be_counted(),
        "is_empty": not Message.objects.exists(),
    }
