"""Before a rule is saved: what the change would have done, and what is probably not meant."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from backoffice.chips import Chip
from rules.checks.lint import Finding, Level, lint
from rules.checks.replay import UNSAVED, Change, examples, lately, replay, with_change
from rules.engine.decision import Rules
from rules.models import ResponseRule, RuleCard
from shop.current import current_shop

EXAMPLES = 5  # of each kind of change
TONES = {Level.PROBLEM: "bad", Level.ADVICE: "warn"}


class CheckedList(ChangeList):  # type: ignore[misc]  # unfold carries no types
    """Looks through all rules once for the whole page."""

    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        found: dict[int, list[Finding]] = defaultdict(list)
        self.findings_of_all: list[Finding] = []
        now = timezone.now()
        for finding in lint(Rules.saved(), current_shop(), current_shop().today(now)):
            of_rule = found[finding.rule.pk] if finding.rule else self.findings_of_all
            of_rule.append(finding)
        for rule in self.result_list:
            rule.findings = found[rule.pk]


class CheckedAdmin(ModelAdmin):  # type: ignore[misc]  # unfold carries no types
    """For the rules: what is found beside each name, and a panel that looks at the form."""

    change_form_after_template = "admin/rules/responserule/after.html"
    list_before_template = "admin/rules/responserule/findings.html"

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[CheckedList]:  # noqa: ARG002 - the signature is Django's
        return CheckedList

    @admin.display(description="Name", ordering="name")
    def called(self, rule: Any) -> SafeString | str:
        """Show the worst that was found in a few words, and all of it where the pointer rests."""
        if not rule.findings:
            return str(rule)
        worst = min(rule.findings, key=lambda one: one.level != Level.PROBLEM)
        sentences = "\n".join(one.sentence for one in rule.findings)
        more = f" +{len(rule.findings) - 1}" if rule.findings[1:] else ""
        chip = Chip(f"{worst.short}{more}", TONES[worst.level], sentences)
        return format_html('<span class="rule-name">{} {}</span>', rule, chip.html)

    def get_urls(self) -> list[URLPattern]:
        return [*self.of_form("before", self.before_saving), *super().get_urls()]

    def of_form(self, what: str, look: Callable[..., HttpResponse]) -> list[URLPattern]:
        """Return where the forms of a new rule and of a saved one post what is to be looked at."""
        view, name = self.admin_site.admin_view(require_POST(look)), f"rules_responserule_{what}"
        return [
            path(f"add/{what}/", view, name=f"{name}_add"),
            path(f"<int:pk>/change/{what}/", view, name=f"{name}_change"),
        ]

    def before_saving(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """Show what the form would change; nothing is saved."""
        form, rule = self.as_typed(request, pk)
        if rule is None:
            return render(request, "rules/before.html", {"form": form})
        return render(request, "rules/before.html", _context(request, rule))

    def as_typed(self, request: HttpRequest, pk: int | None) -> tuple[Any, ResponseRule | None]:
        """Return the form, and the rule as it would be saved; None: it cannot be like this."""
        saved = self._to_look_at(request, pk)
        form = self.get_form(request, saved, change=saved is not None)(request.POST, instance=saved)
        formsets = [
            formset(**self.get_formset_kwargs(request, form.instance, inline, "cards"))
            for formset, inline in self.get_formsets_with_inlines(request, saved)
            if inline.model is RuleCard
        ]
        if not (form.is_valid() and all(formset.is_valid() for formset in formsets)):
            return form, None
        rule: ResponseRule = form.instance
        rule.pk = rule.pk or UNSAVED
        _give_cards(rule, formsets)
        return form, rule

    def _to_look_at(self, request: HttpRequest, pk: int | None) -> ResponseRule | None:
        """Return the rule as it is saved, if this person may change it; None: a new one."""
        rule: ResponseRule | None = self.get_object(request, str(pk)) if pk else None
        may = self.has_change_permission(request, rule) if pk else self.has_add_permission(request)
        if not may:
            raise PermissionDenied
        if pk and rule is None:
            raise Http404
        return rule


def _give_cards(rule: ResponseRule, formsets: list[Any]) -> None:
    """Let the rule have the cards of the form, as if they had been read with it."""
    forms = [form for formset in formsets for form in formset.forms]
    cards = [form.instance for form in forms if form.has_changed() or form.instance.pk]
    gone = [form.instance for formset in formsets for form in formset.deleted_forms]
    kept = [card for card in cards if not any(card is one for one in gone)]
    # Where prefetch_related keeps them: they are not saved, and so cannot be read.
    vars(rule)["_prefetched_objects_cache"] = {"cards": kept}


def _context(request: HttpRequest, rule: ResponseRule) -> dict[str, Any]:
    now, today = timezone.now(), current_shop()
    before = Rules.saved()
    after = Rules.of(with_change(before.by_id.values(), rule))
    known = lately(now)
    found = replay(before, after, rule.pk, known.messages, today)
    there_already = set(lint(before, today, today.today(now), known.texts))
    findings = lint(after, today, today.today(now), known.texts)
    return {
        "rule": rule,
        "lately": known,
        "replay": found,
        "kinds": [
            _kind("good", "+", "answered that had no answer", found.gained),
            _kind("bad", "−", "left without an answer", found.lost),  # noqa: RUF001 - a minus sign
            _kind("info", "", "answered by another rule", found.swapped),
        ],
        "findings": [one for one in findings if one.rule == rule],
        "others": [one for one in findings if one.rule != rule and one not in there_already],
        "may_read": request.user.has_perm("conversations.view_conversation"),
    }


def _kind(tone: str, sign: str, what: str, changes: list[Change]) -> dict[str, Any]:
    shown = examples(changes, EXAMPLES)
    return {
        "tone": tone,
        "count": f"{sign}{len(changes)}" if changes else "",
        "what": what,
        "examples": shown,
        "more": len(changes) - sum(one.times for one in shown),
    }
