"""The page on which one customer is erased, and the receipts of those who were."""

# ruff: noqa: ARG002 - the signatures are Django's
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe

from backoffice import parts
from backoffice.ages import stamped
from backoffice.read_only import ReadOnlyAdmin
from conversations.admin import receipt
from conversations.admin.queue import LIST_PAGE
from conversations.models import NONE_LEFT, Conversation, CustomerErasure
from conversations.removal import request as removal
from conversations.removal import work

RIGHTS = ("conversations.view_conversation", "conversations.erase_conversation")
RECEIPT = "admin:conversations_customererasure_change"
NOT_TYPED = "That is neither the ID nor the username of this customer. Nothing was erased."
GOES_ON = (
    "The conversation is gone. A worker goes on with the rest, usually within a minute; this"
    " receipt says when it is done."
)


def show(request: HttpRequest, conversation: Conversation, context: dict[str, Any]) -> HttpResponse:
    """Say what goes; erase, once it was typed who it is."""
    if not request.user.has_perms(RIGHTS):
        raise PermissionDenied
    if request.method == "POST":
        if _is_called(conversation, request.POST.get("who", "")):
            return _erase(request, conversation)
        messages.error(request, NOT_TYPED)
    context |= {
        "title": f"Erase {conversation}",
        "original": conversation,
        "keeps_erasures": bool(settings.ERASURES_FILE),
    }
    return TemplateResponse(request, "conversations/removal.html", context)


def _is_called(conversation: Conversation, typed: str) -> bool:
    said = typed.strip().removeprefix("@")
    is_username = bool(said) and said.lower() == conversation.username.lower()
    return said == conversation.customer_id or is_username


def _erase(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    erasure = removal.begin(conversation.pk, request.user.get_username())
    if erasure is None:
        messages.info(request, "Somebody has just erased this customer.")
        return HttpResponseRedirect(reverse(LIST_PAGE))
    if work.go_on(erasure.pk):
        messages.success(request, "Erased. This is the receipt.")
    else:
        messages.success(request, GOES_ON)
    if request.user.has_perm("conversations.view_customererasure"):
        return HttpResponseRedirect(reverse(RECEIPT, args=[erasure.pk]))
    return HttpResponseRedirect(reverse(LIST_PAGE))


@admin.register(CustomerErasure)
class CustomerErasureAdmin(ReadOnlyAdmin):
    """Receipts: who was erased is not said, since nobody knows it any more."""

    list_display = ("__str__", "number", "account", "by", "wanted_at", "state")
    list_select_related = ("account",)
    ordering = ("-pk",)
    list_per_page = 50
    when_empty = "Nobody was erased yet. “Erase customer…” stands beside a conversation."

    def get_queryset(self, request: HttpRequest) -> QuerySet[CustomerErasure]:
        rows: QuerySet[CustomerErasure] = CustomerErasure.objects.all()
        return rows

    @method_decorator(parts.own_page)
    @method_decorator(require_safe)
    def change_view(self, request: HttpRequest, object_id: str, **options: Any) -> HttpResponse:
        found: CustomerErasure | None = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, found):
            raise PermissionDenied
        if found is None:
            raise Http404
        context = {**self.admin_site.each_context(request), **parts.context(request)}
        return receipt.show(request, found, context)

    @admin.display(description="Conversation", ordering="conversation")
    def number(self, row: CustomerErasure) -> str:
        return str(row.conversation) if row.conversation != NONE_LEFT else "Gone before that"

    @admin.display(description="Done")
    def state(self, row: CustomerErasure) -> str:
        return stamped(row.done_at) if row.done_at else "Not yet: a worker goes on with it"
