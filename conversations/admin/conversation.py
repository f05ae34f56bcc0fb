"""What staff see of customers: the list of conversations, and each one as a thread."""

# ruff: noqa: ARG002, FBT001 - the signatures are Django's
import uuid
from typing import Any

from django.contrib import admin, messages
from django.db.models import Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.views import ChangeList

from backoffice import ages
from backoffice.chips import Chip
from conversations import bot_pause, outbox, queries, waiting
from conversations.admin.actions import ActingAdmin, draft_of, reply_of
from conversations.admin.filters import (
    HandedOverFilter,
    OptedOutFilter,
    PausedFilter,
    SendsFilter,
    WindowFilter,
)
from conversations.display import chips, names, thread
from conversations.models import NEWEST, Conversation, Label, Message, State
from shop import tuning
from workqueue import sql


class ConversationList(ChangeList):  # type: ignore[misc]  # unfold carries no types
    """Fetches the last message of each conversation on the page in one query."""

    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = queries.fetch_last(self.result_list, Message.objects.all())


@admin.register(Conversation)
class ConversationAdmin(ActingAdmin):
    """A list to choose from and a thread to read; no field of it is edited but one."""

    list_display = ("customer", "last_message", "age", "window", "bot", "sends")
    list_display_links = ("customer",)
    list_filter = (
        "needs_person", PausedFilter, OptedOutFilter, WindowFilter, SendsFilter, "labels",
        HandedOverFilter,
    )  # fmt: skip
    search_fields = ("name", "username", "customer_id")
    search_help_text = "Name, @username, Instagram ID or message text"
    list_per_page = 50
    when_empty = "No conversations yet. They appear here when a customer writes."
    show_full_result_count = False
    fields = ("needs_person",)

    class Media:
        js = ["conversations/thread.js"]

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ConversationList]:
        return ConversationList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        rows = Conversation.objects.newest_first().select_related("account")
        rows = rows.prefetch_related("labels").annotate(
            failed_sends=queries.has_failed_sends(timezone.now(), State.FAILED),
            unconfirmed_sends=queries.has_failed_sends(timezone.now(), State.UNKNOWN),
            last_verdict=queries.last_verdict(),
        )
        return queries.with_last(rows)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Conversation], search_term: str
    ) -> tuple[QuerySet[Conversation], bool]:
        """Find customers by what they are called, and by what was said."""
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(
            queries.of_customers_named(term) | Q(queries.with_words(term))
        ), False

    @admin.display(description="Customer")
    def customer(self, row: Conversation) -> SafeString:
        below = row.name if row.username else ""
        labels = ((chip.html,) for chip in chips.label_chips(row))
        return format_html(
            '<span class="customer">{}<span class="quiet">{}</span>'
            '<span class="labels">{}</span></span>',
            row, below, format_html_join(" ", "{}", labels),
        )  # fmt: skip

    @admin.display(description="Last message")
    def last_message(self, row: Any) -> SafeString | str:
        if row.last is None:
            return "-"
        return format_html(
            '<span class="said"><span class="material-symbols-outlined" title="{}">{}</span> '
            "<span>{}</span></span>",
            names.origin(row.last), names.icon(row.last), names.excerpt(row.last),
        )  # fmt: skip

    @admin.display(description="Age", ordering=NEWEST)
    def age(self, row: Any) -> SafeString:
        at = row.last.at if row.last else row.created_at
        return ages.ago(at, timezone.now())

    @admin.display(description="Window")
    def window(self, row: Conversation) -> SafeString:
        return chips.window_chip(row, timezone.now()).html

    @admin.display(description="Status")
    def bot(self, row: Any) -> SafeString:
        found = chips.bot_chips(row, timezone.now(), row.last_verdict)
        return format_html_join(" ", "{}", ((chip.html,) for chip in found))

    @admin.display(description="Delivery")
    def sends(self, row: Any) -> SafeString | str:
        found = []
        if row.failed_sends:
            found.append(Chip("failed", "bad", "A message failed in the last 7 days."))
        if row.unconfirmed_sends:
            title = "Instagram did not confirm a message in the last 7 days."
            found.append(Chip("not confirmed", "warn", title))
        return format_html_join(" ", "{}", ((chip.html,) for chip in found))

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,
        obj: Any,
        **options: Any,
    ) -> HttpResponse:
        """Show the thread; Django has loaded the conversation and asked for the permission."""
        now = timezone.now()
        context |= {
            "title": str(obj),
            "subtitle": None,
            "thread": thread.read(obj, request.GET.get("before", ""), now),
            "window": chips.window_chip(obj, now),
            "chips": chips.bot_chips(obj, now, obj.last_verdict),
            "labels": obj.labels.all(),
            "known_labels": Label.objects.all(),
            "bot_is_paused": obj.bot_is_paused(now),
            "reply_problem": outbox.why_closed(obj, now, person=True),
            "reply_is_late": not obj.may_answer(now),
            "pause_hours": tuning.get("pause_hours"),
            "reply_token": uuid.uuid4().hex,
            "reply_text": request.session.pop(draft_of(obj.pk), ""),
            "replied": request.session.pop(reply_of(obj.pk), ""),
            "account_pause": chips.say_pause(obj.account, now),
        }
        response: HttpResponse = super().render_change_form(
            request, context, *args, obj=obj, **options
        )
        return response

    def save_model(self, request: HttpRequest, obj: Conversation, form: Any, change: bool) -> None:
        """Write the one field: the row's lease and alarm belong to the worker that has it."""
        now = timezone.now()
        if obj.needs_person:
            waiting.flag(obj.pk, now)
        else:
            waiting.done(obj.pk, _seen(request, obj), now)
            bot_pause.resume_after_done(obj.pk)

    def response_change(self, request: HttpRequest, obj: Conversation) -> HttpResponse:
        said = "Flagged for the team." if obj.needs_person else "Marked as done."
        messages.success(request, said)
        return HttpResponseRedirect(request.get_full_path())


def _seen(request: HttpRequest, conversation: Conversation) -> int:
    """Return the last message that the page showed; where it does not say, the last there is."""
    seen = sql.row_id(request.POST.get("seen", ""))
    if seen is None:
        seen = conversation.messages.aggregate(last=Max("pk"))["last"]
    return seen or 0


def waiting_for_person() -> int:
    """Count the conversations that ask for a person, for the sidebar."""
    return Conversation.objects.filter(needs_person=True).count()
