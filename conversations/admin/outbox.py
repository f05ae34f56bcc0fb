"""What waits, failed or was not confirmed: resent or cancelled, one or many."""

from collections.abc import Collection
from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from backoffice.counts import counted
from conversations import outbox
from conversations.admin import journal
from conversations.admin.filters import MessageAccountFilter
from conversations.admin.messages import MessagesAdmin
from conversations.display import chips
from conversations.models import OPEN, Account, Message, OutboxMessage, State

OPEN_STATES = (State.UNKNOWN, State.FAILED, State.QUEUED, State.SENDING)
SHOULD_LEAVE_WITHIN = timedelta(minutes=1)
# What staff had done, after the number of messages.
QUEUED_AGAIN, CANCELLED = "queued to send again", "cancelled"
# The same in the history.
RESENT, STOPPED = "Queued {} to send again.", "Cancelled {}."


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
    list_filter = (StateFilter, MessageAccountFilter)
    ordering = ("-at", "-pk")
    actions = ("send_again", "cancel")
    when_empty = "Nothing queued, failed or unconfirmed."

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutboxMessage]:
        """Read what is open and what went wrong, each by its own index: few rows of many."""
        rows: QuerySet[OutboxMessage] = super().get_queryset(request)
        waiting = Message.objects.filter(OPEN, state__in=[State.QUEUED, State.SENDING])
        wrong = Message.objects.failed_or_unconfirmed()
        there = waiting.order_by().values("pk").union(wrong.order_by().values("pk"))
        return rows.filter(pk__in=there)

    @admin.display(description="State", ordering="state")
    def fate(self, row: OutboxMessage) -> SafeString:
        return chips.fate_chip(row).html

    @admin.display(description="Problem")
    def problem(self, row: OutboxMessage) -> str:
        return chips.why_unsent(row, timezone.now())

    @admin.action(description="Resend", permissions=["change"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> None:
        done = partial(outbox.resend, by=request.user.get_username())
        tell(request, journal.decide(request, queryset, done, RESENT), QUEUED_AGAIN)

    @admin.action(description="Cancel sending", permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> None:
        done = partial(outbox.cancel, by=request.user.get_username())
        tell(request, journal.decide(request, queryset, done, STOPPED), CANCELLED)


def tell(request: HttpRequest, count: int, done: str) -> None:
    """Say what was done, or that there was nothing to do; and where it has to wait."""
    if not count:
        messages.warning(request, "Nothing to do: already sent, or being sent right now.")
        return
    these = counted(count, "message")
    now = timezone.now()
    pauses = [chips.say_pause(one, now) for one in Account.objects.seen().order_by("pk")]
    paused = next(filter(None, pauses), "") if done == QUEUED_AGAIN else ""
    if paused:
        messages.warning(request, f"{these} {done} as soon as sending goes on. {paused}")
    else:
        messages.success(request, f"{these} {done}.")


def stuck_sends(accounts: Collection[int] | None = None) -> int:
    """Count the messages that have been waiting to be sent for longer than they should.

    accounts: of these; None: of all.
    """
    since = timezone.now() - SHOULD_LEAVE_WITHIN
    waiting = Message.objects.filter(OPEN, created_at__lt=since).of_accounts(accounts)
    return waiting.filter(state__in=[State.QUEUED, State.SENDING]).count()


def failed_sends() -> int:
    """Count the messages that failed or were not confirmed, for the sidebar."""
    return Message.objects.failed_or_unconfirmed().count()
