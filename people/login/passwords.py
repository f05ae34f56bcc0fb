"""Passwords are compared one at a time: to hash one takes a fifth of a second of a processor.

Of the threads of a web process one at most does that. Whoever comes meanwhile is told so at once:
a thread that waited for its turn would be one less for webhooks.
"""

import threading
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

_turn = threading.Semaphore(1)


class BusyError(Exception):
    """Another password is being compared in this process: try again in a moment."""


class Backend(ModelBackend):
    """Django's own, in its turn."""

    def authenticate(self, request: HttpRequest | None, *args: Any, **credentials: Any) -> Any:
        """Return the user, or None. Raises BusyError."""
        if not _turn.acquire(blocking=False):
            raise BusyError
        try:
            return super().authenticate(request, *args, **credentials)
        finally:
            _turn.release()
