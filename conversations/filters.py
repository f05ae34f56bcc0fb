"""What the list of conversations can be narrowed to."""

# ruff: noqa: ARG002 - the signatures are Django's
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from conversations.chips import SOON
from conversations.handover import handed_over
from conversations.models import Conversation, Message, State
from instagram.limits import WINDOW

TROUBLE_IS_NEWS = timedelta(days=7)  # an older failed send no longer asks for attention

LATELY = timedelta(days=30)  # what is counted of a rule

Choices = list[tuple[str, str]]
Rows = QuerySet[Conversation]


def troubled(now: datetime) -> Exists:
    """Tell whether a send failed or stayed unconfirmed lately; served by message_thread."""
    lately = Message.objects.filter(conversation=OuterRef("pk"), at__gte=now - TROUBLE_IS_NEWS)
    return Exists(lately.filter(state__in=[State.FAILED, State.UNKNOWN]))


class PausedFilter(admin.SimpleListFilter):
    title = "bot paused"
    parameter_name = "paused"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("yes", "Paused"), ("no", "Not paused")]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        paused = Q(bot_paused_until__gt=timezone.now())
        if self.value() == "yes":
            return queryset.filter(paused)
        return queryset.exclude(paused) if self.value() == "no" else queryset


class WindowFilter(admin.SimpleListFilter):
    title = "24-hour window"
    parameter_name = "window"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("open", "Open"), ("soon", "Closes within 2 hours"), ("closed", "Closed")]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        opened = timezone.now() - WINDOW
        if self.value() == "open":
            return queryset.filter(last_inbound_at__gt=opened)
        if self.value() == "soon":
            return queryset.filter(last_inbound_at__gt=opened, last_inbound_at__lt=opened + SOON)
        if self.value() == "closed":
            return queryset.exclude(last_inbound_at__gt=opened)
        return queryset


class SendsFilter(admin.SimpleListFilter):
    title = "failed or unconfirmed sends"
    parameter_name = "sends"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("failed", "In the last 7 days")]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        if self.value() == "failed":
            return queryset.filter(troubled(timezone.now()))
        return queryset


class HandedOverFilter(admin.SimpleListFilter):
    """Whom a rule answered and who needed a person afterwards: the numbers of a rule lead here."""

    title = "needed a person after"
    parameter_name = "after_rule"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        chosen = request.GET.get(self.parameter_name, "")
        return [(chosen, f"Rule number {chosen}")] if _is_number(chosen) else []

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        rule = self.value()
        if not rule:
            return queryset
        answers = Message.objects.filter(rule=int(rule), at__gte=timezone.now() - LATELY)
        return queryset.filter(pk__in=handed_over(answers).values("conversation"))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19  # noqa: PLR2004 - digits that a bigint surely holds
