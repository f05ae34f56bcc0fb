"""The list of conversations as a queue: its parts, what it is narrowed to, and a page of rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.views.main import ERROR_FLAG, ORDER_VAR, PAGE_VAR, SEARCH_VAR
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.views import ChangeList

from conversations import queries, search
from conversations.account import access
from conversations.admin import rows
from conversations.admin.filters import (
    ME,
    NOBODY,
    AssigneeFilter,
    LabelFilter,
    TabFilter,
    is_live,
)
from conversations.display import hit, queue
from conversations.models import Conversation, Message
from conversations.queries import Tab

LIST_PAGE = "admin:conversations_conversation_changelist"
CHANGE_PAGE = "admin:conversations_conversation_change"
KEPT = "_changelist_filters"  # Django's name for what a list was narrowed to
MOST_PAGES = 10_000  # a higher number would be no number to the database
TAB, LABEL = TabFilter.parameter_name, LabelFilter.parameter_name
TITLES = {
    Tab.WAITING: "Waiting",
    Tab.MINE: "Mine",
    Tab.UNASSIGNED: "Unassigned",
    Tab.CLOSING: "Closing soon",
    Tab.NOT_DELIVERED: "Not delivered",
    Tab.PUT_OFF: "Put off",
    Tab.BOT_ONLY: "Bot only",
    Tab.ALL: "All",
}
# What a tab says when it has no rows, and in which order its rows are.
EMPTY = {
    Tab.WAITING: "No one is waiting.",
    Tab.MINE: "You have no open conversations. Done ones come back when the customer writes.",
    Tab.UNASSIGNED: "Every customer who is waiting has been assigned.",
    Tab.CLOSING: "No window closes within the next two hours.",
    Tab.NOT_DELIVERED: "All messages of the last 7 days were delivered.",
    Tab.PUT_OFF: "Nothing is put off.",
    Tab.BOT_ONLY: "No conversations that the bot handles alone.",
}
ORDERS = {
    Tab.WAITING: "Longest wait first",
    Tab.MINE: "Longest wait first, what is put off last",
    Tab.UNASSIGNED: "Longest wait first",
    Tab.CLOSING: "First to close first",
    Tab.PUT_OFF: "First to come back first",
}
NEWEST_FIRST = "Newest first"
NEWEST_HITS_FIRST = "Customers, then newest messages"
URGENT = (Tab.CLOSING, Tab.NOT_DELIVERED)


@dataclass(frozen=True, slots=True)
class Part:
    """A tab above the list; count: None where counting would read the whole table."""

    name: str
    title: str
    link: str
    count: int | None
    is_here: bool
    may_be_urgent: bool

    @property
    def is_urgent(self) -> bool:
        return self.may_be_urgent and bool(self.count)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """One field beside the list, and what is chosen in it."""

    title: str
    name: str
    value: str
    choices: list[tuple[str, str]]
    off: str  # the list without it

    @property
    def is_date(self) -> bool:
        return not self.choices

    @property
    def chosen(self) -> str:
        return dict(self.choices).get(self.value, self.value)


class Queue(ChangeList):  # type: ignore[misc]  # unfold carries no types
    """A page of the queue; it counts no rows, it only looks whether there is one more."""

    result_list: list[int]  # ids
    page_num: int
    opened: int | None = None  # the conversation beside it

    def get_results(self, request: HttpRequest) -> None:
        now = timezone.now()
        self.page_num = min(max(self.page_num, 1), MOST_PAGES)
        start = (self.page_num - 1) * self.list_per_page
        pks = self._look_for(start, start + self.list_per_page + 1)
        self.has_more = len(pks) > self.list_per_page
        self.result_list = pks[: self.list_per_page]
        # Of this page: the rest is not known.
        self.result_count = self.full_result_count = len(self.result_list)
        self.show_full_result_count = self.show_admin_actions = self.can_show_all = False
        self.multi_page, self.paginator = self.has_more or start > 0, None
        self.tab = Tab(self.params.get(TAB, Tab.ALL))
        self.is_live = is_live(request.GET)
        self.order = NEWEST_HITS_FIRST if self.query else ORDERS.get(self.tab, NEWEST_FIRST)
        self.user = request.user.pk
        self.now = now
        self.address = reverse(LIST_PAGE)
        self.kept = request.GET.urlencode()
        self.may_change = self.model_admin.has_change_permission(request)

    @cached_property
    def words(self) -> search.Words:
        return search.Words(self.query)

    def _look_for(self, start: int, end: int) -> list[int]:
        """Return the ids of the rows from the one to the other, in their order."""
        if not self.query:
            return list(self.queryset.values_list("pk", flat=True)[start:end])
        return search.find(self.words, min(end, search.MOST_FOUND), self.queryset)[start:]

    @property
    def is_cut(self) -> bool:
        """Tell whether there are more hits than a search gives."""
        return bool(self.query) and (
            (self.page_num - 1) * self.list_per_page + len(self.result_list) >= search.MOST_FOUND
        )

    def next_waiting(self, but: int) -> int | None:
        """Return who waits here and comes first, but for one; None also of a search.

        What colleagues have is theirs, unless the list was narrowed to somebody's.
        """
        if self.query:
            return None
        rows = queries.waiting(self.queryset, self.now).exclude(pk=but)
        if AssigneeFilter.parameter_name not in self.params:
            rows = queries.for_person(rows, self.user)
        order = "last_inbound_at" if self.tab == Tab.CLOSING else "waiting_since"
        pk: int | None = rows.order_by(order, "pk").values_list("pk", flat=True).first()
        return pk

    @cached_property
    def rows(self) -> list[SafeString]:
        look = rows.Look(self.kept, self.may_change, sees_several(), self.opened)
        read = partial(_read, self.root_queryset, self.kept, self.words, self.now)
        return rows.draw(self.result_list, look, read, self.now, keep=not self.words)

    @cached_property
    def parts(self) -> list[Part]:
        counts = queries.count_tabs(self.user, self.now)
        return [self._part(tab, counts) for tab in Tab]

    @cached_property
    def narrowings(self) -> list[Narrowing]:
        return list(self._narrowings())

    @property
    def active(self) -> list[Narrowing]:
        return [one for one in self.narrowings if one.value]

    @property
    def reset(self) -> str:
        """The tab without filters."""
        return f"{self.address}?{TAB}={self.tab}"

    @property
    def colleagues(self) -> list[tuple[str, str]]:
        people = self._choices(AssigneeFilter.parameter_name)
        return [one for one in people if one[0] not in (ME, NOBODY)]

    @property
    def known_labels(self) -> list[str]:
        return [name for _, name in self._choices(LABEL)]

    def _choices(self, name: str) -> list[tuple[str, str]]:
        return next((one.choices for one in self.narrowings if one.name == name), [])

    def _part(self, tab: Tab, counts: dict[Tab, int]) -> Part:
        link = self._to({TAB: tab.value}, [ORDER_VAR])
        return Part(tab, TITLES[tab], link, counts.get(tab), tab == self.tab, tab in URGENT)

    def _narrowings(self) -> Iterator[Narrowing]:
        for spec in self.filter_specs:
            if spec.parameter_name != TAB:
                off = self._to({}, [spec.parameter_name])
                value, choices = spec.value() or "", [(str(v), t) for v, t in spec.lookup_choices]
                title = spec.title.capitalize()
                yield Narrowing(title, spec.parameter_name, value, choices, off)

    @property
    def empty(self) -> str:
        """What to say instead of rows."""
        if self.query and not self.words:
            return "Type a word or a number: punctuation alone finds nothing."
        if self.query or self.active:
            return "Nothing matches your search or filters."
        if self.tab not in EMPTY or not Conversation.objects.exists():
            return str(self.model_admin.when_empty)
        return EMPTY[self.tab]

    @property
    def newer(self) -> str:
        """The page before this one, if there is one."""
        return self._page(self.page_num - 1) if self.page_num > 1 else ""

    @property
    def older(self) -> str:
        return self._page(self.page_num + 1) if self.has_more else ""

    def _page(self, number: int) -> str:
        return self._to({PAGE_VAR: number})

    def _to(self, changed: dict[str, Any], removed: list[str] | None = None) -> str:
        """Return the address of this list, with something else asked for."""
        return f"{self.address}{self.get_query_string(changed, removed)}"


def draw_rows(
    admin: Any, request: HttpRequest, pks: Sequence[int], now: datetime, *, may_change: bool
) -> list[SafeString]:
    """Draw some rows of the list of this address, wherever in it they stand."""
    kept, words = request.GET.urlencode(), search.Words(request.GET.get(SEARCH_VAR, ""))

    def read(some: Sequence[int]) -> list[queue.Row]:
        return _read(admin.get_queryset(request), kept, words, now, some)

    return rows.draw(pks, rows.Look(kept, may_change, sees_several()), read, now, keep=not words)


def _read(
    talks: QuerySet[Conversation],
    kept: str,
    words: search.Words,
    now: datetime,
    pks: Sequence[int],
) -> list[queue.Row]:
    """Read what is said of these, in their order; kept: the address of the list."""
    by_pk = talks.order_by().in_bulk(pks)
    listed = [by_pk[pk] for pk in pks if pk in by_pk]
    page = queries.fetch_last(listed, Message.objects.all())
    found = hit.read(words, search.read_hits(words, pks))
    newest = queries.newest_open(row.pk for row in page)
    several = sees_several()
    return [
        queue.read(
            row,
            _link(row, kept, found.get(row.pk)),
            now,
            newest.get(row.pk, 0),
            found.get(row.pk),
            says_account=several,
        )
        for row in page
    ]


def sees_several() -> bool:
    """Tell whether a row says which account it is of."""
    return len(access.seen()) > 1


def _link(row: Conversation, kept: str, found: hit.Found | None) -> str:
    """Return where a row leads: where it says what was found, to that very place."""
    place = found.place if found else {}
    there = f"{reverse(CHANGE_PAGE, args=[row.pk])}?{urlencode({**place, KEPT: kept})}"
    return f"{there}#{found.anchor}" if found and found.anchor else there


def choose_tab(request: HttpRequest) -> None:
    """Open what is asked for: who waits; but look for a name, or by a filter, among all."""
    asked: Any = request.GET.copy()
    for name in [name for name, value in asked.items() if not value]:
        del asked[name]  # a field of the filters that was left empty
    if asked.get(TAB) not in list(Tab):
        around = {TAB, PAGE_VAR, ORDER_VAR, ERROR_FLAG}
        asked[TAB] = Tab.ALL.value if set(asked) - around else Tab.WAITING.value
    request.GET = asked
