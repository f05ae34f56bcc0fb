"""Notes when somebody was last seen in a session, and lets a browser be known from a log-in on."""

from collections.abc import Callable

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse

from people.login import devices
from people.sessions import clients


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
