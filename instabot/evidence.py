"""Which refused pages show that a setting is wrong, and not that somebody tries all doors.

A stranger may send any host name and any origin, as often as they like: that rings nobody and is
not counted. What is counted shows that one of ours was refused: the request comes with the session
of somebody who has logged in, or the settings themselves say that we are called so, and let nobody
log in by any name.
"""

import re
import threading
import time
from importlib import import_module
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.contrib import auth
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest
from django.http.request import validate_host

from webhooks import knocks
from webhooks.models import Knock

log = structlog.get_logger("refusal")

LONGEST = 100  # characters of a name that is kept
NAME = re.compile(r"[a-z0-9.:\[\]-]+")
ADDRESS = re.compile(rf"https?://{NAME.pattern}")
LOOK_UP_SECONDS = 5.0  # a stranger makes up sessions: one is looked up so often, in each process


class _Seldom:
    """Allows something once in some seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        self._last = float("-inf")

    def allows(self) -> bool:
        with self._lock:
            if time.monotonic() - self._last < LOOK_UP_SECONDS:
                return False
            self._last = time.monotonic()
            return True


_look_ups = _Seldom()


def forget() -> None:
    """Look up the next session at once."""
    _look_ups.forget()


def note_host(request: HttpRequest, name: str) -> None:
    """Count a page that was refused for the host's name, where it was one of ours who asked."""
    name = name.lower()
    is_named = _let_nobody_in() and name in _opened_by_staff()
    if _is_kept(NAME, name) and (is_named or _is_ours(request)):
        knocks.note_page(Knock.Kind.HOST, name)


def note_origin(request: HttpRequest, address: str) -> None:
    """Count a form that was refused for where it came from, where it was one of ours who sent it.

    A browser sends no session of ours along with a form of another site (SameSite).
    """
    address = address.lower()
    is_named = _let_nobody_in() and _is_public(address)
    if _is_kept(ADDRESS, address) and (is_named or _is_ours(request)):
        knocks.note_page(Knock.Kind.ORIGIN, address)


def _is_kept(pattern: re.Pattern[str], name: str) -> bool:
    return len(name) <= LONGEST and bool(pattern.fullmatch(name))


def _let_nobody_in() -> bool:
    """Tell whether the settings allow none of the names by which staff open instabot.

    While they allow one, staff who are refused elsewhere have a session; who has none may be a
    stranger. A name with a `*` may be one that is allowed.
    """
    return not any(
        "*" in name or validate_host(name, settings.ALLOWED_HOSTS) for name in _opened_by_staff()
    )


def _opened_by_staff() -> set[str]:
    """Return the host names that the settings say staff open.

    Not that of PUBLIC_URL: it may be Meta's alone, and what strangers try there is to be refused.
    """
    return {str(urlsplit(one).hostname) for one in settings.CSRF_TRUSTED_ORIGINS}


def _is_public(address: str) -> bool:
    """Tell whether it is our public address, and staff may open that.

    From there all is taken as long as the header Host says the same.
    """
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    return address == settings.PUBLIC_URL and validate_host(host, settings.ALLOWED_HOSTS)


def _is_ours(request: HttpRequest) -> bool:
    """Tell whether the request has the session of somebody who has logged in. Never raises."""
    user = getattr(request, "user", None)
    if user is not None:
        return bool(user.is_authenticated)
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if not key or not _look_ups.allows():
        return False
    # A name that is not allowed is refused before any middleware reads the session.
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    try:
        return bool(auth.get_user(request).is_authenticated)
    except (DatabaseError, InterfaceError):
        log.warning("session_not_read", exc_info=True)
        connection.close()
        return False
