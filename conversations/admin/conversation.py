"""What staff see of customers: the list of conversations, and each one as a thread."""

# ruff: noqa: ARG002, FBT001, FBT002 - the signatures are Django's
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Max, QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST, require_safe

from backoffice import parts
from conversations import bot_pause, queries, waiting
from conversations.admin import composer, export, handover, page, removal
from conversations.admin.composer import ComposingAdmin
from conversations.admin.filters import (
    AccountFilter,
    AssigneeFilter,
    FlaggedFilter,
    HandedOverFilter,
    LabelFilter,
    OptedOutFilter,
    PausedFilter,
    SendsFilter,
    SinceFilter,
    SourceFilter,
    TabFilter,
    UntilFilter,
    WindowFilter,
)
from conversations.admin.queue import LIST_PAGE, Queue, choose_tab
from conversations.composer.notes import find_unseen
from conversations.customer_data.export import FORMATS
from conversations.display import details, names, notes, thread
from conversations.display.queue import FACES
from conversations.models import Conversation, Message, Origin, State
from shop import tuning
from workqueue import sql


@admin.register(Conversation)
class ConversationAdmin(ComposingAdmin):
    """A list to choose from and a thread to read; no field of it is edited but one."""

    list_filter = (
        TabFilter, AccountFilter, LabelFilter, AssigneeFilter, PausedFilter, WindowFilter,
        SourceFilter, OptedOutFilter, FlaggedFilter, SendsFilter, HandedOverFilter, SinceFilter,
        UntilFilter,
    )  # fmt: skip
    search_fields = ("name", "username", "customer_id")
    search_help_text = "Search messages and names"
    list_per_page = 50
    when_empty = "No conversations yet. They appear here when a customer writes."
    show_full_result_count = False
    fields = ("needs_person",)

    change_list_template = change_form_template = page.TEMPLATE

    def get_urls(self) -> list[URLPattern]:
        views = {
            "message/<int:pk>/details/": ("details", require_safe(self.show_details)),
            "<int:pk>/erase/": ("erase", self.erase),
            "<int:pk>/export/": ("export", require_POST(self.export)),
        }
        return self._paths(views) + super().get_urls()

    def erase(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask whether this customer is to be erased, and erase them."""
        conversation: Conversation | None = self.get_object(request, str(pk))
        if conversation is None:
            raise Http404
        return removal.show(request, conversation, self.admin_site.each_context(request))

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[Queue]:
        return Queue

    @method_decorator(parts.own_page)
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        choose_tab(request)
        context = {
            **parts.context(request),
            "title": "Inbox",
            "may_change": self.has_change_permission(request),
            "list_link": page.list_link(request),
        }
        return super().changelist_view(request, context | (extra_context or {}))

    @method_decorator(parts.own_page)
    def change_view(self, *args: Any, **options: Any) -> HttpResponse:
        shown: HttpResponse = super().change_view(*args, **options)
        return shown

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        rows = Conversation.objects.newest_first()
        rows = rows.select_related("account", "assignee")
        rows = rows.prefetch_related("labels").annotate(
            failed_sends=queries.has_failed_sends(timezone.now(), State.FAILED),
            unconfirmed_sends=queries.has_failed_sends(timezone.now(), State.UNKNOWN),
            last_left=queries.last_left(),
        )
        return queries.with_last(rows, origin=Origin.CUSTOMER)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Conversation], search_term: str
    ) -> tuple[QuerySet[Conversation], bool]:
        """Leave it to the queue, which brings hits in an order of their own."""
        return queryset, False

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
        asked, beside = parts.wanted(request), page.list_request(request)
        context |= {
            **parts.context(request),
            "title": f"{obj} · Inbox",
            "subtitle": None,
            "list_link": page.list_link(beside),
            "may_change": self.has_change_permission(request, obj),
            "initials": names.initials(obj.name or obj.username),
            "face": obj.pk % FACES,
            "pause_hours": tuning.get("pause_hours"),
        }
        if asked.has_any(*page.LIST_SIDE):
            context["cl"] = page.read_list(self, beside, obj.pk)
        if asked.has_any(*page.TALK):
            context |= self._read_talk(request, obj, asked, now)
        if "customer" in asked:
            context |= page.read_customer(obj)
            context["exports"] = FORMATS if export.may_export(request) else {}
        response: HttpResponse = super().render_change_form(
            request, context, *args, obj=obj, **options
        )
        return response

    def _read_talk(
        self, request: HttpRequest, obj: Any, asked: parts.Parts, now: datetime
    ) -> dict[str, Any]:
        """Return what stands above, in and below the thread; each speaks of what it shows."""
        shown = thread.read(obj, request.GET, now)
        found: dict[str, Any] = {"thread": shown}
        if "head" in asked:
            found |= page.read_head(obj, now) | handover.read(request, obj, shown, now)
        if "thread" in asked:
            found["bot_is_paused"] = obj.bot_is_paused(now)
            found["messages_link"] = f"{reverse(LIST_PAGE)}message/"
            found["rows"] = notes.interleave(obj, shown, request.user.pk)
            if found["rows"] is not shown.entries:  # there are notes
                found["unseen_notes"] = _see_mentions(request, obj, now)
        if "composer" in asked and self.has_change_permission(request, obj):
            found |= composer.read(request, obj, shown, now)
        return found

    def show_details(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what engineers ask of one message."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        message = get_object_or_404(Message, pk=pk)
        return render(request, "conversations/details_of.html", {"details": details.read(message)})

    def export(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Hand out everything that is kept of a customer."""
        talk = self.get_object(request, str(pk))
        if not (export.may_export(request) and self.has_view_permission(request, talk)):
            raise PermissionDenied
        if talk is None:
            raise Http404
        return export.download(request, talk)

    def save_model(self, request: HttpRequest, obj: Conversation, form: Any, change: bool) -> None:
        """Write the one field: the row's lease and alarm belong to the worker that has it."""
        now = timezone.now()
        form.did = ""
        if obj.needs_person:
            waiting.flag(obj.pk, now)
            form.did = "Flagged for the team."
        elif waiting.done(obj.pk, _seen(request, obj), now):
            bot_pause.resume_after_done(obj.pk)
            form.did = "Marked as done."

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> str:
        did: str = form.did
        return did

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write what was done; nothing was, where the customer wrote meanwhile."""
        return super().log_change(request, obj, message) if message else None

    def response_change(self, request: HttpRequest, obj: Conversation) -> HttpResponse:
        if obj.needs_person:
            messages.success(request, "Flagged for the team.")
        elif Conversation.objects.filter(pk=obj.pk, waiting_since__isnull=False).exists():
            messages.warning(
                request, "The customer has written in the meantime and is still waiting."
            )
        else:
            messages.success(request, "Marked as done.")
        return HttpResponseRedirect(request.get_full_path())


def _see_mentions(request: HttpRequest, conversation: Conversation, now: datetime) -> set[int]:
    """Whoever opens a conversation has seen what mentions them there; return what stays unseen.

    A page that fetches the thread by itself shows it to nobody yet: mentions.js asks anew.
    """
    if parts.is_unattended(request):
        return find_unseen(conversation, request.user.pk or 0)
    composer.see_mentions(request, conversation, now)
    return set()


def _seen(request: HttpRequest, conversation: Conversation) -> int:
    """Return the last message that the page showed; where it does not say, the last there is."""
    seen = sql.row_id(request.POST.get("seen", ""))
    if seen is None:
        seen = conversation.messages.aggregate(last=Max("pk"))["last"]
    return seen or 0


def waiting_customers() -> int:
    """Count the conversations that wait and are not put off, for the sidebar."""
    return queries.waiting(Conversation.objects.all(), timezone.now()).count()
