"""Who works, what waits for them, and whether their clocks are right."""

from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime

from django.conf import settings
from django.db import connection
from django.utils import timezone

from backoffice import ages
from backoffice.counts import counted
from conversations.models import Worker
from incidents import clocks
from incidents.clocks import A_LITTLE, MUCH
from incidents.looks.parts import find_wrong_clocks
from incidents.troubles import Level
from incidents.work import OLDEST_DUE, WORKER_ALIVE, oldest_due
from instabot import remedies
from instabot.doctor import graph
from instabot.doctor.findings import Finding, ok, warning, wrong
from instagram.errors import GraphError
from workqueue import bell

MANY_RINGS = 10_000
START_A_WORKER = "Start a worker: `manage.py run_huey`. The web process alone answers nobody."


def check_queue() -> Iterator[Finding]:
    name = "Redis" if settings.REDIS_URL else "The bell"
    try:
        waiting = bell.waiting()
    except Exception as error:  # noqa: BLE001 - a dead line of whatever kind
        yield wrong(
            f"{name} does not answer ({type(error).__name__}). Answers go out later, but none is"
            " lost.",
            remedies.find(error)[1] or "Restart instabot.",
        )
        return
    if waiting > MANY_RINGS:
        yield warning(f"{waiting:,} calls wait for a worker.", START_A_WORKER)
    else:
        yield ok(f"{name} answers.")


def check_worker() -> Iterator[Finding]:
    now = clocks.shared_now()
    seen = list(Worker.objects.order_by("-seen_at").values_list("seen_at", flat=True))
    if not seen:
        yield wrong("No worker has ever run: nobody is answered.", START_A_WORKER)
        return
    alive = sum(now - at <= WORKER_ALIVE for at in seen)
    if not alive:
        ago = ages.span(now - seen[0])
        yield wrong(f"No worker has been seen for {ago}: nobody is answered.", START_A_WORKER)
    elif seen[0] - now > A_LITTLE:
        yield warning(
            f"A worker's clock is {_say_off(seen[0] - now)} ahead of ours.",
            "Let each machine keep its time by NTP.",
        )
    else:
        yield ok(f"{counted(alive, 'worker is', 'workers are')} running.")


def check_work() -> Iterator[Finding]:
    now = clocks.shared_now()
    due = oldest_due(now)
    if due is None or now - due <= OLDEST_DUE:
        yield ok("No work waits for long.")
        return
    yield wrong(
        f"The oldest work has waited for {ages.span(now - due)}.",
        "If a worker is running, look into its log and restart it; else start one.",
    )


def check_clock() -> Iterator[Finding]:
    """Compare our clock with Meta's, and those of the other processes with the database's."""
    yield _own_clock()
    for one in find_wrong_clocks(clocks.shared_now()):
        kind = wrong if one.level == Level.URGENT else warning
        yield kind(one.says, one.next_step)


def _own_clock() -> Finding:
    """Compare our clock with Meta's; where Meta is out of reach, with the database's."""
    named = _metas_clock() or _databases_clock()
    if named is None:
        return ok("There is no other clock to compare ours with: Instagram could not be reached.")
    whose, ahead = named
    off = abs(ahead)
    side = "ahead of" if ahead > timedelta() else "behind"
    advice = "Let this machine keep its time by NTP (systemd-timesyncd or chrony)."
    if off > MUCH:
        return wrong(f"Our clock is {_say_off(off)} {side} {whose}.", advice)
    if off > A_LITTLE:
        return warning(f"Our clock is {_say_off(off)} {side} {whose}.", advice)
    return ok(f"Our clock agrees with {whose}.")


def _say_off(off: timedelta) -> str:
    return f"{int(off.total_seconds())} s" if off < ages.MINUTE else ages.span(off)


def _metas_clock() -> tuple[str, timedelta] | None:
    """Return how far our clock is ahead, by the Date of an answer: to the second."""
    try:
        date = graph.headers().get("Date", "")
        theirs = parsedate_to_datetime(date)
    except (GraphError, ValueError):
        return None
    return "Instagram's", timezone.now() - theirs


def _databases_clock() -> tuple[str, timedelta] | None:
    if connection.vendor != "postgresql":  # SQLite's is ours
        return None
    return "the database's", clocks.ahead()
