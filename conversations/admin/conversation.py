"""What staff see of customers: the list of conversations, and each one as a thread."""

# ruff: noqa: ARG002, FBT001 - the signatures are Django's
import uuid
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.views import ChangeList

from conversations import chips, inbox, kinds, outbox, thread
from conversations.admin import labels
from conversations.admin.base import KeptAdmin
from conversations.admin.outbox import tell
from conversations.filters import PausedFilter, SendsFilter, WindowFilter, troubled
from conversations.models import NEWEST, Conversation, Label, Message, Origin


class ConversationList(ChangeList):  # type: ignore[misc]  # unfold carries no types
    """Fetches the last message of each conversation on the page in one query."""

    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        shown = list(self.result_list)
        last = Message.objects.in_bulk([row.last_message for row in shown if row.last_message])
        for row in shown:
            row.last = last.get(row.last_message)
        self.result_list = shown


@admin.register(Conversation)
class ConversationAdmin(KeptAdmin):
    """A list to choose from and a thread to read; staff may only end a pause or a call for help."""

    list_display = ("customer", "last_message", "age", "window", "bot", "sends")
    list_display_links = ("customer",)
    list_filter = ("needs_person", PausedFilter, WindowFilter, SendsFilter, "labels")
    search_fields = ("name", "username", "customer_id")
    search_help_text = "Name, @username, Instagram id, or words of a message"
    list_per_page = 50
    show_full_result_count = False
    fields = ("needs_person",)

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ConversationList]:
        return ConversationList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        newest = Message.objects.filter(conversation=OuterRef("pk")).order_by("-at", "-pk")
        rows = Conversation.objects.newest_first().select_related("account")
        rows = rows.prefetch_related("labels")
        return rows.annotate(
            last_message=Subquery(newest.values("pk")[:1]), troubled=troubled(timezone.now())
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Conversation], search_term: str
    ) -> tuple[QuerySet[Conversation], bool]:
        """Find customers by what they are called, and by what was said."""
        term = search_term.strip().removeprefix("@")
        if not term:
            return queryset, False
        called, _ = super().get_search_results(request, Conversation.objects.all(), term)
        said = Message.objects.filter(conversation=OuterRef("pk"), text__icontains=term)
        return queryset.filter(Q(pk__in=called.values("pk")) | Exists(said)), False

    @admin.display(description="Customer")
    def customer(self, row: Conversation) -> SafeString:
        below = row.name if row.username else ""
        return format_html(
            '<span class="customer">{}<span class="quiet">{}</span></span>', row, below
        )

    @admin.display(description="Last message")
    def last_message(self, row: Any) -> SafeString | str:
        if row.last is None:
            return "-"
        return format_html(
            '<span class="said"><span class="material-symbols-outlined" title="{}">{}</span> '
            "<span>{}</span></span>",
            row.last.get_origin_display(), kinds.icon(row.last), kinds.excerpt(row.last),
        )  # fmt: skip

    @admin.display(description="Age", ordering=NEWEST)
    def age(self, row: Any) -> SafeString:
        at = row.last.at if row.last else row.created_at
        return format_html(
            '<time class="nowrap" datetime="{}" title="{}">{}</time>',
            at.isoformat(), chips.precisely(at), chips.span(timezone.now() - at),
        )  # fmt: skip

    @admin.display(description="Window")
    def window(self, row: Conversation) -> SafeString:
        return chips.window_chip(row, timezone.now()).html

    @admin.display(description="Who answers")
    def bot(self, row: Conversation) -> SafeString:
        found = [*chips.bot_chips(row, timezone.now()), *chips.label_chips(row)]
        return format_html_join(" ", "{}", ((chip.html,) for chip in found))

    @admin.display(description="Sends")
    def sends(self, row: Any) -> SafeString | str:
        if not row.troubled:
            return ""
        return chips.Chip("failed", "bad", "A message failed or was not confirmed.").html

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,
        obj: Conversation,
        **options: Any,
    ) -> HttpResponse:
        """Show the thread; Django has loaded the conversation and asked for the permission."""
        now = timezone.now()
        context |= {
            "title": str(obj),
            "subtitle": None,
            "thread": thread.read(obj, request.GET.get("before", ""), now),
            "window": chips.window_chip(obj, now),
            "chips": chips.bot_chips(obj, now),
            "labels": obj.labels.all(),
            "known_labels": Label.objects.all(),
            "bot_is_paused": obj.bot_is_paused(now),
            "reply_problem": outbox.why_closed(obj, now, person=True),
            "reply_is_late": not obj.may_answer(now),
            "reply_token": uuid.uuid4().hex,
            "reply_text": request.session.pop(_draft(obj.pk), ""),
            "account_rests": obj.account.paused_until and obj.account.paused_until > now,
        }
        response: HttpResponse = super().render_change_form(
            request, context, *args, obj=obj, **options
        )
        return response

    def save_model(self, request: HttpRequest, obj: Conversation, form: Any, change: bool) -> None:
        """Write the one field: the row's lease and alarm belong to the worker that has it."""
        Conversation.objects.filter(pk=obj.pk).update(needs_person=obj.needs_person)

    def response_change(self, request: HttpRequest, obj: Conversation) -> HttpResponse:
        said = "A person is asked for." if obj.needs_person else "Done: no person is needed."
        messages.success(request, said)
        return HttpResponseRedirect(request.get_full_path())

    def get_urls(self) -> list[URLPattern]:
        resume = self.admin_site.admin_view(require_POST(self.resume_bot))
        automatic = self.admin_site.admin_view(require_POST(self.mark_automatic))
        reply = self.admin_site.admin_view(require_POST(self.reply))
        decide = self.admin_site.admin_view(require_POST(self.decide))
        label = self.admin_site.admin_view(require_POST(self.label))
        name = "conversations_conversation_"
        urls: list[URLPattern] = super().get_urls()
        return [
            path("<int:pk>/resume/", resume, name=f"{name}resume"),
            path("message/<int:pk>/automatic/", automatic, name=f"{name}automatic"),
            path("<int:pk>/reply/", reply, name=f"{name}reply"),
            path("<int:pk>/label/", label, name=f"{name}label"),
            path("message/<int:pk>/<str:what>/", decide, name=f"{name}decide"),
            *urls,
        ]

    def resume_bot(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End the pause. Nothing is woken: what came during the pause stays with the person."""
        conversation = self._to_change(request, pk)
        Conversation.objects.filter(pk=pk).update(bot_paused_until=None, bot_paused_by="")
        self.log_change(request, conversation, "Resumed the bot.")
        messages.success(request, "The bot answers this customer again, from the next message on.")
        return _back_to(pk)

    def reply(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send what a person wrote; where that cannot be, the text stays in the form."""
        conversation = self._to_change(request, pk)
        text, token = request.POST.get("text", ""), request.POST.get("token", "")[:64]
        try:
            if outbox.reply(pk, text, request.user.get_username(), token):
                self.log_change(request, conversation, "Replied.")
                messages.success(request, "Your reply is on its way. The bot is silent here.")
        except outbox.ReplyError as problem:
            request.session[_draft(pk)] = text
            messages.error(request, str(problem))
        return _back_to(pk)

    def label(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put a label on, or take one off."""
        conversation = self._to_change(request, pk)
        if done := labels.change(request, conversation):
            self.log_change(request, conversation, done)
            messages.success(request, done)
        return _back_to(pk)

    def decide(self, request: HttpRequest, pk: int, what: str) -> HttpResponse:
        """Have one message sent again, or stop it."""
        message = Message.objects.filter(pk=pk).exclude(origin=Origin.CUSTOMER).first()
        if message is None or what not in ("again", "stop"):
            raise Http404
        conversation = self._to_change(request, message.conversation_id)
        chosen, by = Message.objects.filter(pk=pk), request.user.get_username()
        if what == "again":
            tell(request, outbox.send_again(chosen, by), "is sent again", "")
        else:
            tell(request, outbox.cancel(chosen, by), "is stopped", "")
        self.log_change(request, conversation, f"Decided about message {pk}: {what}.")
        return _back_to(conversation.pk)

    def mark_automatic(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Staff say that another tool wrote this message: such texts pause the bot no more."""
        message = Message.objects.filter(pk=pk, origin=Origin.APP).first()
        if message is None:
            raise Http404
        conversation = self._to_change(request, message.conversation_id)
        if inbox.mark_automatic(message, request.user.get_username()):
            said = "The bot answers again, and such a text pauses it no more."
        else:
            said = "The bot answers again. A message without text cannot be recognised next time."
        self.log_change(request, conversation, "Marked a message as not written by a person.")
        messages.success(request, said)
        return _back_to(conversation.pk)

    def _to_change(self, request: HttpRequest, pk: int) -> Conversation:
        """Return the conversation if this person may change it."""
        conversation: Conversation | None = self.get_object(request, str(pk))
        if not self.has_change_permission(request, conversation):
            raise PermissionDenied
        if conversation is None:
            raise Http404
        return conversation


def _draft(conversation: int) -> str:
    return f"reply-{conversation}"


def _back_to(conversation: int) -> HttpResponse:
    return HttpResponseRedirect(
        reverse("admin:conversations_conversation_change", args=[conversation])
    )


def waiting_for_person() -> int:
    """Count the conversations that ask for a person, for the sidebar."""
    return Conversation.objects.filter(needs_person=True).count()
