"""Sessions and locks in the admin: one's own, and with each person."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from unfold.admin import ModelAdmin

from backoffice import parts
from backoffice.reach import reach
from people.login import locks
from people.models import Session, Tries
from people.sessions import page

UNLOCKED = "Unlocked: {} can try again within ten seconds."


@admin.register(Session)
class SessionAdmin(ModelAdmin):  # type: ignore[misc]  # unfold carries no types
    """One's own sessions, which everybody has."""

    actions = None

    def get_urls(self) -> list[URLPattern]:
        own: Any = parts.own_page(self.admin_site.admin_view(page.show_own))
        return [path("", own, name="people_session_changelist")]


class AccessPage:
    """Beside a person's page: where they are logged in, and where their log-in is locked."""

    admin_site: Any
    has_change_permission: Any
    change_form_before_template = "people/to_access.html"

    def get_urls(self) -> list[URLPattern]:
        view: Any = parts.own_page(self.admin_site.admin_view(self.show_access))
        more: list[URLPattern] = super().get_urls()  # type: ignore[misc]  # an admin's
        return [path("<int:pk>/access/", view, name="auth_user_access"), *more]

    def show_access(self, request: HttpRequest, pk: int) -> HttpResponse:
        person = get_object_or_404(User, pk=pk)
        if not self.has_change_permission(request, person):
            raise PermissionDenied
        if request.method == "POST":
            self._act(request, person)
            return redirect("admin:auth_user_access", pk)
        shown = {
            **page.context(request, person),
            "title": f"Log-in of {person}",
            "original": person,
            "person": person,
            "locks": locks.of_person(person),
            "addresses": _addresses(person),
        }
        return TemplateResponse(request, "people/access.html", shown)

    def _act(self, request: HttpRequest, person: User) -> None:
        if "unlock" in request.POST:
            locks.unlock(person=person)
            messages.success(request, UNLOCKED.format(person))
        else:
            page.end_chosen(request, person)


def _addresses(person: User) -> list[Tries]:
    """Return the locked addresses: all, or for whoever is limited those that tried this person."""
    rows = locks.of_addresses()
    if reach() is None:
        return rows
    tried = set(Tries.objects.filter(person=person).values_list("address", flat=True))
    return [row for row in rows if row.address in tried]
