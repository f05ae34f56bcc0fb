"""What a session holds of its client: from where, by which browser, and when last."""

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from backoffice.parts import is_unattended
from people.sessions import browsers
from people.sessions.store import CLIENT

SEEN_EVERY = 60  # seconds between two notes of when somebody was last seen


def begin(request: HttpRequest) -> None:
    """Note who has just logged in; a command's or a test's request has no address."""
    now = int(timezone.now().timestamp())
    request.session[CLIENT] = {
        "address": address_of(request),
        "browser": browsers.describe(request.META.get("HTTP_USER_AGENT", "")),
        "began": now,
        "seen": now,
        "by_unknown_proxy": bool(
            request.META.get("HTTP_X_FORWARDED_FOR") and not settings.TRUSTED_PROXIES
        ),
    }


def note(request: HttpRequest) -> None:
    """Note that somebody is there, unless it was noted a moment ago."""
    session = request.session
    if CLIENT not in session:
        return begin(request)
    now = int(timezone.now().timestamp())
    if not is_unattended(request) and now - session[CLIENT]["seen"] >= SEEN_EVERY:
        session[CLIENT] = {**session[CLIENT], "seen": now, "address": address_of(request)}
    return None


def address_of(request: HttpRequest) -> str:
    """Return from where somebody comes; instabot.client_address has looked through proxies."""
    return str(request.META.get("REMOTE_ADDR") or "")
