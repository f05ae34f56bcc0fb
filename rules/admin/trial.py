"""Try it: a page of its own, and a panel beside the rule that is being written."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern
from django.utils import timezone
from unfold.decorators import action
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from conversations.account import identity
from rules.admin.forms import list_accounts
from rules.admin.replay import CheckedAdmin
from rules.checks.replay import with_change
from rules.checks.trial import YEARS, Trial, run_trial
from rules.engine.decision import Rules
from rules.matching import MatchMode
from rules.models import ResponseRule
from rules.triggers import Trigger

TRIGGERS = {
    Trigger.MESSAGE: "a message",
    Trigger.STORY_REPLY: "a reply to your story",
    Trigger.STORY_MENTION: "a mention in their story",
    Trigger.BUTTON: "a tap",
    Trigger.COMMENT: "a comment",
    Trigger.PHOTO: "a photo",
    Trigger.VIDEO: "a video",
    Trigger.VOICE_NOTE: "a voice note",
    Trigger.FILE: "a file",
    Trigger.SHARED_POST: "a shared post",
    Trigger.STICKER: "a sticker",
}
NEW, KNOWN, GOT_FALLBACK, OPTED_OUT = "new", "known", "fallback", "opted_out"
CUSTOMERS = {
    NEW: "is new",
    KNOWN: "has been written to before",
    GOT_FALLBACK: "got the fallback an hour ago",
    OPTED_OUT: "has opted out",
}


def _list_places() -> list[tuple[str, str]]:
    return [("", "any account"), *list_accounts()]


class TrialForm(forms.Form):
    """An imagined message. The prefix keeps its fields apart from those of a rule."""

    prefix = "try"

    text = forms.CharField(
        label="A customer writes",
        max_length=10_000,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2, "placeholder": "how much is delivery?"}),
    )
    trigger = forms.ChoiceField(
        label="As", choices=TRIGGERS.items(), widget=UnfoldAdminSelectWidget
    )
    customer = forms.ChoiceField(
        label="The customer", choices=CUSTOMERS.items(), widget=UnfoldAdminSelectWidget
    )
    name = forms.CharField(
        label="Name",
        max_length=100,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "unknown"}),
    )
    username = forms.CharField(
        label="Username",
        max_length=100,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "unknown"}),
    )
    referral = forms.CharField(
        label="Source",
        max_length=255,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "anywhere"}),
    )
    hours = forms.FloatField(
        label="Got this answer (hours ago)",
        min_value=0,
        max_value=10_000,
        required=False,
        widget=UnfoldAdminTextInputWidget(
            attrs={"type": "number", "min": 0, "step": "any", "placeholder": "never"}
        ),
    )
    at = forms.DateTimeField(
        label="Time (default: now)",
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
    )

    account = forms.ChoiceField(
        label="Written to", choices=_list_places, required=False, widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not identity.accounts().are_several:
            del self.fields["account"]

    def clean_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["at"]
        if at and at.year not in YEARS:  # while somebody types a year it is 2, 20, 202
            raise forms.ValidationError(f"The year must be from {YEARS[0]} to {YEARS[-1]}.")
        return at

    def trial(self, rules: Rules, typed: ResponseRule | None = None) -> Trial:
        """Return the trial that a valid form describes.

        typed: the rule that is being written; only this one answered the customer before.
        """
        values = self.cleaned_data
        return Trial(
            values["text"],
            values["at"] or timezone.now(),
            Trigger(values["trigger"]),
            is_new=values["customer"] == NEW,
            name=values["name"],
            username=values["username"],
            referral=values["referral"],
            opted_out=values["customer"] == OPTED_OUT,
            account=values.get("account", ""),
            answered=self._list_answered(rules.by_id.values(), typed),
        )

    def _list_answered(
        self, rules: Iterable[ResponseRule], typed: ResponseRule | None
    ) -> dict[int, float]:
        answered: dict[int, float] = {}
        hours, customer = self.cleaned_data["hours"], self.cleaned_data["customer"]
        for rule in rules:
            if rule.match == MatchMode.FALLBACK and customer == GOT_FALLBACK:
                answered[rule.pk] = 1
            elif hours is not None and typed in (None, rule):
                answered[rule.pk] = hours
        return answered


class TrialAdmin(CheckedAdmin):
    """For rules: try a message by the saved rules, or by the form as it is."""

    actions_list = ("try_it",)

    def get_urls(self) -> list[URLPattern]:
        return [*self.form_urls("try", self.try_typed), *super().get_urls()]

    @action(description="Try it", url_path="try", icon="chat_bubble")  # type: ignore[untyped-decorator]  # unfold carries no types
    def try_it(self, request: HttpRequest) -> HttpResponse:
        """Show the page. The message comes by POST, so that it is in no log."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = TrialForm(request.POST) if request.method == "POST" else TrialForm()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Try it",
            "trial": form,
            **(_run(form, Rules.saved()) if form.is_bound else {}),
        }
        # While somebody types, the page asks for the result alone.
        is_fetched = request.headers.get("X-Requested-With") == "fetch"
        template = "rules/trial_result.html" if is_fetched else "rules/try.html"
        return render(request, template, context)

    def try_typed(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """Try a message by the rules as they would be with this form; nothing is saved."""
        form, rule = self.read_form(request, pk)
        if rule is None:
            return render(request, "rules/before.html", {"form": form})
        rules = Rules.of(with_change(Rules.saved().by_id.values(), rule))
        context = _run(TrialForm(request.POST), rules, rule) | {"typed": rule}
        return render(request, "rules/trial_result.html", context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        context["trial"] = TrialForm()
        response: HttpResponse = super().render_change_form(request, context, *args, **options)
        return response


def _run(form: TrialForm, rules: Rules, typed: ResponseRule | None = None) -> dict[str, Any]:
    if not form.is_valid():
        return {"trial": form}
    return {"result": run_trial(form.trial(rules, typed), rules), "trial": form}
