"""The doctor's page in the admin: what is wrong first, each line with the next click."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from backoffice import parts
from backoffice.counts import counted
from backoffice.reach import reach
from instabot.doctor.checklist import CHECKS
from instabot.doctor.examination import ALL_SECONDS, SECONDS, examine
from instabot.doctor.findings import Finding, State
from instabot.doctor.secrecy import hide
from instabot.doctor.subscription import subscribe_missing

RIGHT = "conversations.view_account"  # Owner and Engineer have it
RIGHT_TO_FIX = "conversations.add_account"  # as on the account's page


@dataclass(frozen=True, slots=True)
class Line:
    """A finding beside the title of its check."""

    title: str
    finding: Finding

    @property
    def is_well(self) -> bool:
        return self.finding.state == State.OK


def may_see(request: HttpRequest) -> bool:
    """Tell whether somebody may see it: not who is limited to accounts, it is about all."""
    user: Any = request.user
    return bool(user.has_perm(RIGHT)) and reach() is None


def may_fix(request: HttpRequest) -> bool:
    user: Any = request.user
    return may_see(request) and bool(user.has_perm(RIGHT_TO_FIX))


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Show what the checks find; a POST subscribes the webhook fields that are missing."""
    if not may_see(request):
        raise PermissionDenied
    if request.method == "POST":
        return _fix(request)
    found = examine(CHECKS)
    titles = {check.name: check.title for checks in CHECKS.values() for check in checks}
    lines = [Line(titles[one.check], one) for one in found]
    context = {
        **admin.site.each_context(request),
        **parts.context(request),
        "title": "Doctor",
        "summary": _summary(found),
        "groups": [group for group in _groups(lines) if group[1]],
        "limits": (SECONDS, ALL_SECONDS),
        "fixable": "fields" if may_fix(request) else "",
    }
    return TemplateResponse(request, "instabot/doctor.html", context)


def _fix(request: HttpRequest) -> HttpResponse:
    if not may_fix(request):
        raise PermissionDenied
    for line in subscribe_missing():
        messages.info(request, hide(line))
    return HttpResponseRedirect(reverse("doctor"))


def _groups(lines: Sequence[Line]) -> Iterator[tuple[str, list[Line]]]:
    """What is wrong stands first, then the warnings, then all that is well."""
    for title, state in (("Wrong", State.WRONG), ("Worth a look", State.WARNING)):
        yield title, [line for line in lines if line.finding.state == state]
    for title, checks in CHECKS.items():
        names = {check.name for check in checks}
        yield title, [line for line in lines if line.is_well and line.finding.check in names]


def _summary(found: Sequence[Finding]) -> str:
    counts = {state: sum(one.state == state for one in found) for state in State}
    wrong, warnings = counts[State.WRONG], counts[State.WARNING]
    if not wrong and not warnings:
        return f"All {counts[State.OK]} checks are fine."
    said = [f"{wrong} wrong"] if wrong else []
    said += [counted(warnings, "warning")] if warnings else []
    return f"{', '.join(said)}, {counts[State.OK]} fine."
