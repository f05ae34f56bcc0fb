"""Incidents on one page: what is wrong, since when, why, and what to do."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST, require_safe

from backoffice import ages, parts
from backoffice.reach import reach
from backoffice.read_only import ReadOnlyAdmin
from incidents.admin import bars
from incidents.models import Contact, Incident, Notice, Watch

PAGE = "admin:incidents_incident_changelist"
RIGHT_TO_KNOW = "incidents.change_incident"
ENDED_SHOWN = 50


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    """The page is of our own, and the only one."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("", view(self.show), name="incidents_incident_changelist"),
            path("<int:pk>/know/", view(self.know), name="incidents_incident_know"),
        ]

    @method_decorator(parts.own_page)
    @method_decorator(require_safe)
    def show(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        now = timezone.now()
        context = {
            **self.admin_site.each_context(request),
            **parts.context(request),
            "title": "Incidents",
            "open": [
                {**_show(row, now), "may_know": _may_know(request, row)}
                for row in Incident.objects.open()
            ],
            "ended": [_show(row, now) for row in Incident.objects.ended()[:ENDED_SHOWN]],
            "looked_at": _last_look(now),
            "contacts": _contacts(request),
        }
        return TemplateResponse(request, "incidents/page.html", context)

    @method_decorator(require_POST)
    def know(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Note who knows of an incident: no bar and no reminder any more, until it is over."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = Incident.objects.filter(pk=pk).first()
        if not _may_know(request, row):
            raise PermissionDenied
        if Incident.objects.know(pk, request.user.get_username(), timezone.now()):
            messages.success(request, "Noted. There is no reminder any more, and no bar.")
        else:
            messages.info(request, "It is over, or somebody has said so before.")
        bars.forget()
        return HttpResponseRedirect(reverse(PAGE))


def _may_know(request: HttpRequest, row: Incident | None) -> bool:
    """Who is limited to accounts knows of theirs; of the whole service others have to."""
    is_ours = row is None or row.account_id is not None or reach() is None
    return is_ours and bool(request.user.has_perm(RIGHT_TO_KNOW))


def _show(row: Incident, now: datetime) -> dict[str, Any]:
    until = row.ended_at or now
    return {"row": row, "lasted": ages.age(until - row.since)}


def _last_look(now: datetime) -> dict[str, Any]:
    """Say when somebody last looked; is_late: nobody does, so the page says nothing of now."""
    at = Watch.objects.the_row().looked_at
    return {"at": at, "is_late": at is None or now - at > 5 * ages.MINUTE}


def _contacts(request: HttpRequest) -> dict[str, Any] | None:
    """Say whom instabot tells, for those who may see that; None: it is not theirs."""
    if not request.user.has_perm("incidents.view_contact") or reach() is not None:
        return None
    active = Contact.objects.active()
    waiting = Notice.objects.filter(due_at__isnull=False)
    return {
        "link": reverse("admin:incidents_contact_changelist"),
        "count": active.count(),
        "failing": active.exclude(error="").count(),
        "waiting": waiting.count(),
    }
