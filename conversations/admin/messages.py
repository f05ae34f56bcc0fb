"""Lists of messages to decide about."""

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from backoffice import ages
from backoffice.read_only import KeptAdmin
from conversations.display import chips, names
from conversations.models import Message


class MessagesAdmin(KeptAdmin):
    """A list of messages to decide about; what is decided leaves it."""

    list_display_links = None
    list_per_page = 50
    show_full_result_count = False
    list_select_related = ("conversation",)

    @admin.display(description="Customer", ordering="conversation")
    def customer(self, row: Message) -> SafeString:
        link = reverse("admin:conversations_conversation_change", args=[row.conversation_id])
        return format_html(
            '<a class="link" href="{}?at={}#message-{}">{}</a>',
            link,
            row.pk,
            row.pk,
            row.conversation,
        )

    @admin.display(description="Message")
    def said(self, row: Message) -> str:
        return names.excerpt(row)

    @admin.display(description="Age", ordering="at")
    def age(self, row: Message) -> SafeString:
        return ages.ago(row.at, timezone.now())

    @admin.display(description="Window")
    def window(self, row: Message) -> SafeString:
        return chips.window_chip(row.conversation, timezone.now()).html
