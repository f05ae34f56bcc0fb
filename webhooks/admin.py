"""What Meta posted and what became of it, for whoever has to find out why."""

import json
from collections import Counter
from typing import Any

from django.contrib import admin
from django.db.models import Case, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conversations.admin import ReadOnlyAdmin
from conversations.models import Message
from conversations.thread import Chip
from webhooks.models import WebhookEvent

BODY_SHOWN = 100_000  # characters
ITEMS_SHOWN = 200
FAILED_FIRST = Case(When(state=WebhookEvent.State.FAILED, then=Value(0)), default=Value(1))
_TONES = {
    WebhookEvent.State.RECEIVED: "info",
    WebhookEvent.State.PROCESSED: "good",
    WebhookEvent.State.FAILED: "bad",
}


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin):
    """A ledger to read; nothing here can be changed."""

    list_display = ("number", "received", "state_chip", "items", "reason")
    list_filter = ("state",)
    list_per_page = 50
    show_full_result_count = False
    fields = ("state",)  # the template shows the rest

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEvent]:
        """Failed ones first, then the newest. A body may have 10 MB: the list does without."""
        rows: QuerySet[WebhookEvent] = super().get_queryset(request)
        return rows.defer("body").order_by(FAILED_FIRST, "-pk")

    @admin.display(description="Event", ordering="pk")
    def number(self, event: WebhookEvent) -> str:
        return f"#{event.pk}"

    @admin.display(description="Received", ordering="received_at")
    def received(self, event: WebhookEvent) -> SafeString:
        at = timezone.localtime(event.received_at)
        return format_html('<span class="nowrap">{}</span>', date_format(at, "j M Y, H:i:s"))

    @admin.display(description="State", ordering="state")
    def state_chip(self, event: WebhookEvent) -> SafeString:
        return chip(event).html

    @admin.display(description="Items")
    def items(self, event: WebhookEvent) -> str:
        counted = Counter(str(item.get("outcome", "")) for item in event.outcomes)
        return ", ".join(f"{count} {outcome}" for outcome, count in counted.items()) or "-"

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,
        obj: WebhookEvent,
        **options: Any,
    ) -> HttpResponse:
        text, cut = readable(bytes(obj.body))
        context |= {
            "title": str(obj),
            "subtitle": None,
            "chip": chip(obj),
            "items": outcomes(obj),
            "items_cut": len(obj.outcomes) > ITEMS_SHOWN,
            "body": text,
            "body_cut": cut,
            "body_bytes": len(obj.body),
        }
        response: HttpResponse = super().render_change_form(
            request, context, *args, obj=obj, **options
        )
        return response


def chip(event: WebhookEvent) -> Chip:
    state = WebhookEvent.State(event.state)
    return Chip(str(state.label), _TONES[state])


def readable(body: bytes) -> tuple[str, bool]:
    """Return a body as text for people, and whether it was cut."""
    # A large body is cut before it is read: indenting 10 MB would hold the page up.
    if len(body) > BODY_SHOWN:
        return body[:BODY_SHOWN].decode(errors="replace"), True
    try:
        text = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
        # JSON may hold halves of characters, which no page can: they are shown as \ud83d.
        text = text.encode(errors="backslashreplace").decode()
    except (ValueError, RecursionError):
        text = body.decode(errors="replace")
    return text[:BODY_SHOWN], len(text) > BODY_SHOWN


def outcomes(event: WebhookEvent) -> list[dict[str, Any]]:
    """Return what became of each item, with the conversation where its message is."""
    items = event.outcomes[:ITEMS_SHOWN]
    written = [item.get("message") for item in items if item.get("message")]
    found = Message.objects.filter(Q(pk__in=written)).values_list("pk", "conversation")
    where = dict(found)
    return [
        {
            **item,
            "conversation": where.get(item.get("message")) or item.get("conversation"),
            "tone": "bad" if item.get("outcome") == "failed" else "calm",
        }
        for item in items
    ]
