"""What the list of conversations can be narrowed to.

Few conversations of many are looked up by their ids: SQLite would go through all, the newest first,
until a page is full.
"""

# ruff: noqa: ARG002 - the signatures are Django's
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from backoffice import people
from conversations import queries
from conversations.account import access
from conversations.composer import colleagues
from conversations.models import Conversation, Label, Message
from conversations.queries import Rows, Source, Tab, Window, handed_over
from shop.current import current_shop
from workqueue import sql

DAY = timedelta(days=1)
LATELY = timedelta(days=30)  # what is counted of a rule

ME, NOBODY = "me", "nobody"  # whom a conversation may belong to, beside a colleague

Choices = list[tuple[str, str]]


class TabFilter(admin.SimpleListFilter):
    """The part of the queue; it also says in which order."""

    title = "part of the queue"
    parameter_name = "tab"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(tab, tab) for tab in Tab]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        tab = Tab(self.value() or Tab.ALL)
        return queries.in_tab(queryset, tab, request.user.pk, timezone.now())


class AccountFilter(admin.SimpleListFilter):
    """Which of our accounts they wrote to; there where there are several."""

    title = "account"
    parameter_name = "account"
    column = "account"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        accounts = access.seen()
        return [(str(one.pk), str(one)) for one in accounts] if len(accounts) > 1 else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        return queryset.filter(**{self.column: sql.row_id(chosen)}) if chosen else queryset


class MessageAccountFilter(AccountFilter):
    """The same in a list of messages."""

    column = "conversation__account"


class LabelFilter(admin.SimpleListFilter):
    title = "label"
    parameter_name = "labels__id__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(str(label.pk), label.name) for label in Label.objects.all()]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        chosen = self.value()
        if not chosen:
            return queryset
        labelled = Conversation.labels.through.objects.filter(label=sql.row_id(chosen))
        return queryset.filter(pk__in=labelled.values("conversation"))


class AssigneeFilter(admin.SimpleListFilter):
    title = "assignee"
    parameter_name = "assignee"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        others = colleagues.answerers().exclude(pk=request.user.pk or 0)
        named = [(str(user.pk), people.call(user)) for user in others]
        return [(ME, "Me"), (NOBODY, "Nobody"), *named]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        chosen = self.value()
        if not chosen:
            return queryset
        if chosen == NOBODY:
            return queryset.filter(assignee=None)
        user = request.user.pk if chosen == ME else sql.row_id(chosen)
        return queryset.filter(assignee=user, assignee__isnull=False)


class FlaggedFilter(admin.SimpleListFilter):
    title = "needs a person"
    parameter_name = "needs_person__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("1", "Yes"), ("0", "No")]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        if self.value() not in ("0", "1"):
            return queryset
        if self.value() == "0":
            return queryset.filter(needs_person=False)
        few = Conversation.objects.filter(needs_person=True)  # by conversation_needs_person
        return queryset.filter(pk__in=few.values("pk"))


class SourceFilter(admin.SimpleListFilter):
    title = "origin"
    parameter_name = "origin"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [
            (Source.DIRECT, "Direct message"),
            (Source.STORY, "Story"),
            (Source.COMMENT, "Comment"),
            (Source.AD, "Ad"),
        ]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        chosen = self.value()
        if chosen is None or chosen not in list(Source):
            return queryset
        return queries.from_source(queryset, Source(chosen))


class DayFilter(admin.SimpleListFilter):
    """A date, as the shop's calendar has it, that staff type instead of choosing."""

    kind = "date"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return []

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: Any) -> Any:
        return iter(())

    def day(self) -> date | None:
        """Return what was typed; nothing where it is no date that a database could compare."""
        try:
            day = date.fromisoformat(self.value() or "")
        except ValueError:
            return None
        return day if date.min + DAY < day < date.max - DAY else None


class SinceFilter(DayFilter):
    title = "last message since"
    parameter_name = "since"

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        day = self.day()
        return (
            queries.moved_between(queryset, current_shop().begins(day), None) if day else queryset
        )


class UntilFilter(DayFilter):
    """The day itself is included."""

    title = "last message until"
    parameter_name = "until"

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        day = self.day()
        end = current_shop().begins(day + DAY) if day else None
        return queries.moved_between(queryset, None, end)


class PausedFilter(admin.SimpleListFilter):
    title = "bot"
    parameter_name = "paused"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("yes", "Paused"), ("no", "Not paused")]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        if self.value() not in ("yes", "no"):
            return queryset
        return queries.paused(queryset, timezone.now(), yes=self.value() == "yes")


class OptedOutFilter(admin.SimpleListFilter):
    title = "opt-out"
    parameter_name = "opted_out"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("yes", "Opted out"), ("no", "Not opted out")]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        if self.value() not in ("yes", "no"):
            return queryset
        if self.value() == "no":
            return queries.opted_out(queryset, yes=False)
        few = queries.opted_out(Conversation.objects.all(), yes=True)
        return queryset.filter(pk__in=few.values("pk"))


class WindowFilter(admin.SimpleListFilter):
    title = "window"
    parameter_name = "window"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [
            (Window.OPEN, "Open"),
            (Window.SOON, "Closes within 2 hours"),
            (Window.CLOSED, "Closed"),
        ]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        window = self.value()
        if window is None or window not in list(Window):
            return queryset
        return queries.in_window(queryset, Window(window), timezone.now())


class SendsFilter(admin.SimpleListFilter):
    title = "delivery"
    parameter_name = "sends"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("failed", "Failed or not confirmed")]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        if self.value() == "failed":
            return queries.not_delivered(queryset, timezone.now())
        return queryset


class HandedOverFilter(admin.SimpleListFilter):
    """Whom a rule answered and who needed a person afterwards: the numbers of a rule lead here."""

    title = "needed a person after a rule"
    parameter_name = "after_rule"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        chosen = request.GET.get(self.parameter_name, "")
        return [(chosen, f"Rule {chosen}")] if sql.row_id(chosen) is not None else []

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        rule = self.value()
        if not rule:
            return queryset
        answers = Message.objects.filter(rule=int(rule), at__gte=timezone.now() - LATELY)
        return queryset.filter(pk__in=handed_over(answers).values("conversation"))


# What no index finds: a list narrowed to it is not read anew once a second.
SLOW = (SEARCH_VAR, SourceFilter.parameter_name, HandedOverFilter.parameter_name)
SLOW_AMONG_ALL = (PausedFilter.parameter_name, "yes")
LARGE = (Tab.BOT_ONLY, Tab.ALL)


def is_live(asked: Mapping[str, str]) -> bool:
    """Tell whether an open page hears at once of what comes into a list; asked: as its address."""
    if any(name in asked for name in SLOW):
        return False
    name, value = SLOW_AMONG_ALL
    return asked.get(TabFilter.parameter_name) not in LARGE or asked.get(name) != value
