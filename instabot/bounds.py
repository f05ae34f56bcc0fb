"""Pages that may take long leave threads to the others, above all to Meta's webhooks.

gunicorn keeps no threads back for a path, and whoever waits for a turn holds a thread meanwhile. So
a process serves few of these pages at a time, and says at once that it is busy to whoever comes
then. Each has a time, too, after which its statements are ended and it says how to ask for less.
"""

import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.http.request import UnreadablePostError
from django.shortcuts import render
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from api import problems
from api.problems import TooLargeError
from backoffice import parts
from workqueue import deadline

log = structlog.get_logger("bounds")

SHARE = 2  # of so many threads of a process one may serve a page that takes long
RETRY_SECONDS = 2
BUSY = (
    "Others are searching, counting or importing just now. Try again in a moment: nothing is lost."
)
TOO_LONG = "This took too long and was ended. {}"
RELOAD = "Reload this page to send the same once more."


@dataclass(frozen=True, slots=True)
class Kind:
    """What may take long; setting: the name of its time in seconds; less: how to ask for less."""

    setting: str
    less: str


SEARCH = Kind("SEARCH_SECONDS", "Search for more of a word or a name, or filter the list first.")
COUNT = Kind("COUNT_SECONDS", "Choose a shorter time, or one account.")
CHECK = Kind("COUNT_SECONDS", "Use fewer words and simpler patterns.")
EXPORT = Kind("IMPORT_SECONDS", "Export fewer at a time, or use the command.")
IMPORT = Kind("IMPORT_SECONDS", "Nothing was imported. Split the file.")

# By the name of the page. Of those in POSTED, only what is sent takes long, not their form.
PAGES = {
    "palette": SEARCH,
    "search": SEARCH,
    "conversations_dayfigures_changelist": COUNT,
    "conversations_dayfigures_file": COUNT,
    "rules_dismissedgroup_changelist": COUNT,
    "rules_responserule_follow_up": COUNT,
}
POSTED = {
    **dict.fromkeys((f"rules_responserule_{what}_add" for what in ("before", "try")), CHECK),
    **dict.fromkeys((f"rules_responserule_{what}_change" for what in ("before", "try")), CHECK),
    "rules_responserule_try_it": CHECK,
    "rules_responserule_import_columns": IMPORT,
    "rules_responserule_changelist": EXPORT,  # its actions export
    "rule-try-it": CHECK,
}
# By how the name ends, on each list that has such a page.
ENDINGS = {"_export": EXPORT}
POSTED_ENDINGS = {"_import": IMPORT, "_process_import": IMPORT}
ROUTES = {"api/v1/reports": COUNT, "api/v1/statistics": COUNT}
# Lists are quick unless they look through all that was written.
SEARCHES = {"conversation-list": ("search", "customer")}


def kind_of(request: HttpRequest) -> Kind | None:
    """Return which of these a request is; None: it is answered soon."""
    match = request.resolver_match
    if match is None:
        return None
    name = match.url_name or ""
    if found := PAGES.get(name) or _by_ending(name, ENDINGS):
        return found
    if request.method == "POST" and (found := POSTED.get(name) or _by_ending(name, POSTED_ENDINGS)):
        return found
    for route, kind in ROUTES.items():
        if match.route.startswith(route):
            return kind
    asked = SEARCHES.get(name, (SEARCH_VAR,) if name.endswith("_changelist") else ())
    return SEARCH if any(request.GET.get(one, "").strip() for one in asked) else None


def _by_ending(name: str, endings: dict[str, Kind]) -> Kind | None:
    return next((kind for end, kind in endings.items() if name.endswith(end)), None)


class Places:
    """So many at a time in this process; who finds none free goes away."""

    def __init__(self, threads: int) -> None:
        self.most = max(1, threads // SHARE)
        self._free = threading.BoundedSemaphore(self.most)

    def take(self) -> bool:
        return self._free.acquire(blocking=False)

    def give_back(self) -> None:
        self._free.release()


_places = Places(threads=4)


def share(threads: int) -> None:
    """Say how many threads this process has; nobody may have a place yet."""
    global _places  # noqa: PLW0603 - one a process
    _places = Places(threads)


class Bounds:
    """Behind log-in and CSRF: a slow sender has been read by then.

    Strangers take no places: the log-in sends them away, or the API's view does.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponseBase:
        with ExitStack() as request.bounds:
            return self.get_response(request)

    def process_view(self, request: Any, *_: Any) -> HttpResponseBase | None:
        kind = kind_of(request)
        if kind is None:
            return None
        if refusal := _refuse_body(request):
            return refusal
        if not _is_known(request):
            return None
        places = _places
        if not places.take():
            return _refuse(request, BUSY, problems.busy)
        request.bounds.callback(places.give_back)
        request.bounds_kind = kind
        request.bounds.enter_context(deadline.at_most(getattr(settings, kind.setting)))
        return None

    def process_exception(self, request: Any, exception: Exception) -> HttpResponseBase | None:
        """Let nothing stay of what failed, and answer for what was ended.

        The page that says so is made once its place is free.
        """
        kind: Kind | None = getattr(request, "bounds_kind", None)
        if kind is None:
            return None
        deadline.undo()  # before Django makes an answer of it, which would count as a good end
        with suppress(DatabaseError):
            request.bounds.close()
        if not deadline.has_passed(exception):
            return None
        return _refuse(request, TOO_LONG.format(kind.less), problems.too_much)


def _is_known(request: Any) -> bool:
    if not _is_of_api(request):
        return bool(request.user.is_active and request.user.is_staff)
    asked = [one() for one in request.resolver_match.func.cls.authentication_classes]
    try:
        return bool(Request(request, authenticators=asked).user.is_authenticated)
    except APIException:
        return False  # the view says so


def _refuse_body(request: HttpRequest) -> HttpResponse | None:
    """Read the body first, of the API: whoever sends it slowly has no place meanwhile.

    What cannot be read is answered for here: a view that needs no body would not look at it.
    """
    if not _is_of_api(request):
        return None
    try:
        request.body  # noqa: B018 - Django keeps what it reads
    except RequestDataTooBig:
        return problems.refuse(request, TooLargeError.default_detail, TooLargeError.status_code)
    except UnreadablePostError:
        return problems.refuse(request, problems.BROKEN_OFF)
    return None


def _is_of_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def _refuse(
    request: HttpRequest, said: str, problem: Callable[[str], HttpResponse]
) -> HttpResponseBase:
    log.warning("page_refused", page=getattr(request.resolver_match, "url_name", None), said=said)
    response: HttpResponseBase
    if _is_of_api(request):
        response = problem(said)
    elif _is_asked_by_a_script(request):
        response = JsonResponse({"outcome": "refused", "said": said, "error": said}, status=503)
    else:
        response = _page(request, said)
    response["Retry-After"] = str(RETRY_SECONDS)
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 - Django's: as an error
    return response


def _is_asked_by_a_script(request: HttpRequest) -> bool:
    """Tell whether an answer is no page; of a page in parts the script reads a page."""
    return request.headers.get("X-Requested-With") == "fetch"


@parts.own_page
def _page(request: HttpRequest, said: str) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        **parts.context(request),
        "title": "Busy",
        "said": said,
        "again": RELOAD if request.method == "POST" else "",
        "here": request.get_full_path() if request.method == "GET" else "",
    }
    return render(request, "instabot/busy.html", context, status=503)
