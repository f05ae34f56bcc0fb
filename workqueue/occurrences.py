"""What should be rare: counted by kind, and said less and less often."""

import threading
from collections import Counter

import structlog


class Occurrences:
    """Counts by kind.

    The first of each is logged, then every tenth, hundredth and so on with its count: what has
    begun is seen, and does not fill the log.
    """

    def __init__(self, event: str, logger: str) -> None:
        self.counts: Counter[tuple[str, ...]] = Counter()
        self._event = event
        self._log = structlog.get_logger(logger)
        self._lock = threading.Lock()

    def note(self, error: Exception | None = None, /, **kind: str) -> None:
        """Count one of this kind, and say so if it is news; error: what was caught."""
        key = tuple(kind.values())
        with self._lock:
            self.counts[key] += 1
            count = self.counts[key]
        if _is_power_of_ten(count):
            first = error if count == 1 else None
            self._log.warning(self._event, **kind, count=count, exc_info=first)


def _is_power_of_ten(count: int) -> bool:
    return str(count).strip("0") == "1"
