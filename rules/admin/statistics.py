"""How often each rule answers, and with what result: in the list and on the rule's page."""

# ruff: noqa: ARG002 - the signatures are Django's
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from backoffice import ages
from backoffice.chips import Chip
from conversations.admin.filters import HandedOverFilter
from conversations.models import State
from rules import statistics
from rules.models import ResponseRule

COLUMNS = ("answers_week", "answers_month", "last_used")


class UsedFilter(admin.SimpleListFilter):
    title = "last used"
    parameter_name = "unused"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("month", "Not in the last 30 days"), ("ever", "Never")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ResponseRule]
    ) -> QuerySet[ResponseRule]:
        if self.value() not in ("month", "ever"):
            return queryset
        since = timezone.now() - statistics.MONTH if self.value() == "month" else None
        return statistics.keep_unused(queryset, since)


class NumbersAdmin(ModelAdmin):  # type: ignore[misc]  # unfold carries no types
    """For rules: counts all rules of the page at once, not one by one."""

    change_form_outer_before_template = "admin/rules/responserule/numbers.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ResponseRule]:
        return statistics.add_counts(super().get_queryset(request), timezone.now())

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        page = super().get_changelist_instance(request)
        now = timezone.now()
        failures = statistics.count_failures(now)
        for rule in page.result_list:
            rule.failures = failures.get(rule.pk, 0)
            rule.failures_link = _make_failures_link(request, rule.pk, now)
        return page

    @admin.display(description="7 days", ordering="answers_week")
    def answers_week(self, rule: Any) -> int:
        return int(rule.answers_week)

    @admin.display(description="30 days", ordering="answers_month")
    def answers_month(self, rule: Any) -> SafeString:
        """Show the answers and the failed ones, with a link for those who may open it."""
        if not rule.failures:
            return format_html("{}", rule.answers_month)
        chip = Chip(f"{rule.failures} failed", "bad", "Instagram did not accept them.").html
        failed = format_html('<a href="{}">{}</a>', rule.failures_link, chip)
        return format_html(
            '<span class="rule-count">{} {}</span>',
            rule.answers_month, failed if rule.failures_link else chip,
        )  # fmt: skip

    @admin.display(description="Last used", ordering="last_used")
    def last_used(self, rule: Any) -> SafeString:
        if rule.last_used is None:
            return Chip("never", "calm", "No customer has got this answer yet.").html
        return ages.ago(rule.last_used, timezone.now())

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        if rule := options.get("obj"):
            context |= {"numbers": _make_panel(request, rule.pk, timezone.now())}
        response: HttpResponse = super().render_change_form(request, context, *args, **options)
        return response


def _make_panel(request: HttpRequest, rule: int, now: datetime) -> dict[str, Any]:
    """Return the numbers that the rule itself has not, and links to lists that may be opened."""
    customers = statistics.count_customers(rule, now)
    return {
        "customers": customers,
        "customers_link": _make_customers_link(request, rule) if customers.handed_over else "",
        "failures": statistics.count_failures(now).get(rule, 0),
        "failures_link": _make_failures_link(request, rule, now),
    }


def _make_failures_link(request: HttpRequest, rule: int, now: datetime) -> str:
    if not request.user.has_perm("conversations.view_outboxmessage"):
        return ""
    since = (now - statistics.MONTH).isoformat()
    query = urlencode({"is": State.FAILED, "rule": rule, "at__gte": since})
    return f"{reverse('admin:conversations_outboxmessage_changelist')}?{query}"


def _make_customers_link(request: HttpRequest, rule: int) -> str:
    if not request.user.has_perm("conversations.view_conversation"):
        return ""
    query = urlencode({HandedOverFilter.parameter_name: rule})
    return f"{reverse('admin:conversations_conversation_changelist')}?{query}"
