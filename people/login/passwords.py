"""Passwords are compared one at a time: to hash one takes a fifth of a second of a processor.

Of the threads of a web process one at most does that for strangers, and then none does for as long
again: so whoever tries passwords as fast as they are answered, from wherever, has at most half a
processor of each process. Whoever comes meanwhile is told so at once: a thread that waited for its
turn would be one less for webhooks. A name has a turn of its own in browsers and at addresses that
are known for it, so that neither strangers nor colleagues keep its owner out.
"""

import threading
import time
from collections import deque
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from people.login import devices, throttle

MOST_KNOWN = 3  # names whose passwords are compared at the same moment, beside a stranger's
MINUTE = 60.0


class BusyError(Exception):
    """Another password is being compared in this process: try again in a moment."""

    seconds = 2


class TooOftenError(BusyError):
    """The right password for this name was given too often within a minute."""

    seconds = 60


class _Turn:
    """One may have it, and nobody waits for it."""

    def __init__(self) -> None:
        self._taken = threading.Lock()
        self._rests_until = 0.0  # by time.monotonic()

    @property
    def is_free(self) -> bool:
        return not self._taken.locked() and time.monotonic() >= self._rests_until

    def begin(self) -> None:
        """Take it. Raises BusyError."""
        if not self.is_free or not self._taken.acquire(blocking=False):
            raise BusyError

    def end(self, rest: float) -> None:
        """Give it back; nobody has it for so many seconds."""
        self._rests_until = time.monotonic() + rest
        self._taken.release()


class _KnownTurn(_Turn):
    """A turn of those who are known, of which no more than a few are taken at once."""

    all_taken = threading.BoundedSemaphore(MOST_KNOWN)

    def begin(self) -> None:
        if not self.all_taken.acquire(blocking=False):
            raise BusyError
        try:
            super().begin()
        except BusyError:
            self.all_taken.release()
            raise

    def end(self, rest: float) -> None:
        super().end(rest)
        self.all_taken.release()


class _Successes:
    """When a name's right password was given last."""

    def __init__(self) -> None:
        self._at: dict[str, deque[float]] = {}  # by time.monotonic()

    def add(self, name: str) -> None:
        at = self._at.setdefault(name, deque(maxlen=settings.LOG_INS_A_MINUTE))
        at.append(time.monotonic())

    def are_many(self, name: str) -> bool:
        at = self._at.get(name)
        return at is not None and len(at) == at.maxlen and time.monotonic() - at[0] < MINUTE


# By names that people have: they are as many.
_strangers, _known, _successes = _Turn(), dict[str, _KnownTurn](), _Successes()


def find_busy(request: HttpRequest, name: str) -> BusyError | None:
    """Return what whoever tries would be told; None: their password would be looked at."""
    if _successes.are_many(name):
        return TooOftenError()
    if devices.find(request, name):
        return None if _turn_of(name).is_free else BusyError()
    if _strangers.is_free:
        return None
    is_open = throttle.is_at_home(request, name) and _turn_of(name).is_free
    return None if is_open else BusyError()


class Backend(ModelBackend):
    """Django's own, in its turn."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **more: Any,
    ) -> Any:
        """Return the user, or None. Raises BusyError."""
        name = username or ""
        if _successes.are_many(name):
            raise TooOftenError
        turn = _turn_of(name) if _is_known(request, name) else _strangers
        turn.begin()
        began = time.monotonic()
        try:
            user = super().authenticate(request, username, password, **more)
        finally:
            turn.end((time.monotonic() - began) * settings.LOG_IN_RESTS)
        if user is not None:
            _successes.add(name)
        return user


def _is_known(request: HttpRequest | None, name: str) -> bool:
    """Tell whether the browser or the address is known for the name: the throttle looked it up."""
    if request is None:
        return False
    return bool(getattr(request, "login_at_home", False) or devices.find(request, name))


def _turn_of(name: str) -> _Turn:
    return _known.setdefault(name, _KnownTurn())
