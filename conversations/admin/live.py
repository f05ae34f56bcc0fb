"""What an open page of the inbox asks once a second: whether anything has changed that it shows.

The answer is small: the rows of its list with their versions, the counts, the version of the open
conversation, and until when that stays so by the clock alone. Its ETag is made of just that, so
that mostly the answer is 304. The page then fetches what has changed, as anybody opens it.
"""

import hashlib
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.views.main import PAGE_VAR, SEARCH_VAR
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from conversations import queries
from conversations.admin import bars
from conversations.admin.filters import HandedOverFilter, SourceFilter, TabFilter
from conversations.admin.queue import MOST_PAGES, choose_tab
from conversations.models import Conversation
from conversations.queries import CLOSES_SOON, Tab
from instagram.limits import WINDOW, WINDOW_MARGIN
from workqueue import sql

LOGGED_OUT = "You have been logged out."
NOT_ALLOWED = "You may not see conversations."
RIGHTS_SECONDS = 10
MOST_ROWS = 200  # that a page can ask about by their ids
# Nobody looks through all messages, or all conversations, once a second.
SLOW = (SEARCH_VAR, SourceFilter.parameter_name, HandedOverFilter.parameter_name)
LARGE = (Tab.BOT_ONLY, Tab.ALL)

Row = tuple[int, int, datetime | None, datetime | None, datetime | None]
COLUMNS = ("pk", "version", "last_inbound_at", "put_off_until", "bot_paused_until")


@require_GET
def look(request: HttpRequest, admin: Any) -> HttpResponse:
    """Answer with what the list of this address shows now; 304 where the page knows it already.

    rows: the ids that are shown, of a list that is too slow to be read again; open: the
    conversation beside it. No redirect to the log-in, which a script would follow.
    """
    if not (request.user.is_active and request.user.is_staff):
        return JsonResponse({"error": LOGGED_OUT}, status=401)
    may = _rights(request, admin)
    if not may.view:
        return JsonResponse({"error": NOT_ALLOWED}, status=403)
    shown = read(request, admin, timezone.now()) | {"may_change": may.change}
    body = json.dumps(shown, separators=(",", ":"))
    etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
    known = request.headers.get("If-None-Match") == etag
    response = HttpResponse(b"" if known else body, content_type="application/json")
    response.status_code = 304 if known else 200
    response["ETag"] = etag
    return response


def read(request: HttpRequest, admin: Any, now: datetime) -> dict[str, Any]:
    """Say what a page that shows this list, and this conversation, is made of."""
    shown, opened = request.GET.get("rows"), sql.row_id(request.GET.get("open", ""))
    request.GET = _without(request, "rows", "open")
    choose_tab(request)
    size: int = admin.list_per_page
    rows = _rows(request, admin, shown, now)
    page = list(rows[: size + 1]) if rows is not None else []
    beside = _beside(opened, page)
    counts = queries.count_tabs(request.user.pk, now)
    return {
        "rows": None if rows is None else [row[:2] for row in page[:size]],
        "more": len(page) > size,
        "open": beside[1] if beside else None,
        "tabs": counts,
        "bar": bars.state(now),
        "until": _until([*page[:size], *([beside] if beside else [])], now),
    }


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody may do with conversations, and until when that is believed."""

    view: bool
    change: bool
    until: float


_known_rights: dict[tuple[int, bool], Rights] = {}


def _rights(request: HttpRequest, admin: Any) -> Rights:
    """Return what this person may do, at most ten seconds old: asking is half of a poll's work.

    Whoever has lost the right sees numbers for so long, and no words.
    """
    user, now = request.user, time.monotonic()
    who = (user.pk or 0, user.is_superuser)
    known = _known_rights.get(who)
    if known is None or known.until < now:
        view, change = admin.has_view_permission(request), admin.has_change_permission(request)
        known = _known_rights[who] = Rights(view, change, now + RIGHTS_SECONDS)
    return known


def _without(request: HttpRequest, *names: str) -> Any:
    asked = request.GET.copy()
    for name in names:
        asked.pop(name, None)
    return asked


def _rows(request: HttpRequest, admin: Any, shown: str | None, now: datetime) -> Any:
    """Return the rows of the page; None: they are to be asked for by their ids, and were not."""
    tab = Tab(request.GET[TabFilter.parameter_name])
    chosen = {
        spec: value
        for spec in admin.list_filter
        if spec is not TabFilter and (value := request.GET.get(spec.parameter_name))
    }
    is_slow = any(name in request.GET for name in SLOW) or (tab in LARGE and chosen)
    if is_slow:
        return None if shown is None else _of_ids(shown)
    rows: Any = queries.in_tab(Conversation.objects.all(), tab, request.user.pk, now)
    for spec, value in chosen.items():
        rows = _filter(spec, value).queryset(request, rows)
    start = (_page(request) - 1) * admin.list_per_page
    return rows.values_list(*COLUMNS)[start : start + MOST_ROWS]


def _of_ids(shown: str) -> list[Row]:
    """Return these, in the order in which they are shown."""
    found = [sql.row_id(text) for text in shown.split(",")[:MOST_ROWS]]
    pks = [pk for pk in found if pk is not None]
    rows = Conversation.objects.filter(pk__in=pks).values_list(*COLUMNS)
    by_pk = {row[0]: row for row in rows}
    return [by_pk[pk] for pk in pks if pk in by_pk]


def _filter(spec: Any, value: str) -> SimpleListFilter:
    """Return a filter that knows what was chosen, and not what there is to choose: a query."""
    one: SimpleListFilter = spec.__new__(spec)
    one.used_parameters = {spec.parameter_name: value}
    return one


def _page(request: HttpRequest) -> int:
    return min(max(sql.row_id(request.GET.get(PAGE_VAR, "")) or 1, 1), MOST_PAGES)


def _beside(opened: int | None, page: Iterable[Row]) -> Row | None:
    """Return the conversation that is open; it is mostly one of the list."""
    if opened is None:
        return None
    there = next((row for row in page if row[0] == opened), None)
    return there or Conversation.objects.filter(pk=opened).values_list(*COLUMNS).first()


def _until(rows: Sequence[Row], now: datetime) -> str | None:
    """Return when the clock alone next changes one: a window closes, what is put off comes back."""
    times = [time for row in rows for time in _times(row) if time and time > now]
    return min(times).isoformat() if times else None


def _times(row: Row) -> Iterable[datetime | None]:
    _, _, last_inbound_at, put_off_until, paused_until = row
    closes = last_inbound_at + WINDOW - WINDOW_MARGIN if last_inbound_at else None
    return (closes, closes and closes - CLOSES_SOON, put_off_until, paused_until)
