"""Tells another service each minute that all is well, so that it rings when nobody tells any more.

In the convention of healthchecks: HEARTBEAT_URL itself says that all is well, /fail that it is not,
/start that a look has begun. A thread of its own tells it: a network that hangs holds up no look,
and does not seem to be a database that hangs.
"""

import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlsplit

import requests
import structlog
from django.conf import settings

from incidents.troubles import Trouble

log = structlog.get_logger("heartbeat")

SECONDS = 10.0  # for each address that the host's name has
LATE_SECONDS = 30.0  # what has waited for longer is not told: it may not be so any more
MOST_WAITING = 6
MAX_WORDS = 1000


def begin() -> None:
    """Say that a look has begun: one that hangs is no look."""
    _call("/start")


def end(troubles: Iterable[Trouble]) -> None:
    """Say what a look has found; troubles: of what answers need."""
    words = "\n".join(f"{one.title}: {one.says}" for one in troubles)
    if words:
        fail(words)
    else:
        _call("")


def fail(why: str) -> None:
    """Say that not all is well, and why."""
    _call("/fail", why[:MAX_WORDS])


def _call(path: str, words: str = "") -> None:
    """Have it told; does not wait for that."""
    if settings.HEARTBEAT_URL:
        url = urlsplit(settings.HEARTBEAT_URL)
        # What follows a question mark stays behind the path.
        address = url._replace(path=f"{url.path.rstrip('/')}{path}" if path else url.path).geturl()
        _teller.add(_Beat(address, path, words))


@dataclass(frozen=True, slots=True)
class _Beat:
    address: str
    path: str
    words: str
    since: float = field(default_factory=time.monotonic)


class _Teller:
    """Tells beats one after the other, in a thread that is there while there are some."""

    def __init__(self) -> None:
        self._beats: deque[_Beat] = deque(maxlen=MOST_WAITING)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, beat: _Beat) -> None:
        with self._lock:
            self._beats.append(beat)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="Heartbeat", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while beat := self._next():
            if time.monotonic() - beat.since > LATE_SECONDS:
                log.warning("heartbeat_failed", path=beat.path, error="too late")
            else:
                _tell(beat)

    def _next(self) -> _Beat | None:
        with self._lock:
            if self._beats:
                return self._beats.popleft()
            self._thread = None  # under the lock: whoever adds one now begins another
            return None


_teller = _Teller()


def _tell(beat: _Beat) -> None:
    try:
        status = requests.request(
            "POST" if beat.words else "GET", beat.address, data=beat.words.encode(),
            timeout=SECONDS, allow_redirects=False,
        ).status_code  # fmt: skip
    except requests.RequestException as error:
        # Its text holds the address, by which anybody could say that we are well.
        log.warning("heartbeat_failed", path=beat.path, error=type(error).__name__)
    else:
        if (
            not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
        ):  # a redirect tells nobody: it is not followed
            log.warning("heartbeat_failed", path=beat.path, status=status)
