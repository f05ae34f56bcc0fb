"""What the list of conversations can be narrowed to."""

# ruff: noqa: ARG002 - the signatures are Django's
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from conversations import queries
from conversations.models import Message
from conversations.queries import Rows, Window, handed_over
from workqueue import sql

LATELY = timedelta(days=30)  # what is counted of a rule

Choices = list[tuple[str, str]]


class PausedFilter(admin.SimpleListFilter):
    title = "bot paused"
    parameter_name = "paused"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("yes", "Paused"), ("no", "Not paused")]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        if self.value() not in ("yes", "no"):
            return queryset
        return queries.paused(queryset, timezone.now(), yes=self.value() == "yes")


class OptedOutFilter(admin.SimpleListFilter):
    title = "automatic messages"
    parameter_name = "opted_out"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("yes", "Opted out"), ("no", "Not opted out")]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        if self.value() not in ("yes", "no"):
            return queryset
        return queries.opted_out(queryset, yes=self.value() == "yes")


class WindowFilter(admin.SimpleListFilter):
    title = "24-hour window"
    parameter_name = "window"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [
            (Window.OPEN, "Open"),
            (Window.SOON, "Closes within 2 hours"),
            (Window.CLOSED, "Closed"),
        ]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        window = self.value()
        if window is None or window not in list(Window):
            return queryset
        return queries.in_window(queryset, Window(window), timezone.now())


class SendsFilter(admin.SimpleListFilter):
    title = "failed or unconfirmed sends"
    parameter_name = "sends"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("failed", "In the last 7 days")]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        if self.value() == "failed":
            return queryset.filter(queries.has_failed_sends(timezone.now()))
        return queryset


class HandedOverFilter(admin.SimpleListFilter):
    """Whom a rule answered and who needed a person afterwards: the numbers of a rule lead here."""

    title = "needed a person after a rule"
    parameter_name = "after_rule"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        chosen = request.GET.get(self.parameter_name, "")
        return [(chosen, f"Rule {chosen}")] if sql.row_id(chosen) is not None else []

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        rule = self.value()
        if not rule:
            return queryset
        answers = Message.objects.filter(rule=int(rule), at__gte=timezone.now() - LATELY)
        return queryset.filter(pk__in=handed_over(answers).values("conversation"))
