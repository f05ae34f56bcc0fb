"""What is answered where no password is even looked at: for how long, and what to do.

It is made of little, since whoever tries passwords by the thousand is answered so each time.
"""

from datetime import timedelta

from csp.constants import NONE, SELF
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from backoffice import ages
from people.login import passwords
from people.login.locks import Lock
from people.login.throttle import find_recent

MAX_BODY = 4096  # bytes; what is longer is no name and password
LOCKED = "Too many wrong passwords. Log-in is locked for {}."
BUSY = "Somebody else is logging in at this moment. Try again in a few seconds."
OFTEN = "Too many log-ins under this name at this moment. Try again in a minute."
POLICY = f"default-src {SELF}; object-src {NONE}; base-uri {NONE}; form-action {SELF}; "


def refuse_at_once(request: HttpRequest) -> HttpResponse | None:
    """Refuse a try that is locked, as this process knows, or not its turn; None: look at it.

    It comes before sessions and CSRF: nothing is done but to say no. While strangers' turn is
    taken, one SELECT tells whether the name is known at the address, which has a turn of its own.
    """
    name = _name_of(request)
    if name is None:
        return None
    if lock := find_recent(request, name):
        return refuse_locked(request, lock)
    busy = passwords.find_busy(request, name)
    return refuse_busy(request, busy) if busy else None


def _name_of(request: HttpRequest) -> str | None:
    """Return the name that is tried; None: this is no try, or whoever sent it has gone."""
    if request.method != "POST" or int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY:
        return None
    try:
        return request.POST.get("username", "")
    except OSError:
        return None


def refuse_locked(request: HttpRequest, lock: Lock) -> HttpResponse:
    return _answer(request, say_locked(lock), lock.seconds, is_locked=True)


def refuse_busy(request: HttpRequest, busy: passwords.BusyError) -> HttpResponse:
    return _answer(request, say_busy(busy), busy.seconds, is_locked=False)


def say_locked(lock: Lock) -> str:
    return LOCKED.format(_spell(lock.seconds))


def say_busy(busy: passwords.BusyError) -> str:
    return OFTEN if isinstance(busy, passwords.TooOftenError) else BUSY


def _spell(seconds: int) -> str:
    if seconds <= 60:  # noqa: PLR2004 - a minute's
        return "a minute"
    return ages.remaining(timedelta(seconds=seconds))


def _answer(request: HttpRequest, said: str, seconds: int, *, is_locked: bool) -> HttpResponse:
    again = request.get_full_path()
    shown = {"title": "Log in", "said": said, "is_locked": is_locked, "again": again}
    response = HttpResponse(render_to_string("people/log_in_refused.html", shown), status=429)
    response["Cache-Control"] = "no-store"
    response["Retry-After"] = str(seconds)
    response["Content-Security-Policy"] = POLICY + f"frame-ancestors {NONE}"
    return response
