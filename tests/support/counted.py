"""What the code under test has counted: all tests of a process share its counters."""

from metrics import series, sums


class Counted:
    """How much more was counted since this was made."""

    def __init__(self) -> None:
        self._before = sums.read(series.SUMS)

    def of(self, name: str, **labels: str) -> int:
        """Return by how much one series has risen; of seconds, in microseconds."""
        risen = sums.less(sums.read(series.SUMS), self._before)
        return risen[f"instabot_{name}", tuple(sorted(labels.items()))]
