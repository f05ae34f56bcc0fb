"""Errors that something else makes good: counted, and logged once for each kind and place."""

import traceback
from collections import Counter

from workqueue.occurrences import Occurrences


class Failures:
    """Counts errors by type and place.

    The first of each is logged with its traceback: a way that is broken for good is seen.
    """

    def __init__(self, event: str) -> None:
        self._occurrences = Occurrences(event, "failures")

    @property
    def counts(self) -> Counter[tuple[str, ...]]:
        return self._occurrences.counts

    def note(self, error: Exception) -> None:
        """Count an error that was caught, and say so if it is news."""
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{last.filename}:{last.lineno} {last.name}"
        self._occurrences.note(error, kind=type(error).__name__, place=place)
