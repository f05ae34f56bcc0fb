"""What Meta posted and what became of it, for whoever has to find out why."""

# ruff: noqa: ARG002 - the signatures are Django's
import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from backoffice import ages
from backoffice.chips import Chip
from backoffice.counts import counted
from backoffice.lists import UncountedList
from backoffice.reach import reach
from backoffice.read_only import ReadOnlyAdmin
from conversations.models import Message, Verdict
from webhooks.models import WebhookEvent
from workqueue import sql

BODY_SHOWN = 100_000  # characters
LOOKED_THROUGH = 10_000  # events, for a page of those with some item
AMONG_FAILED = "failed-"  # how a place in the list begins that is among the failed ones
ITEMS_SHOWN = 200
_TONES = {
    WebhookEvent.State.RECEIVED: "info",
    WebhookEvent.State.PROCESSED: "good",
    WebhookEvent.State.FAILED: "bad",
}


class EventList(UncountedList):
    """Failed ones first, then the newest; says what became of the messages of a whole page."""

    looked_through = ""

    def read(self, before: str, count: int) -> tuple[list[Any], str]:
        """Return failed events before all others, each by its own index."""
        is_of_failed = before.startswith(AMONG_FAILED) or not before
        place = sql.row_id(before.removeprefix(AMONG_FAILED))
        narrowed = self.get_filters_params()
        if OutcomeFilter.parameter_name in narrowed:
            return self._look_through(place, count)
        if narrowed:  # to a state
            return _page(list(_below(self.queryset, place)[: count + 1]), count)
        failed = self.queryset.filter(state=WebhookEvent.State.FAILED)
        others = self.queryset.exclude(state=WebhookEvent.State.FAILED)
        rows = list(_below(failed, place)[: count + 1]) if is_of_failed else []
        if len(rows) <= count:
            rows += _below(others, None if is_of_failed else place)[: count + 1 - len(rows)]
        shown, older = _page(rows, count)
        if older and shown[-1].state == WebhookEvent.State.FAILED:
            older = f"{AMONG_FAILED}{older}"
        return shown, older

    def _look_through(self, place: int | None, count: int) -> tuple[list[Any], str]:
        """Look into the ledgers of so many events, and say so: no index knows what is in them."""
        top = place or (WebhookEvent.objects.aggregate(top=Max("pk"))["top"] or 0) + 1
        last = max(top - LOOKED_THROUGH, 1)
        rows = _below(self.queryset, top).filter(pk__gte=last)
        shown, older = _page(list(rows[: count + 1]), count)
        reached = shown[-1].pk if older else last
        if not older and WebhookEvent.objects.filter(pk__lt=last).exists():
            older = str(last)
        if older or place:
            self.looked_through = f"Looked through events #{reached} to #{top - 1}."
        return shown, older

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        shown = self.result_list
        found = fates(item for event in shown for item in event.outcomes)
        for event in shown:
            event.fates = found


def _below(rows: QuerySet[WebhookEvent], place: int | None) -> QuerySet[WebhookEvent]:
    return rows.filter(pk__lt=place) if place else rows


def _page(rows: list[WebhookEvent], count: int) -> tuple[list[WebhookEvent], str]:
    """Return a page of rows that were read with one more, and where the next one begins."""
    return rows[:count], str(rows[count - 1].pk) if len(rows) > count else ""


# What the list can be narrowed to: the word of an item, or the verdict on its message.
OUTCOMES: dict[str, tuple[str, str]] = {
    "failed": ("Failed", Verdict.FAILED),
    "late": ("Late", Verdict.TOO_OLD),
    "standby": ("Standby: another app answers", Verdict.STANDBY),
    "no account": ("No account: for another account", ""),
    "unknown": ("Unknown to instabot", ""),
    "duplicate": ("Duplicate: delivered before", ""),
    "kept": ("Stored, not answered", Verdict.KEPT),
    "early": ("Early: about a message that has not come", ""),
}


