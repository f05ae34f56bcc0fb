"""Values that live in the database and are read from there at most twice a second per process."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar

from django.db import connection

T = TypeVar("T")

MAX_AGE = 0.5  # seconds: what staff save is in force everywhere within one second
MOST_KEPT = 500  # values of one Recent


class _Forgets(Protocol):
    def drop(self) -> None: ...


_all: list[_Forgets] = []


class Snapshot(Generic[T]):
    """Keeps what `load` gave. `load` receives the value it is to replace, None at first."""

    def __init__(self, load: Callable[[T | None], T]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._value: T | None = None
        self._looked = float("-inf")
        _all.append(self)

    def get(self) -> T:
        value = self._value
        if value is not None and time.monotonic() - self._looked < MAX_AGE:
            return value
        if value is None:  # before the lock: who has it would wait for those who wait for it
            connection.ensure_connection()
        # While one thread looks, the others go on with what they have.
        if not self._lock.acquire(blocking=value is None) and value is not None:
            return value
        try:
            self._value = value = self._load(self._value)
            self._looked = time.monotonic()
            return value
        finally:
            self._lock.release()

    def forget(self) -> None:
        """Look again at the next get()."""
        self._looked = float("-inf")

    def drop(self) -> None:
        self._value = None
        self.forget()

    @staticmethod
    def forget_everything() -> None:
        """Drop all values, as when the database was replaced by another one."""
        for one in _all:
            one.drop()


class Recent(Generic[T]):
    """Keeps what was read for several who ask for the same at the same time.

    Unlike a Snapshot's, no value is ever given out that is older than max_age, in seconds (None:
    MAX_AGE). most: how many are kept; one more, and all are forgotten.
    """

    def __init__(self, max_age: float | None = None, most: int = MOST_KEPT) -> None:
        self.max_age, self._most = max_age, most
        self._known: dict[Hashable, tuple[float, T]] = {}
        _all.append(self)

    def get(self, key: Hashable, load: Callable[[], T]) -> T:
        asked = time.monotonic()  # what is read afterwards is at least as new
        known = self.find(key)
        if known is not None:
            return known
        value = load()
        self.keep(key, value, asked)
        return value

    def find(self, key: Hashable) -> T | None:
        """Return what is known, if it is new enough."""
        known = self._known.get(key)
        max_age = MAX_AGE if self.max_age is None else self.max_age
        return known[1] if known is not None and time.monotonic() - known[0] < max_age else None

    def keep(self, key: Hashable, value: T, asked: float | None = None) -> None:
        """Keep a value; asked: by time.monotonic(), when it began to be read."""
        if len(self._known) >= self._most:
            self._known.clear()
        self._known[key] = (time.monotonic() if asked is None else asked), value

    def drop(self) -> None:
        self._known.clear()
