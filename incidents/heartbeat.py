"""Tells another service each minute that all is well, so that it rings when nobody tells any more.

In the convention of healthchecks: HEARTBEAT_URL itself says that all is well, /fail that it is not,
/start that a look has begun.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

import requests
import structlog
from django.conf import settings

from incidents.troubles import Trouble

log = structlog.get_logger("heartbeat")

SECONDS = 10.0
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
    if not settings.HEARTBEAT_URL:
        return
    url = urlsplit(settings.HEARTBEAT_URL)
    # What follows a question mark stays behind the path.
    address = url._replace(path=f"{url.path.rstrip('/')}{path}" if path else url.path).geturl()
    try:
        requests.request(
            "POST" if words else "GET", address, data=words.encode(), timeout=SECONDS,
            allow_redirects=False,
        ).raise_for_status()  # fmt: skip
    except requests.RequestException as error:
        # Its text holds the address, by which anybody could say that we are well.
        log.warning("heartbeat_failed", path=path, error=type(error).__name__)
