"""Who the shop is on Instagram, and whose texts are no person's."""

# ruff: noqa: ARG002, FBT001 - the signatures are Django's
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString

from audit.changes import RecordedAdmin
from backoffice import people
from backoffice.ages import stamped
from backoffice.reach import is_seen, reach
from backoffice.read_only import ReadOnlyAdmin
from conversations.account import identity
from conversations.admin import hold, switch
from conversations.admin.connection import ConnectionPages, may_connect, show_connection
from conversations.admin.filters import AccountFilter
from conversations.display import chips
from conversations.models import Account, AutomaticText

ALL_ACCOUNTS = "All accounts"


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    """Who the shop is on Instagram, and whether sending is paused."""

    list_display = ("__str__", "instagram_id", "sending", "bot", "login")
    ordering = ("pk",)
    when_empty = "Not connected yet."

    class Media:
        css = {"all": ["conversations/switch.css", "conversations/connection-card.css"]}

    change_form_before_template = "admin/conversations/account/before.html"
    fields = (
        "instagram_id",
        "node_id",
        "username",
        "paused_until",
        "pause",
        "pause_reason",
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.show_switch)
        held = self.admin_site.admin_view(self.show_hold)
        urls: list[URLPattern] = super().get_urls()
        own = ConnectionPages(self.admin_site).urls()
        return [
            path("bot/", view, name="conversations_account_switch"),
            path("hold/", held, name="conversations_account_hold"),
            *own,
            *urls,
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Say above the account how it is connected."""
        account = self.get_object(request, object_id)
        extra = {"connection": show_connection(request, account)} if account else {}
        shown: HttpResponse = super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **extra}
        )
        return shown

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        rows: QuerySet[Account] = super().get_queryset(request)
        return rows.filter(is_seen("pk"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_connect(request)

    def show_switch(self, request: HttpRequest) -> HttpResponse:
        return switch.show(request, self.admin_site.each_context(request))

    def show_hold(self, request: HttpRequest) -> HttpResponse:
        return hold.show(request, self.admin_site.each_context(request))

    @admin.display(description="Sending")
    def sending(self, row: Account) -> SafeString:
        return chips.account_chip(row, timezone.now()).html

    @admin.display(description="Bot")
    def bot(self, row: Account) -> SafeString:
        return chips.bot_chip(row).html if row.active else SafeString("")


@admin.register(AutomaticText)
class AutomaticTextAdmin(RecordedAdmin):
    """Texts of Instagram's instant replies, of ads and other tools: they pause nobody."""

    list_display = ("__str__", "whose", "by", "marked")
    list_filter = (AccountFilter,)
    list_select_related = ("account",)
    when_empty = "No automatic texts yet."

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may: bool = super().has_change_permission(request, obj)
        return may and _is_own(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may: bool = super().has_delete_permission(request, obj)
        return may and _is_own(obj)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        several = identity.accounts().are_several
        return ["text", "account"] if several else ["text"]

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        several = identity.accounts().are_several
        return tuple(name for name in self.list_display if several or name != "whose")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Offer the accounts alone: what one does with them has pages of its own."""
        field = super().formfield_for_dbfield(db_field, request, **options)
        if db_field.name == "account":
            field.empty_label, field.help_text = ALL_ACCOUNTS, ""
            field.queryset = Account.objects.seen().order_by("pk")
            if reach() is not None:  # who is limited says nothing for all
                field.required, field.empty_label = True, None
            field.widget = field.widget.widget  # without the links around it
        return field

    def describe(self, row: AutomaticText) -> str:
        return f"the automatic text {row.pk}"

    @admin.display(description="For", ordering="account")
    def whose(self, row: AutomaticText) -> str:
        return str(row.account or ALL_ACCOUNTS)

    @admin.display(description="Marked by", ordering="marked_by")
    def by(self, row: AutomaticText) -> str:
        return people.called(row.marked_by)

    @admin.display(description="Marked", ordering="marked_at")
    def marked(self, row: AutomaticText) -> SafeString:
        return stamped(row.marked_at)

    def save_model(self, request: HttpRequest, obj: AutomaticText, form: Any, change: bool) -> None:
        obj.marked_by = request.user.get_username()
        super().save_model(request, obj, form, change)


def _is_own(row: AutomaticText | None) -> bool:
    """Tell whether a text is not for all, where somebody is limited to accounts."""
    return reach() is None or row is None or row.account_id is not None
