"""Paths that machines call are answered in front of everything that is for people's browsers.

No session, no login, no CSRF, no redirect, no check of the Host header: Meta and a host's health
checks need none of them, and pay for none of them. Nor does an open page of the inbox, which asks
once a second, while it is known whose it is. And whoever tries passwords by the thousand is refused
here.
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from conversations.admin import live
from instabot import scrape
from instabot.health import alive
from instabot.logs import poll_path
from instabot.middleware import Transport
from people.login import refusal
from webhooks.views import instagram
from workqueue.postgresql import patience

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

NO_PAGE = "default-src 'none'; frame-ancestors 'none'"  # no browser is to make one of it
ANSWERED_HERE = {"webhooks/instagram": instagram, "health": alive, "metrics": scrape.show}


def find(path: str) -> Callable[[HttpRequest], HttpResponse] | None:
    """Return what answers a path here; a slash more at either end, as people type it, is none."""
    return ANSWERED_HERE.get(path.strip("/"))


@cache
def login_path() -> str:
    return reverse("admin:login")


def _answer(request: HttpRequest) -> HttpResponse | None:
    """Answer what can be answered here."""
    if request.path_info == poll_path():
        return live.look_believed(request)
    if request.path_info == login_path():
        return refusal.refuse_at_once(request)
    answer = find(request.path_info)
    return answer(request) if answer else None


class Front:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.security = Transport(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with patience.at_most(settings.DOOR_SECONDS):
            response = _answer(request)
        if response is None:
            return self.get_response(request)
        self.security.process_response(request, response)  # the headers that all pages carry
        response.headers.setdefault("Content-Security-Policy", NO_PAGE)
        return response


class Application:
    """Django's WSGI application; the paths above get its middleware without its signals.

    The signals only look after the database connection, which the door does itself; they are half
    of what Django adds to a webhook.
    """

    def __init__(self) -> None:
        self.django = WSGIHandler()

    def __call__(self, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        if find(environ.get("PATH_INFO", "")) is None:
            return self.django(environ, start_response)
        response = self.django.get_response(WSGIRequest(environ))
        start_response(f"{response.status_code} {response.reason_phrase}", [*response.items()])
        return [b"".join(response)]
