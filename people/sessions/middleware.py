"""Sessions in requests: the cookie, when somebody was last seen, and which browser is known."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from people.login import devices
from people.sessions import clients


class SessionCookie(SessionMiddleware):
    """Django's own, which leaves the cookie of a session that was ended with its browser.

    It lets nobody in, and by it alone the log-in page learns why (EndedSession).
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        session: Any = request.session  # of people.sessions.store
        if session.ended and session.is_empty():
            patch_vary_headers(response, ("Cookie",))
            return response
        return super().process_response(request, response)


class Sessions:
    """Of the requests of whoever is logged in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if SESSION_KEY in request.session:
            clients.note(request)
            if devices.has_just_logged_in(request):
                devices.remember(request, response)
        return response
