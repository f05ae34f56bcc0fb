"""Notes in each session where it is from, and when somebody was last seen in it."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from people.login import devices
from people.sessions import browsers
from people.sessions.store import CLIENT

SEEN_EVERY = 60  # seconds between two notes of when somebody was last seen
UNATTENDED = "X-Unattended"  # a page asks by itself whether anything is new; nobody sits there


class Sessions:
    """A log-in gets a line of its own, and its browser a sign by which it is known again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        session = request.session
        if SESSION_KEY not in session:
            return response
        now = int(timezone.now().timestamp())
        if CLIENT not in session:
            session[CLIENT] = _describe(request, now)
            devices.remember(request, response)
        elif UNATTENDED not in request.headers and now - session[CLIENT]["seen"] >= SEEN_EVERY:
            session[CLIENT] |= {"seen": now, "address": address_of(request)}
            session.modified = True
        return response


def _describe(request: HttpRequest, now: int) -> dict[str, Any]:
    return {
        "address": address_of(request),
        "browser": browsers.describe(request.headers.get("User-Agent", "")),
        "began": now,
        "seen": now,
        "by_unknown_proxy": "X-Forwarded-For" in request.headers and not settings.TRUSTED_PROXIES,
    }


def address_of(request: HttpRequest) -> str:
    """Return from where somebody comes; instabot.client_address has looked through proxies."""
    return str(request.META.get("REMOTE_ADDR") or "")
