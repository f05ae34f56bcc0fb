"""Lists whose rows the work itself writes."""

# ruff: noqa: ARG002 - the signatures are Django's
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from conversations import chips, kinds
from conversations.models import Message


class KeptAdmin(ModelAdmin):  # type: ignore[misc]  # unfold carries no types
    """Nobody adds or deletes: these rows are written by the work itself."""

    class Media:
        css = {"all": ["conversations/thread.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(KeptAdmin):
    """And nobody changes them."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MessagesAdmin(KeptAdmin):
    """A list of messages to decide about; what is decided leaves it."""

    list_display_links = None
    list_per_page = 100
    show_full_result_count = False
    list_select_related = ("conversation",)

    @admin.display(description="Customer", ordering="conversation")
    def customer(self, row: Message) -> SafeString:
        link = reverse("admin:conversations_conversation_change", args=[row.conversation_id])
        return format_html(
            '<a class="link" href="{}#message-{}">{}</a>', link, row.pk, row.conversation
        )

    @admin.display(description="Message")
    def said(self, row: Message) -> str:
        return kinds.excerpt(row)

    @admin.display(description="Age", ordering="at")
    def age(self, row: Message) -> SafeString:
        return chips.ago(row.at, timezone.now())

    @admin.display(description="Window")
    def window(self, row: Message) -> SafeString:
        return chips.window_chip(row.conversation, timezone.now()).html
