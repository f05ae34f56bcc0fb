"""This process's own row: written every ten seconds, and once more when the process ends.

A row has all that was counted since the process began, so to write it twice is to write it once.
Who is killed loses what it counted since it last wrote: ten seconds of one process, never more, and
nothing is counted twice. A process that was only frozen, or cut off from the database, may find
that others took it for gone: what it had written was added to theirs then, and it begins another
row with what it has counted since.
"""

import atexit
import os
import socket
import threading
import time

import structlog
from django.conf import settings
from django.db import connection
from prometheus_client import CollectorRegistry

from metrics import series, sums
from metrics.models import ProcessSums
from metrics.sums import Sums

log = structlog.get_logger("metrics")


class Process:
    """What a process has written down so far of these registries, and where.

    before: what they had when it began, which is another one's.
    """

    def __init__(
        self, counted: CollectorRegistry, states: CollectorRegistry, before: Sums | None = None
    ) -> None:
        self._counted, self._states = counted, states
        self._lock = threading.Lock()
        self._name = _new_name()
        self._folded = before or Sums()  # or what stands in earlier rows of this process
        self._written = Sums()  # what stands in this one, as far as we know

    def write(self) -> None:
        """Write the sums to our row; begin one where there is none of ours any more."""
        with self._lock:
            counted, states = sums.read(self._counted), sums.read(self._states)
            own = sums.less(counted, self._folded)
            if not ProcessSums.objects.write(self._name, own, states):
                own = self._begin_anew(counted, states)
            self._written = own

    def _begin_anew(self, counted: Sums, states: Sums) -> Sums:
        # What was folded may be newer than what we know: a commit whose answer was lost.
        folded = ProcessSums.objects.folded(self._name)
        self._folded.update(self._written if folded is None else folded)
        self._name, self._written = _new_name(), Sums()
        own = sums.less(counted, self._folded)
        ProcessSums.objects.begin(self._name, own, states)
        return own


def _new_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{time.time_ns()}"


class Writer:
    """The thread that writes, and folds what others have left."""

    def __init__(self) -> None:
        self._role = ""
        self._is_broken = False

    def start(self, role: str) -> None:
        """Begin to write in this process, once, where somebody may read; role: what it does."""
        if not settings.METRICS_TOKEN or self._role:
            return
        self._role = role
        series.processes.labels(role).set(1)
        atexit.register(self._end)
        os.register_at_fork(after_in_child=self._begin_forked)
        self._begin(None)

    def _begin_forked(self) -> None:
        """A forked process has no thread yet, and what its parent counted is its parent's."""
        self._begin(sums.read(series.SUMS))

    def _begin(self, before: Sums | None) -> None:
        self._process = Process(series.SUMS, series.STATES, before)
        threading.Thread(target=self._run, name="Metrics", daemon=True).start()

    def _run(self) -> None:
        while True:
            self._write()
            time.sleep(settings.METRICS_EVERY)

    def _end(self) -> None:
        """Write what was counted last; nobody is here any more to be counted as busy."""
        series.processes.labels(self._role).set(0)
        series.requests_in_flight.set(0)
        series.web_threads.set(0)
        self._write()

    def _write(self) -> None:
        """Write; a connection is held for no longer than that. Never raises."""
        try:
            self._process.write()
            ProcessSums.objects.fold()
            self._is_broken = False
        except Exception:
            if not self._is_broken:  # said once, not every ten seconds
                log.warning("metrics_not_written", exc_info=True)
            self._is_broken = True
        finally:
            connection.close()


writer = Writer()