class OutcomeFilter(admin.SimpleListFilter):
    title = "what became of an item"
    parameter_name = "item"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(outcome, label) for outcome, (label, _) in OUTCOMES.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        outcome = self.value()
        if outcome not in OUTCOMES:
            return queryset
        return queryset.with_item(outcome, OUTCOMES[outcome][1])


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin):
    """A ledger to read; an event can be processed again."""

    list_display = ("number", "received", "state_chip", "items", "reason")
    list_filter = ("state", OutcomeFilter)
    list_per_page = 50
    sortable_by = ()
    show_full_result_count = False
    fields = ("state",)  # the template shows the rest
    actions = ("process_again",)
    when_empty = "No events yet. They appear here when Instagram sends one."

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever is limited to accounts sees none: a body may have those of others."""
        may: bool = super().has_view_permission(request, obj)
        return may and reach() is None

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[EventList]:
        return EventList

    def has_process_permission(self, request: HttpRequest) -> bool:
        may = request.user.has_perm("webhooks.change_webhookevent")
        return bool(may and reach() is None)

    @admin.action(description="Process again", permissions=["process"])
    def process_again(self, request: HttpRequest, queryset: QuerySet[WebhookEvent]) -> None:
        """Safe for any number of events: what is recorded already is recognised."""
        count = queryset.again(timezone.now())  # type: ignore[attr-defined]  # our queryset
        said = f"{counted(count, 'event')} queued for processing. Nothing is sent twice."
        messages.success(request, said)

    def get_urls(self) -> list[URLPattern]:
        again = self.admin_site.admin_view(require_POST(self.process_one))
        urls: list[URLPattern] = super().get_urls()
        return [path("<int:pk>/again/", again, name="webhooks_webhookevent_again"), *urls]

    def process_one(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_process_permission(request):
            raise PermissionDenied
        self.process_again(request, WebhookEvent.objects.filter(pk=pk))
        return HttpResponseRedirect(reverse("admin:webhooks_webhookevent_change", args=[pk]))

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEvent]:
        """The newest first. A body may have 10 MB: the list does without."""
        rows: QuerySet[WebhookEvent] = super().get_queryset(request)
        return rows.defer("body").order_by("-pk")

    @admin.display(description="Event")
    def number(self, event: WebhookEvent) -> str:
        return f"#{event.pk}"

    @admin.display(description="Received")
    def received(self, event: WebhookEvent) -> SafeString:
        return ages.stamped(event.received_at)

    @admin.display(description="State")
    def state_chip(self, event: WebhookEvent) -> SafeString:
        return chip(event).html

    @admin.display(description="Items")
    def items(self, event: WebhookEvent) -> str:
        fates = getattr(event, "fates", {})
        counted = Counter(word(item, fates) for item in event.outcomes)
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
            "may_process": self.has_process_permission(request),
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


Fates = dict[int, Message]
RECORDED = "recorded"  # then the message's verdict says more


def fates(items: Iterable[dict[str, Any]]) -> Fates:
    """Return the messages of these items by id."""
    written = {item["message"] for item in items if item.get("message")}
    return Message.objects.only("conversation", "verdict", "reason").in_bulk(written)


def word(item: dict[str, Any], found: Fates) -> str:
    """Say what became of an item: its message's verdict, or what happened to the item itself."""
    outcome = str(item.get("outcome", ""))
    message = found.get(item.get("message") or 0)
    if outcome != RECORDED or message is None or not message.verdict:
        return outcome
    return str(Verdict(message.verdict).label).lower()


def outcomes(event: WebhookEvent) -> list[dict[str, Any]]:
    """Return what became of each item, with the conversation where its message is."""
    items = event.outcomes[:ITEMS_SHOWN]
    found = fates(items)
    return [
        {
            **item,
            "outcome": word(item, found),
            "reason": item.get("reason") or (message.reason if message else ""),
            "conversation": message.conversation_id if message else item.get("conversation"),
            "tone": "bad" if word(item, found) == "failed" else "calm",
        }
        for item in items
        for message in [found.get(item.get("message") or 0)]
    ]
