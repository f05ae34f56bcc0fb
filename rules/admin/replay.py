"""Before a rule is saved: what the change would have done, and possible mistakes."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from backoffice.chips import Chip
from backoffice.reach import reach
from rules import engine, opt_out, recent
from rules.checks.lint import Finding, Level, lint, lint_change, lint_words
from rules.checks.places import Place, places
from rules.checks.replay import (
    UNSAVED,
    Asked,
    Difference,
    SavedRules,
    ask_again,
    finds_either,
    pick_examples,
    replay,
    with_change,
)
from rules.engine.decision import Rules
from rules.matching import RememberingMatcher
from rules.models import ResponseRule, RuleCard
from shop.current import current_shop
from workqueue.snapshot import Recent

MAX_EXAMPLES = 5  # of each kind of difference
TONES = {Level.PROBLEM: "bad", Level.ADVICE: "warn"}


class CheckedList(ChangeList):  # type: ignore[misc]  # unfold carries no types
    """Checks all rules once for the whole page."""

    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        by_rule: dict[int, list[Finding]] = defaultdict(list)
        self.findings_of_all: list[Finding] = []
        rules = engine.saved()
        self.lacks_opt_out = opt_out.is_missing(rules.by_id.values())
        for finding in _know(rules, places(), _today()).findings:
            findings = by_rule[finding.rule.pk] if finding.rule else self.findings_of_all
            findings.append(finding)
        for rule in self.result_list:
            rule.findings = by_rule[rule.pk]


class CheckedAdmin(ModelAdmin):  # type: ignore[misc]  # unfold carries no types
    """For rules: the findings beside each name, and a panel that checks the form."""

    change_form_after_template = "admin/rules/responserule/after.html"
    list_before_template = "admin/rules/responserule/findings.html"

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[CheckedList]:  # noqa: ARG002 - the signature is Django's
        return CheckedList

    @admin.display(description="Name", ordering="name")
    def name_and_findings(self, rule: Any) -> SafeString | str:
        """Show the worst finding in a few words, and all of them on hover."""
        if not rule.findings:
            return str(rule)
        worst = min(rule.findings, key=lambda finding: finding.level != Level.PROBLEM)
        sentences = "\n".join(finding.sentence for finding in rule.findings)
        more = f" +{len(rule.findings) - 1}" if rule.findings[1:] else ""
        chip = Chip(f"{worst.short}{more}", TONES[worst.level], sentences)
        return format_html('<span class="rule-name">{} {}</span>', rule, chip.html)

    def get_urls(self) -> list[URLPattern]:
        add = path(
            "opt-out/",
            self.admin_site.admin_view(require_POST(self.add_opt_out)),
            name="rules_responserule_opt_out",
        )
        return [add, *self.form_urls("before", self.show_before_saving), *super().get_urls()]

    def form_urls(self, what: str, view: Callable[..., HttpResponse]) -> list[URLPattern]:
        """Return the URLs to which the forms of a new and of a saved rule are posted."""
        wrapped, name = self.admin_site.admin_view(require_POST(view)), f"rules_responserule_{what}"
        return [
            path(f"add/{what}/", wrapped, name=f"{name}_add"),
            path(f"<int:pk>/change/{what}/", wrapped, name=f"{name}_change"),
        ]

    def add_opt_out(self, request: HttpRequest) -> HttpResponse:
        """Add the rules by which customers opt out and in again."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        added = opt_out.add_rules(by=request.user.get_username())
        if added:
            names = " and ".join(rule.name for rule in added)
            messages.success(request, f"Added: {names}. You can change their words and texts.")
        else:
            messages.warning(request, "There are such rules already. Look if they are switched on.")
        return HttpResponseRedirect(reverse("admin:rules_responserule_changelist"))

    def show_before_saving(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """Show what the form would change; nothing is saved."""
        form, rule = self.read_form(request, pk)
        if rule is None:
            return render(request, "rules/before.html", {"form": form})
        return render(request, "rules/before.html", _make_context(request, rule))

    def read_form(self, request: HttpRequest, pk: int | None) -> tuple[Any, ResponseRule | None]:
        """Return the form, and the rule as it would be saved; None: the form is not valid."""
        saved = self._find_saved(request, pk)
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

    def _find_saved(self, request: HttpRequest, pk: int | None) -> ResponseRule | None:
        """Return the saved rule; None: it is a new one. Raise PermissionDenied or Http404."""
        rule: ResponseRule | None = self.get_object(request, str(pk)) if pk else None
        if pk:
            is_allowed = self.has_change_permission(request, rule)
        else:
            is_allowed = self.has_add_permission(request)
        if not is_allowed:
            raise PermissionDenied
        if pk and rule is None:
            raise Http404
        return rule


def _give_cards(rule: ResponseRule, formsets: list[Any]) -> None:
    """Give the rule the cards of the form, as if they had been read with it."""
    forms = [form for formset in formsets for form in formset.forms]
    cards = [form.instance for form in forms if form.has_changed() or form.instance.pk]
    deleted = [form.instance for formset in formsets for form in formset.deleted_forms]
    kept = [card for card in cards if not any(card is other for other in deleted)]
    # Put where prefetch_related keeps them: they are not saved, so they cannot be read.
    vars(rule)["_prefetched_objects_cache"] = {"cards": kept}


@dataclass(frozen=True, slots=True)
class _Known:
    """What was found in the saved rules when somebody last looked."""

    rules: Rules
    places: Sequence[Place]
    today: date
    findings: Sequence[Finding]
    remembering: SavedRules  # the same ones, and what they answer


_known: list[_Known] = []  # of this process, one at most
# Whoever writes a rule looks again and again, and a question more or less changes little.
QUESTIONS_SECONDS = 10
_questions: Recent[tuple[recent.Recent, list[Asked]]] = Recent(QUESTIONS_SECONDS, most=1)


def _today() -> date:
    return current_shop().today(timezone.now())


def _know(rules: Rules, heard_at: Sequence[Place], today: date) -> _Known:
    """Check the saved rules, once as long as they, the shops and the day stay the same."""
    known = _known[0] if _known else None
    if not (known and known.rules is rules and (known.places, known.today) == (heard_at, today)):
        findings, remembering = lint(rules, heard_at, today), SavedRules(rules.remembering())
        _known[:] = [known := _Known(rules, heard_at, today, findings, remembering)]
    return known


def _read_questions(now: datetime) -> tuple[recent.Recent, list[Asked]]:
    questions = recent.read_questions(now)
    return questions, ask_again(questions.messages)


def _make_context(request: HttpRequest, rule: ResponseRule) -> dict[str, Any]:
    now, heard_at, today, before = timezone.now(), places(), _today(), engine.saved()
    saved = _know(before, heard_at, today)
    after = Rules.of(with_change(before.by_id.values(), rule), matcher=RememberingMatcher)
    questions, asked = _questions.get(reach(), lambda: _read_questions(now))
    result = replay(saved.remembering, after, rule.pk, asked)
    known = {*saved.findings, *lint_words(before, questions.texts)}
    concerns = finds_either(before, after, rule.pk)
    findings = [
        *lint_change(after, rule.pk, concerns, heard_at, today),
        *lint_words(after, questions.texts),
    ]
    return {
        "rule": rule,
        "recent": questions,
        "replay": result,
        "kinds": [
            _make_kind("good", "+", "newly answered", result.gained),
            _make_kind("bad", "−", "no longer answered", result.lost),  # noqa: RUF001 - a minus sign
            _make_kind("info", "", "answered by another rule", result.swapped),
        ],
        "findings": [finding for finding in findings if finding.rule == rule],
        "others": [
            finding for finding in findings if finding.rule != rule and finding not in known
        ],
        "may_read": request.user.has_perm("conversations.view_conversation"),
    }


def _make_kind(tone: str, sign: str, what: str, differences: list[Difference]) -> dict[str, Any]:
    examples = pick_examples(differences, MAX_EXAMPLES)
    return {
        "tone": tone,
        "count": f"{sign}{len(differences)}" if differences else "",
        "what": what,
        "examples": examples,
        "more": len(differences) - sum(example.times for example in examples),
    }
