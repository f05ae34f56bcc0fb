"""Who wrote too late for the bot, or while it was off: answered by the rules, or left."""

from collections.abc import Collection
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from backoffice.counts import counted
from conversations.admin import journal
from conversations.admin.filters import MessageAccountFilter
from conversations.admin.messages import MessagesAdmin
from conversations.inbox import late
from conversations.models import LATE, Account, LateQuestion, Message
from workqueue import sql


@admin.register(LateQuestion)
class LateQuestionAdmin(MessagesAdmin):
    """A list to decide upon; what is decided leaves it."""

    list_display = ("customer", "said", "age", "window")
    list_filter = (MessageAccountFilter,)
    ordering = ("at", "pk")
    actions = ("answer", "leave")
    when_empty = "No late messages."
    list_before_template = "admin/conversations/latequestion/before.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[LateQuestion]:
        rows: QuerySet[LateQuestion] = super().get_queryset(request)
        return rows.filter(verdict__in=sql.literals(LATE))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        context = {**(extra_context or {}), "late_customers": late_customers()}
        return super().changelist_view(request, context)

    @admin.action(description="Answer by the rules", permissions=["change"])
    def answer(self, request: HttpRequest, queryset: QuerySet[LateQuestion]) -> None:
        speaks = Account.objects.filter(active=True, bot_off_by="")
        chosen = queryset.count()
        queryset = queryset.filter(conversation__account__in=speaks.values("pk"))
        answerable = queryset.count()
        if not answerable:
            messages.error(
                request,
                "The bot is off, or the account is disconnected: nothing can be answered now.",
            )
            return
        released = journal.decide(
            request, queryset, late.answer_late, "Queued {} to be answered by the rules."
        )
        if released:
            messages.success(request, f"Answering {counted(released, 'message')} by the rules.")
        if chosen > answerable:
            messages.warning(
                request,
                f"{counted(chosen - answerable, 'message')} left out: the bot is off for their"
                " account, or the account is disconnected.",
            )
        if answerable > released:
            messages.warning(
                request,
                f"{counted(answerable - released, 'message')} can't be answered any more: Instagram"
                " allows answers for 24 hours after the customer wrote.",
            )

    @admin.action(description="Don't answer", permissions=["change"])
    def leave(self, request: HttpRequest, queryset: QuerySet[LateQuestion]) -> None:
        leave = partial(late.leave_late, by=request.user.get_username())
        left = journal.decide(request, queryset, leave, "Left {} without an answer.")
        messages.success(request, f"{counted(left, 'message')} left without an answer.")


def late_customers(accounts: Collection[int] | None = None) -> int:
    """Count the customers who wrote too late for the bot, or while it was off.

    accounts: to these; None: to all.
    """
    # Not DISTINCT: SQLite would walk the whole table in the order of conversations.
    late_ones = Message.objects.late().of_accounts(accounts)
    found = late_ones.aggregate(count=Count("conversation", distinct=True))
    return int(found["count"])
