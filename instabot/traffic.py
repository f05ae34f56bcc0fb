"""Counts requests: how many, how they were answered, how long that took, how many at a time."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from instabot.logs import poll_path
from metrics import series

# The first word of a path → its route. What anybody may type is counted as one.
ROUTES = {
    "webhooks": "webhook",
    "admin": "admin",
    "api": "api",
    "static": "static",
    "health": "health",
    "metrics": "metrics",
    "sandbox": "sandbox",
}
POLL, OTHER = "poll", "other"


def route_of(path: str) -> str:
    """Return the route of a path; open pages of the inbox, which ask once a second, have theirs."""
    route = ROUTES.get(path.lstrip("/").partition("/")[0], OTHER)
    return POLL if route == "admin" and path == poll_path() else route


class Traffic:
    """The outermost of all middleware: what it measures is what a caller waits for, but for queues.

    An error in a page is an answer by the time it gets here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        with series.requests_in_flight.track_inprogress():
            response = self.get_response(request)
        route = route_of(request.path_info)
        series.request_seconds.labels(route).observe(time.perf_counter() - started)
        series.requests.labels(route, response.status_code).inc()
        return response
