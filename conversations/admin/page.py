"""The inbox as one page: which list stands beside a thread, and the way back to where one was."""

import copy
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import Resolver404, resolve, reverse

from conversations import queries
from conversations.admin.queue import KEPT, LIST_PAGE, Queue, choose_tab
from conversations.display import chips
from conversations.models import Conversation, Label, Origin

TEMPLATE = "conversations/inbox.html"
LIST_SIDE = ("tabs", "filters", "list")
TALK = ("head", "thread", "composer")
PAGES = ("conversations_conversation_changelist", "conversations_conversation_change")


def list_request(request: HttpRequest) -> HttpRequest:
    """Return the request of the list that stands beside a thread: as its address says."""
    beside = copy.copy(request)
    given: Any = QueryDict(request.GET.get(KEPT, ""))
    beside.GET = given
    choose_tab(beside)
    return beside


def read_list(admin: Any, beside: HttpRequest, opened: int) -> Queue:
    """Read the list beside a thread; who waits, where it was narrowed to nonsense."""
    try:
        found: Queue = admin.get_changelist_instance(beside)
    except (IncorrectLookupParameters, DisallowedModelAdminLookup):
        nothing: Any = QueryDict("")
        beside.GET = nothing
        choose_tab(beside)
        found = admin.get_changelist_instance(beside)
    found.opened = opened
    return found


def read_head(conversation: Any, now: datetime) -> dict[str, Any]:
    """Return what is said of a conversation above its thread."""
    return {
        "window": chips.window_chip(conversation, now),
        "chips": [
            *filter(None, [chips.waits_chip(conversation, now)]),
            *chips.bot_chips(conversation, now, conversation.last_left, pause=False),
        ],
        "account_pause": chips.say_pause(conversation.account, now),
    }


def read_customer(conversation: Conversation) -> dict[str, Any]:
    """Return what stands beside a thread: labels, and how many messages came and went."""
    counted = queries.count_messages(conversation)
    most = counted.total() == queries.MOST_COUNTED
    by_team = counted[Origin.STAFF] + counted[Origin.APP]
    return {
        "labels": conversation.labels.all(),
        "known_labels": Label.objects.all(),
        "numbers_of": f"Last {queries.MOST_COUNTED} messages" if most else "Messages",
        "numbers": [
            ("Customer", counted[Origin.CUSTOMER]),
            ("Bot", counted[Origin.BOT]),
            ("Team", by_team),
        ],
    }


def list_link(beside: HttpRequest) -> str:
    return f"{reverse(LIST_PAGE)}?{beside.GET.urlencode()}"


def came_from(request: HttpRequest) -> str:
    """Return the address of the page that a form was sent from, if it is one of the inbox."""
    referer = urlsplit(request.headers.get("Referer", ""))
    if referer.netloc != request.get_host():
        return ""
    try:
        name = resolve(referer.path).url_name
    except Resolver404:
        return ""
    if name not in PAGES:
        return ""
    kept: Any = QueryDict(referer.query, mutable=True)
    for place in ("at", "before", "after", "note"):
        kept.pop(place, None)  # what was done is to be seen at the end of the thread
    return f"{referer.path}?{kept.urlencode()}" if kept else referer.path


def with_its_list(act: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Lead back from an act to the thread it was done in, with the same list beside it."""

    @wraps(act)
    def done(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = act(request, *args, **kwargs)
        came = came_from(request)
        if isinstance(response, HttpResponseRedirect) and came.partition("?")[0] == response.url:
            return HttpResponseRedirect(came)
        return response

    return done
