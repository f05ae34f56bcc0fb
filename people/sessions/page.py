"""Where somebody is logged in: their own page, and each person's for who may change them."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from backoffice import parts
from people.models import Because, Session
from people.models.session import digest
from people.sessions import endings, limits

ALL = "all"  # the value of the button that ends all, but for the one in which it is clicked


def show_own(request: HttpRequest) -> HttpResponse:
    """Show one's own sessions; POST: end one, or all others."""
    person: Any = request.user
    if request.method == "POST":
        end_chosen(request, person)
        return redirect("admin:people_session_changelist")
    return TemplateResponse(request, "people/own_sessions.html", context(request, person))


def context(request: HttpRequest, person: User) -> dict[str, Any]:
    """Return what a page with a person's sessions shows."""
    here = own_key(request)
    spans = limits.read()
    rows = list(Session.objects.going_on().filter(user=person))
    return {
        **admin.site.each_context(request),
        **parts.context(request),
        "title": "My sessions",
        "sessions": sorted(rows, key=lambda row: row.session_key != here),
        "here": here,
        "has_others": any(row.session_key != here for row in rows),
        "idle": spans.say_idle(),
        "most": spans.say_most(),
    }


def end_chosen(request: HttpRequest, person: User) -> None:
    """End what the button stands for, and say so."""
    chosen = request.POST.get("end", "")
    because = Because.ELSEWHERE if person.pk == request.user.pk else Because.SOMEBODY
    if chosen == ALL:
        count = endings.end_all(person, because, but=own_key(request))
    else:
        count = endings.end(person, chosen, because)
    done = {0: "It was over already.", 1: "The session was ended."}
    messages.success(request, done.get(count, f"{count} sessions were ended."))


def own_key(request: HttpRequest) -> str:
    """Return under which key the session of this request is kept."""
    return digest(request.session.session_key or "")
