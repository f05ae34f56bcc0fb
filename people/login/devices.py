"""A browser is known again by a cookie, for the names under which somebody has logged in there.

It lets nobody in. From a browser that is known tries are counted by themselves, so that nobody
elsewhere can lock its owner out (OWASP, *Slow Down Online Guessing Attacks with Device Cookies*).
"""

import secrets
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

COOKIE = "instabot_device"
KEPT_SECONDS = 180 * 24 * 3600
MOST_NAMES = 10
SALT = "people.login.devices"


def find(request: HttpRequest, name: str) -> str:
    """Return the number of this browser, if it is known for this name; else nothing."""
    known = _read(request)
    return known["id"] if digest(name) in known["names"] else ""


def note_log_in(request: Any) -> None:
    """Say that somebody logs in by this request: its answer is what carries the cookie."""
    request.logs_in = True


def has_just_logged_in(request: HttpRequest) -> bool:
    return getattr(request, "logs_in", False)


def remember(request: HttpRequest, response: HttpResponse) -> None:
    """Let this browser be known for whoever has just logged in there."""
    known = _read(request)
    name: Any = digest(request.user.get_username())
    known["names"] = [name, *(one for one in known["names"] if one != name)][:MOST_NAMES]
    response.set_cookie(
        COOKIE,
        signing.dumps(known, salt=SALT),
        max_age=KEPT_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def digest(name: str) -> str:
    """Return a name as the cookie has it: who reads it learns of nobody."""
    return salted_hmac(SALT, name, algorithm="sha256").hexdigest()[:32]


def _read(request: HttpRequest) -> dict[str, Any]:
    """Return what the cookie says; a new number where there is none, or one that is not ours."""
    try:
        known: dict[str, Any] = signing.loads(
            request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=KEPT_SECONDS
        )
    except signing.BadSignature:
        return {"id": secrets.token_hex(8), "names": []}
    return known
