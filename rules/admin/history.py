"""The history of a rule: who changed what and when, and the way back."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from unfold.admin import ModelAdmin

from rules import history
from rules.models import ResponseRule, RuleChange
from rules.record import Record, list_sentences, read_stored, to_record
from workqueue import sql

PER_PAGE = 30  # changes
TEMPLATES = "admin/rules/responserule"


@dataclass(frozen=True)
class Step:
    """A change as the page shows it, and the record that one can go back to from there."""

    change: RuleChange
    side: str = "after"  # or before it
    is_start: bool = False  # the record from before the first change

    @classmethod
    def of(cls, change: RuleChange) -> "Step":
        return cls(change, "before" if change.after is None else "after")

    @property
    def record(self) -> Record | None:
        record: Record | None = getattr(self.change, self.side)
        return record

    def title(self) -> str:
        if self.is_start:
            return "Before that"
        if self.change.what == history.What.REVERTED and self.change.before is None:
            return "Restored"
        return capfirst(self.change.get_what_display())

    def differences(self) -> list[history.Difference]:
        if self.is_start:
            return history.compare(None, self.record)
        return history.compare(self.change.before, self.change.after)


class HistoryAdmin(ModelAdmin):  # type: ignore[misc]  # unfold carries no types
    """For rules: writes each change that is made here, and shows the history."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        form.record_before = read_stored(obj.pk) if change else None
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        """Write the change after the cards are saved. Rows of the list are saved here, too."""
        super().save_related(request, form, formsets, change)
        what = history.What.CHANGED if change else history.What.CREATED
        pk, by = form.instance.pk, request.user.get_username()
        history.write(pk, form.record_before, read_stored(pk), by=by, what=what)

    def delete_model(self, request: HttpRequest, obj: ResponseRule) -> None:
        history.delete([obj], by=request.user.get_username())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ResponseRule]) -> None:
        history.delete(queryset, by=request.user.get_username())

    def get_urls(self) -> list[URLPattern]:
        view, name, urls = self.admin_site.admin_view, "rules_responserule", super().get_urls()
        return [
            path("deleted/", view(self.deleted_view), name=f"{name}_deleted"),
            path(
                "<int:pk>/history/<int:change>/<str:side>/",
                view(self.go_back_view),
                name=f"{name}_go_back",
            ),
            *urls,
        ]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Show what was changed; the address may name any text."""
        pk = sql.row_id(object_id) or 0
        rule = self._find_rule(request, pk)
        changes = RuleChange.objects.filter(rule=pk)
        page = Paginator(changes, PER_PAGE).get_page(request.GET.get("page"))
        steps = [Step.of(change) for change in page]
        if steps and not page.has_next() and steps[-1].change.before and steps[-1].change.after:
            steps.append(Step(steps[-1].change, "before", is_start=True))
        if rule is None and not steps:
            raise Http404
        context = {
            **(extra_context or {}),
            "title": f"History: {rule or steps[0].change.name}",
            "rule": rule,
            "original": rule,
            "current": to_record(rule) if rule else None,
            "page": page,
            "steps": steps,
            "may_go_back": self._may_go_back(request, rule),
        }
        return self._show(request, "history", context)

    def go_back_view(self, request: HttpRequest, pk: int, change: int, side: str) -> HttpResponse:
        """Show what going back would change; do it once that is confirmed."""
        rule = self._find_rule(request, pk)
        if not self._may_go_back(request, rule):
            raise PermissionDenied
        step = Step(get_object_or_404(RuleChange, pk=change, rule=pk), side)
        if side not in ("before", "after") or step.record is None:
            raise Http404
        problems: list[str] = []
        if request.method == "POST":
            by = request.user.get_username()
            problems = list_sentences(history.go_back(pk, step.record, by=by))
            if not problems:
                messages.success(request, f"{step.record['name']} was restored.")
                return HttpResponseRedirect(reverse("admin:rules_responserule_change", args=[pk]))
        context = {
            "title": f"{'Go back' if rule else 'Restore'}: {rule or step.change.name}",
            "rule": rule,
            "original": rule,
            "step": step,
            "differences": history.compare(to_record(rule) if rule else None, step.record),
            "problems": problems,
        }
        return self._show(request, "go_back", context)

    def deleted_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        page = Paginator(history.list_deleted(), PER_PAGE).get_page(request.GET.get("page"))
        return self._show(request, "deleted", {"title": "Deleted rules", "page": page})

    def _find_rule(self, request: HttpRequest, pk: int) -> ResponseRule | None:
        """Return the rule; None: it was deleted. Raise PermissionDenied if it may not be seen."""
        rule = ResponseRule.objects.filter(pk=pk).first()
        if not self.has_view_permission(request, rule):
            raise PermissionDenied
        return rule

    def _may_go_back(self, request: HttpRequest, rule: ResponseRule | None) -> bool:
        may_change = self.has_change_permission(request, rule)
        return bool(may_change if rule else self.has_add_permission(request))

    def _show(self, request: HttpRequest, page: str, context: dict[str, Any]) -> HttpResponse:
        request.current_app = self.admin_site.name
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"{TEMPLATES}/{page}.html", context)
