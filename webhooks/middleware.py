"""Meta's path goes straight to the door, past everything that is for people's browsers.

No session, no login, no CSRF, no redirect, no cookie: a webhook needs none of them, and pays for
none of them.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from webhooks.views import instagram

PATH = "/webhooks/instagram"


class StraightToTheDoor:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == PATH:
            return instagram(request)
        return self.get_response(request)
