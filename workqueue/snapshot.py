"""Values that live in the database and are read from there at most twice a second per process."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

MAX_AGE = 0.5  # seconds: what staff save is in force everywhere within one second


class Snapshot(Generic[T]):
    """Keeps what `load` gave. `load` receives the value it is to replace, None at first."""

    _all: "list[Snapshot[object]]" = []

    def __init__(self, load: Callable[[T | None], T]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._value: T | None = None
        self._looked = float("-inf")
        Snapshot._all.append(self)  # type: ignore[arg-type] # only ever told to forget

    def get(self) -> T:
        value = self._value
        if value is not None and time.monotonic() - self._looked < MAX_AGE:
            return value
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

    @classmethod
    def forget_everything(cls) -> None:
        """Drop all values, as when the database was replaced by another one."""
        for one in cls._all:
            one._value = None  # noqa: SLF001 - its own class
            one.forget()
