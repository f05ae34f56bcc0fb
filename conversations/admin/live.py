"""What an open page of the inbox asks once a second: whether anything has changed that it shows.

The answer is small: the rows of its list with their versions, the counts, the version of the open
conversation, and until when that stays so by the clock alone. Its ETag is made of just that, so
that mostly the answer is 304. The page then fetches what has changed: some rows, or a part of it as
anybody opens it.

Twenty pages that are open ask twenty times a second, so what they share is read at most twice a
second in each process: the counts, and the rows of a list. A version is compared with the one that
stands on the page, so what is read half a second late is late, and never lost.
"""

import hashlib
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.admin import SimpleListFilter, site
from django.contrib.admin.views.main import PAGE_VAR
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_GET

from backoffice import bars
from backoffice.reach import Accounts, asked_by_people, reach, within
from conversations import queries
from conversations.admin import badges
from conversations.admin.filters import ME, TabFilter, is_live
from conversations.admin.queue import MOST_PAGES, choose_tab, draw_rows
from conversations.admin.rows import next_change
from conversations.models import Conversation, Seen
from conversations.queries import Tab
from workqueue import sql
from workqueue.snapshot import Recent

LOGGED_OUT = "You have been logged out."
NOT_ALLOWED = "You may not see conversations."
BELIEVED_SECONDS = 10  # so long it is believed who somebody is, and what they may do
MOST_BELIEVED = 1000
MOST_ROWS = 200  # that a page can ask about by their ids


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who asks, and what they may do with conversations."""

    pk: int | None  # None: nobody who may come here
    view: bool
    change: bool
    accounts: Accounts | None = None  # that they are limited to
    places: badges.Places = frozenset()  # links of their sidebar that have a number


@require_GET
def look(request: HttpRequest, admin: Any) -> HttpResponse:
    """Answer with what the list of this address shows now; 304 where the page knows it already.

    rows: the ids that are shown, of a list that is too slow to be read again; open: the
    conversation beside it. No redirect to the log-in, which a script would follow.
    """
    who = _who(request, admin)
    return _refuse(who) or _answer(request, admin, who)


def look_believed(request: HttpRequest) -> HttpResponse | None:
    """Answer as look() does whoever is still believed; None: it is to be found out who asks.

    Nothing that middleware does is needed for it (instabot.front), and it costs more than this.
    """
    who = _believed.find(_session(request)) if request.method == "GET" else None
    if who is None:
        return None
    with within(who.accounts), asked_by_people():
        return _answer(request, site.get_model_admin(Conversation), who)


def _answer(request: HttpRequest, admin: Any, who: Who) -> HttpResponse:
    shown = _read(request, admin, who, timezone.now())
    body = json.dumps(shown, separators=(",", ":"))
    etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
    known = request.headers.get("If-None-Match") == etag
    response = HttpResponse(b"" if known else body, content_type="application/json")
    response.status_code = 304 if known else 200
    response["ETag"] = etag
    response["Cache-Control"] = "no-store"
    return response


@require_GET
def show_rows(request: HttpRequest, admin: Any) -> HttpResponse:
    """Answer with some rows of a list as they stand in it; ids: which.

    It comes from a page that was just told which of its rows have changed.
    """
    who = _who(request, admin)
    if refused := _refuse(who):
        return refused
    pks = _numbers(request.GET.get("ids", ""))
    request.GET = _without(request, "ids")
    choose_tab(request)
    rows = draw_rows(admin, request, pks, timezone.now(), may_change=who.change)
    return HttpResponse(render_to_string("conversations/queue_some_rows.html", {"rows": rows}))


_believed: Recent[Who] = Recent(BELIEVED_SECONDS, MOST_BELIEVED)


def _who(request: HttpRequest, admin: Any) -> Who:
    """Return who asks, at most some seconds old: to look it up takes longer than all the rest.

    For so long what has changed is still shown to whoever has logged out, or lost the right to
    see it, while the page was open.
    """
    key = _session(request)
    known = _believed.find(key)
    if known is not None:
        return known
    asked = time.monotonic()
    found = _ask_who(request, admin)
    if found.view:  # whoever has just logged in is not told for some seconds that they have not
        _believed.keep(key, found, asked)
    return found


def _session(request: HttpRequest) -> str:
    return request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")


def _ask_who(request: HttpRequest, admin: Any) -> Who:
    user = request.user
    if not (user.is_active and user.is_staff):
        return Who(None, view=False, change=False)
    view, change = admin.has_view_permission(request), admin.has_change_permission(request)
    places = badges.places_of(request)
    return Who(user.pk, view=view, change=change, accounts=reach(), places=places)


def _refuse(who: Who) -> HttpResponse | None:
    if who.pk is None:
        return JsonResponse({"error": LOGGED_OUT}, status=401)
    return None if who.view else JsonResponse({"error": NOT_ALLOWED}, status=403)


@dataclass(frozen=True, slots=True)
class _List:
    """The rows of a page of a list; more: whether another page follows."""

    rows: list[Seen]
    more: bool
    until: datetime | None  # when the clock alone next changes one


_lists: Recent[_List] = Recent()
_counts: Recent[queries.Counted] = Recent()


def _read(request: HttpRequest, admin: Any, who: Who, now: datetime) -> dict[str, Any]:
    """Say what a page that shows this list, and this conversation, is made of."""
    shown, opened = request.GET.get("rows"), sql.row_id(request.GET.get("open", ""))
    request.GET = _without(request, "rows", "open")
    choose_tab(request)
    found = _read_list(request, admin, who, shown, now)
    beside = _beside(opened, found.rows if found else [])
    counted = _counts.get(reach(), lambda: queries.count_tabs_of_all(now))
    times = [found.until if found else None, _until([beside], now) if beside else None]
    return {
        "rows": None if found is None else [(row.pk, row.version) for row in found.rows],
        "more": found.more if found else False,
        "open": beside.version if beside else None,
        "tabs": counted.tabs | {Tab.MINE: counted.own.get(who.pk or 0, 0)},
        "badges": badges.read(who.places, who.pk or 0),
        "newest": counted.newest and counted.newest.isoformat(),
        "bar": bars.state(now),
        "until": _earliest(times),
        "user": who.pk,
        "may_change": who.change,
    }


def _earliest(times: Iterable[datetime | None]) -> str | None:
    first = min((time for time in times if time), default=None)
    return first.isoformat() if first else None


def _without(request: HttpRequest, *names: str) -> Any:
    asked = request.GET.copy()
    for name in names:
        asked.pop(name, None)
    return asked


def _read_list(
    request: HttpRequest, admin: Any, who: Who, shown: str | None, now: datetime
) -> _List | None:
    """Return the list; None: its rows are to be asked for by their ids, and were not."""
    tab = Tab(request.GET[TabFilter.parameter_name])
    chosen = {
        spec: value
        for spec in admin.list_filter
        if spec is not TabFilter and (value := request.GET.get(spec.parameter_name))
    }
    if not is_live(request.GET):
        return None if shown is None else _made_of(_of_ids(shown), MOST_ROWS, now)
    names = {spec.parameter_name: value for spec, value in chosen.items()}
    is_own = tab == Tab.MINE or ME in names.values()
    number = _page(request)
    key = (tab, number, tuple(names.items()), who.pk if is_own else None, reach())

    def load() -> _List:
        rows: Any = queries.in_tab(Conversation.objects.all(), tab, who.pk, now)
        for spec, value in chosen.items():
            # In front of the middleware a request has no user.
            rows = _filter(spec, str(who.pk) if value == ME else value).queryset(request, rows)
        size: int = admin.list_per_page
        start = (number - 1) * size
        return _made_of(rows.values_list(*Seen._fields)[start : start + size + 1], size, now)

    return _lists.get(key, load)


def _made_of(found: Iterable[Sequence[Any]], size: int, now: datetime) -> _List:
    rows = [Seen(*row) for row in found]
    return _List(rows[:size], len(rows) > size, _until(rows[:size], now))


def _of_ids(shown: str) -> list[Any]:
    """Return these, in the order in which they are shown."""
    pks = _numbers(shown)
    rows = Conversation.objects.filter(pk__in=pks).values_list(*Seen._fields)
    by_pk = {row[0]: row for row in rows}
    return [by_pk[pk] for pk in pks if pk in by_pk]


def _numbers(text: str) -> list[int]:
    found = [sql.row_id(one) for one in text.split(",")[:MOST_ROWS]]
    return [pk for pk in found if pk is not None]


def _filter(spec: Any, value: str) -> SimpleListFilter:
    """Return a filter that knows what was chosen, and not what there is to choose: a query."""
    one: SimpleListFilter = spec.__new__(spec)
    one.used_parameters = {spec.parameter_name: value}
    return one


def _page(request: HttpRequest) -> int:
    return min(max(sql.row_id(request.GET.get(PAGE_VAR, "")) or 1, 1), MOST_PAGES)


def _beside(opened: int | None, page: Iterable[Seen]) -> Seen | None:
    """Return the conversation that is open; it is mostly one of the list."""
    if opened is None:
        return None
    there = next((row for row in page if row.pk == opened), None)
    return there or Conversation.objects.see(opened)


def _until(rows: Sequence[Seen], now: datetime) -> datetime | None:
    """Return when the clock alone next changes one of them."""
    return min((time for row in rows if (time := next_change(row, now))), default=None)
