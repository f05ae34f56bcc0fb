"""Errors that something else makes good: logged once for each kind and place, and counted."""

import threading
import traceback
from collections import Counter

import structlog


class Failures:
    """Counts errors by type and place.

    The first of each is logged with its traceback, then every tenth, hundredth and so on with its
    count alone: a way that is broken for good is seen, and does not fill the log.
    """

    def __init__(self, event: str) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self._event = event
        self._log = structlog.get_logger("failures")
        self._lock = threading.Lock()

    def note(self, error: Exception) -> None:
        """Count an error that was caught, and say so if it is news."""
        last = traceback.extract_tb(error.__traceback__)[-1]
        kind, place = type(error).__name__, f"{last.filename}:{last.lineno} {last.name}"
        with self._lock:
            self.counts[kind, place] += 1
            count = self.counts[kind, place]
        if _is_power_of_ten(count):
            self._log.warning(
                self._event, kind=kind, place=place, count=count,
                exc_info=error if count == 1 else None,
            )  # fmt: skip


def _is_power_of_ten(count: int) -> bool:
    return str(count).strip("0") == "1"
