"""Passwords are compared one at a time: to hash one takes a fifth of a second of a processor.

Of the threads of a web process one at most does that for strangers, and after a wrong password none
does for as long again: so whoever tries passwords as fast as they are answered, from wherever, has
at most half a processor of each process. Whoever comes meanwhile is told so at once: a thread that
waited for its turn would be one less for webhooks. A browser that is known has a turn of its own,
so that strangers do not keep its owner out.
"""

import threading
import time
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from people.login import devices


class BusyError(Exception):
    """Another password is being compared in this process: try again in a moment."""


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


_strangers, _known = _Turn(), _Turn()


def is_busy(request: HttpRequest, name: str) -> bool:
    """Tell whether whoever tries would be told to try again in a moment."""
    return not _turn_of(request, name).is_free


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
        turn = _turn_of(request, username or "")
        turn.begin()
        began, user = time.monotonic(), None
        try:
            user = super().authenticate(request, username, password, **more)
        finally:
            took = time.monotonic() - began
            turn.end(0 if user else took * settings.LOG_IN_RESTS)
        return user


def _turn_of(request: HttpRequest | None, name: str) -> _Turn:
    return _known if request is not None and devices.find(request, name) else _strangers
