"""What waits, failed or was not confirmed: sent again or stopped, one or many."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from conversations import outbox
from conversations.admin.messages import MessagesAdmin
from conversations.display import chips
from conversations.models import Message, Origin, OutboxMessage, State

OPEN_STATES = (State.UNKNOWN, State.FAILED, State.QUEUED, State.SENDING)


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "is"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002 - Django's signature
        return [(str(state.value), str(state.label)) for state in OPEN_STATES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002 - Django's signature
        return queryset.filter(state=self.value()) if self.value() else queryset


@admin.register(OutboxMessage)
class OutboxAdmin(MessagesAdmin):
    """A list to act upon; what is settled leaves it."""

    list_display = ("customer", "said", "fate", "problem", "age", "window")
    list_filter = (StateFilter,)
    ordering = ("-at", "-pk")
    actions = ("send_again", "cancel")

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutboxMessage]:
        rows: QuerySet[OutboxMessage] = super().get_queryset(request)
        return rows.exclude(origin=Origin.CUSTOMER).filter(state__in=OPEN_STATES)

    @admin.display(description="State", ordering="state")
    def fate(self, row: OutboxMessage) -> SafeString:
        return chips.fate_chip(row).html

    @admin.display(description="Why")
    def problem(self, row: OutboxMessage) -> str:
        return chips.why_unsent(row, timezone.now())

    @admin.action(description="Send again", permissions=["change"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> None:
        count = outbox.resend(queryset, request.user.get_username())
        tell(request, count, "is sent again", "are sent again")

    @admin.action(description="Stop", permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> None:
        count = outbox.cancel(queryset, request.user.get_username())
        tell(request, count, "is stopped", "are stopped")


def tell(request: HttpRequest, count: int, one: str, many: str) -> None:
    """Say what was done, or that there was nothing to do."""
    if not count:
        messages.warning(request, "Nothing to do: it was sent, or is being sent, meanwhile.")
        return
    messages.success(request, f"1 message {one}." if count == 1 else f"{count} messages {many}.")


def failed_sends() -> int:
    """Count the messages that failed or were not confirmed, for the sidebar."""
    return Message.objects.failed_or_unconfirmed().count()
