"""The settings on one page: each with its unit, its range, what it means, and who changed it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods

from backoffice import parts, people
from backoffice.ages import stamp
from backoffice.read_only import KeptAdmin, SharedAdmin
from shop import tuning
from shop.models import Tuning, TuningChange
from shop.tuning import KNOBS, Knob, TuningError, number, say
from workqueue import sql

PAGE = "admin:shop_tuning_changelist"
CHANGES_SHOWN = 30
RESET = None  # in the place of a value


@dataclass(frozen=True, slots=True)
class Field:
    """One setting as the page shows it. value: what stands in its field."""

    knob: Knob
    value: str
    shown: str  # the value in force when the page was made
    is_default: bool
    error: str = ""
    changed: str = ""

    @property
    def name(self) -> str:
        return self.knob.name

    @property
    def meaning(self) -> str:
        text = self.knob.meaning
        return f"{text[0].upper()}{text[1:]}."

    @property
    def range(self) -> str:
        if self.knob.is_switch:
            return ""
        return f"{self.knob.range} {self.knob.unit}"

    @property
    def default(self) -> str:
        return say(self.knob, number(self.knob.default))

    @property
    def is_on(self) -> bool:
        return self.value not in ("", "0")


@dataclass(frozen=True, slots=True)
class Line:
    """One change, in words."""

    title: str
    before: str
    after: str
    by: str
    at: datetime


@admin.register(Tuning)
class TuningAdmin(SharedAdmin, KeptAdmin):
    """A page in the place of the list of what differs from the defaults."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.show)
        return [path("", view, name="shop_tuning_changelist")]

    @method_decorator(parts.own_page)
    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def show(self, request: HttpRequest) -> HttpResponse:
        """Show the settings; change what was changed on the page, all of it or nothing."""
        may_change = self.has_change_permission(request)
        if not (may_change or self.has_view_permission(request)):
            raise PermissionDenied
        errors: dict[str, str] = {}
        if request.method == "POST":
            if not may_change:
                raise PermissionDenied
            errors = _save(request)
            if not errors:
                return HttpResponseRedirect(reverse(PAGE))
        context = {
            **self.admin_site.each_context(request),
            **parts.context(request),
            **_read(request, errors),
            "title": "Settings",
            "may_change": may_change,
        }
        return TemplateResponse(request, "shop/settings.html", context)


def _save(request: HttpRequest) -> dict[str, str]:
    """Write what differs from what the page showed; return what is wrong, by setting.

    What a colleague has changed meanwhile stays, unless the page has shown that.
    """
    by, changed, errors = request.user.get_username(), [], {}
    with transaction.atomic():
        kept = dict(Tuning.objects.select_for_update().values_list("name", "value"))
        for name, value in _wanted(request).items():
            try:
                _check_shown(request, KNOBS[name], kept.get(name, ""))
                if tuning.put(name, value, by) if value is not RESET else tuning.reset(name, by):
                    changed.append(KNOBS[name])
            except TuningError as error:
                errors[name] = str(error).removeprefix(f"{name}: ")
        if errors:
            transaction.set_rollback(True)
    if not errors:
        _tell(request, changed)
    return errors


def _wanted(request: HttpRequest) -> dict[str, str | None]:
    """Return the values that differ from what the page showed, and RESET where that was pressed."""
    wanted: dict[str, str | None] = {}
    for name, knob in KNOBS.items():
        shown = request.POST.get(f"shown-{name}")
        if shown is None:
            continue
        value = request.POST.get(name, "0" if knob.is_switch else "").strip().replace(",", ".")
        if name == request.POST.get("reset"):
            wanted[name] = RESET
        elif value != shown:
            wanted[name] = value
    return wanted


def _check_shown(request: HttpRequest, knob: Knob, kept: str) -> None:
    now = kept or number(knob.default)
    if request.POST[f"shown-{knob.name}"] != now:
        raise TuningError(f"A colleague has set this to {say(knob, now)} meanwhile. Save again.")


def _tell(request: HttpRequest, changed: list[Knob]) -> None:
    if not changed:
        messages.info(request, "Nothing was changed.")
        return
    names = ", ".join(f"“{knob.title}”" for knob in changed)
    messages.success(request, f"{names} changed. In force within a second.")


def _read(request: HttpRequest, errors: dict[str, str]) -> dict[str, Any]:
    kept = dict(Tuning.objects.values_list("name", "value"))
    newest = TuningChange.objects.order_by().values("name").annotate(last=Max("pk"))
    last = TuningChange.objects.filter(pk__in=newest.values("last"))
    before = sql.row_id(request.GET.get("before", ""))
    changes = TuningChange.objects.filter(**({"pk__lt": before} if before else {}))
    shown = list(changes[: CHANGES_SHOWN + 1])
    latest = {one.name: _line(one) for one in last}
    fields = [_field(request, knob, kept, errors, latest) for knob in KNOBS.values()]
    return {
        "groups": [
            (title, [one for one in fields if one.knob.group == title]) for title in _groups()
        ],
        "errors": [one for one in fields if one.error],
        "changes": [_line(one) for one in shown[:CHANGES_SHOWN]],
        "older": shown[CHANGES_SHOWN - 1].pk if len(shown) > CHANGES_SHOWN else None,
        "is_first": before is None,
    }


def _groups() -> list[str]:
    return list(dict.fromkeys(knob.group for knob in KNOBS.values()))


def _field(
    request: HttpRequest,
    knob: Knob,
    kept: dict[str, str],
    errors: dict[str, str],
    latest: dict[str, Line],
) -> Field:
    now = kept.get(knob.name) or number(knob.default)
    value = now
    if errors:  # nothing was written: what was typed stands in the fields still
        value = request.POST.get(knob.name, "0" if knob.is_switch else now)
    line = latest.get(knob.name)
    changed = f"{line.by}, {stamp(line.at)}: {line.before} → {line.after}" if line else ""
    return Field(knob, value, now, knob.name not in kept, errors.get(knob.name, ""), changed)


def _line(change: TuningChange) -> Line:
    knob = KNOBS.get(change.name)
    return Line(
        knob.title if knob else change.name,
        say(knob, change.before),
        say(knob, change.after),
        people.called(change.by),
        change.at,
    )
