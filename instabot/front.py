"""Paths that machines call are answered in front of everything that is for people's browsers.

No session, no login, no CSRF, no redirect, no check of the Host header: Meta and a host's health
checks need none of them, and pay for none of them.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from instabot.health import alive
from webhooks.views import instagram

ANSWERED_HERE = {"/webhooks/instagram": instagram, "/health": alive}


class Front:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = ANSWERED_HERE.get(request.path_info, self.get_response)
        return answer(request)
