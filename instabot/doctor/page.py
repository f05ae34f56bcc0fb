"""The doctor's page in the admin: all checks, each with the next click."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from backoffice import parts
from instabot.doctor.checklist import CHECKS
from instabot.doctor.examination import examine
from instabot.doctor.findings import Check, Finding, State

RIGHT = "conversations.view_account"  # Owner and Engineer have it


@dataclass(frozen=True, slots=True)
class Line:
    """A finding beside the title of its check."""

    title: str
    finding: Finding

    @property
    def is_well(self) -> bool:
        return self.finding.state == State.OK


def may_see(request: HttpRequest) -> bool:
    user: Any = request.user
    return bool(user.has_perm(RIGHT))


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    if not may_see(request):
        raise PermissionDenied
    found = examine(CHECKS)
    context = {
        **admin.site.each_context(request),
        **parts.context(request),
        "title": "Doctor",
        "summary": _summary(found),
        "groups": [(title, _lines(checks, found)) for title, checks in CHECKS.items()],
    }
    return TemplateResponse(request, "instabot/doctor.html", context)


def _lines(checks: Sequence[Check], found: Sequence[Finding]) -> list[Line]:
    return [Line(one.title, it) for one in checks for it in found if it.check == one.name]


def _summary(found: Sequence[Finding]) -> str:
    counts = {state: sum(one.state == state for one in found) for state in State}
    wrong, warnings = counts[State.WRONG], counts[State.WARNING]
    if not wrong and not warnings:
        return f"All {counts[State.OK]} checks are fine."
    said = [f"{wrong} wrong"] if wrong else []
    said += [f"{warnings} warning{'s' if warnings > 1 else ''}"] if warnings else []
    return f"{', '.join(said)}, {counts[State.OK]} fine."
