"""Is it alive, and is it ready? Hosts check /health; /health/ready is for people and alarms.

Nobody should route traffic by /health/ready: a dead worker would take the webhook down with it,
and Meta unsubscribes an app whose webhook fails for an hour.
"""

from collections.abc import Callable
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from incidents import clocks, work
from workqueue import bell, schema
from workqueue.postgresql import capacity, patience

log = structlog.get_logger("health")

FAILING = {
    "database": "the database does not answer: see the log of the web process",
    "queue": "the queue does not answer: see the log of the web process",
}
CANNOT_TELL = "cannot be told: see the log of the web process"


@require_safe
def alive(_: HttpRequest) -> HttpResponse:
    """Say that the web process answers; touches nothing."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(_: HttpRequest) -> HttpResponse:
    """Check every part that an answer needs; 503 names those that fail."""
    with patience.at_most(settings.DOOR_SECONDS):
        parts = {name: _try(name, check) for name, check in CHECKS.items()}
    good = all(found == "ok" for found in parts.values())
    status = {"status": "ok" if good else "failing", "parts": parts}
    return JsonResponse(status, status=200 if good else 503)


def _try(name: str, check: Callable[[], str]) -> str:
    """Return what a check found. Strangers may read it: the log says what an error says."""
    try:
        return check()
    except Exception:
        log.warning("check_failed", exc_info=True)
        return FAILING.get(name, CANNOT_TELL)


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _connections() -> str:
    """Threads that have a connection go on; each that needs one now is refused."""
    found = capacity.read()
    if found is None or not found.is_used_up:
        return "ok"
    return "all connections that PostgreSQL allows are in use: see manage.py doctor"


def _migrations() -> str:
    missing = schema.count_unapplied()
    return f"{missing} not applied: run manage.py migrate" if missing else "ok"


def _queue() -> str:
    bell.waiting()
    return "ok"


def _worker() -> str:
    seen = work.last_seen()
    if seen and clocks.shared_now() - seen <= work.WORKER_ALIVE:
        return "ok"
    return "no worker has been seen in the last minute: run manage.py run_huey"


def _oldest_due() -> str:
    now = clocks.shared_now()
    oldest = work.oldest_due(now)
    waits = now - oldest if oldest else timedelta()
    if waits > work.OLDEST_DUE:
        return f"the oldest due work has been waiting for {int(waits.total_seconds())} seconds"
    return "ok"


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "connections": _connections,
    "migrations": _migrations,
    "queue": _queue,
    "worker": _worker,
    "oldest_due": _oldest_due,
}
