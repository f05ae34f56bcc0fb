"""What instabot stands on: its processes, the queue, the database, disks and clocks."""

import socket
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Min

from backoffice import ages
from incidents import clocks, database, disk, work
from incidents.models import Presence
from incidents.models.incident import MAX_TITLE
from incidents.troubles import Level, Trouble
from webhooks.models import WebhookEvent
from workqueue import bell
from workqueue.postgresql import capacity

WORKER, WORK, WEB, QUEUE = "worker", "work", "web", "queue"
DATABASE, CONNECTIONS, DISK, CLOCK = "database", "connections", "disk", "clock"

WEB_ALIVE = timedelta(minutes=3)  # three of its signs: a deploy is no trouble
RECENTLY = timedelta(minutes=5)
NO_WORKER = "No worker is running"


def find_idle(now: datetime) -> Iterator[Trouble]:
    """Nobody works; or somebody does, and the oldest work waits all the same."""
    seen = work.last_seen()
    if seen is None or now - seen > work.WORKER_ALIVE:
        says = f"None has been seen for {ages.span(now - seen)}." if seen else "None has ever run."
        yield Trouble(
            WORKER, NO_WORKER,
            f"{says} Webhooks are kept, and nobody is answered.",
            "Start it: manage.py run_huey (on a host, restart the worker process). What has come"
            " meanwhile is worked off by itself.",
            since=seen,
        )  # fmt: skip
        return
    due = work.oldest_due(now)
    if due and now - due > work.OLDEST_DUE:
        yield Trouble(
            WORK, "Work waits for too long",
            f"The oldest work has waited for {ages.span(now - due)}, although a worker is running.",
            "Look into the worker's log for errors that repeat, and restart it. If it only has too"
            " much to do, start another one.",
            since=due,
        )  # fmt: skip


def find_deaf(now: datetime) -> Iterator[Trouble]:
    """No web process is there. One that takes webhooks without a sign runs in some other way."""
    newest = Presence.objects.of(Presence.Role.WEB).first()
    if newest is not None and now - newest.seen_at <= WEB_ALIVE:
        return
    taken = WebhookEvent.objects.last_received()  # by the clock of whoever took it
    if newest is None:
        if taken is None:
            yield from _find_never_begun(now)
    elif taken is None or taken - newest.seen_at <= WEB_ALIVE + clocks.MUCH:
        yield Trouble(
            WEB, "No web process is running",
            f"None has been seen for {ages.span(now - newest.seen_at)}. Meta's webhooks are not"
            " taken, and after an hour Meta may end the subscription.",
            "Restart the web process (gunicorn), and open /health.",
            since=newest.seen_at,
        )  # fmt: skip


def _find_never_begun(now: datetime) -> Iterator[Trouble]:
    """A worker has been there for a while, and never a web process."""
    first = Presence.objects.of(Presence.Role.WORKER).aggregate(at=Min("since"))["at"]
    if first is not None and now - first > RECENTLY:
        yield Trouble(
            WEB, "No web process is running",
            f"A worker has been here for {ages.span(now - first)}, no web process was ever seen and"
            " no webhook was ever taken: it does not start, or it runs without gunicorn.conf.py.",
            "Look into the log of the web process (gunicorn), start it in the folder of instabot,"
            " where gunicorn.conf.py is, and open /health.",
            since=first,
        )  # fmt: skip


def find_without_bell(_: datetime) -> Iterator[Trouble]:
    try:
        bell.waiting()
    except Exception as error:  # noqa: BLE001 - a dead line of whatever kind
        yield Trouble(
            QUEUE, "The queue (Redis) does not answer",
            f"It fails with {type(error).__name__}. Nothing is lost: workers look into the database"
            " by themselves, so answers come later.",
            "See that Redis runs, and compare REDIS_URL. Where its certificate is self-signed, it"
            " ends in ?ssl_cert_reqs=none.",
        )  # fmt: skip


def find_slow_database(_: datetime) -> Iterator[Trouble]:
    took = database.seconds()
    if took > database.SLOW_SECONDS:
        yield Trouble(
            DATABASE, "The database is slow",
            f"It took {took:.1f} s for the smallest question.",
            "Look at its load and its disk, and at statements that run for long"
            " (pg_stat_activity).",
        )  # fmt: skip


def find_few_connections(_: datetime) -> Iterator[Trouble]:
    found = capacity.read()
    if found and found.is_nearly_used_up:
        yield Trouble(
            CONNECTIONS, "The database has hardly any connections left",
            f"{found.in_use} of {found.allowed} are used. Whoever gets none fails: webhooks, pages"
            " and answers.",
            capacity.ADVICE,
        )  # fmt: skip


def find_full_disks(now: datetime) -> Iterator[Trouble]:
    """Disks of all machines, whichever of them looks."""
    for place, one in disks(now).items():
        if one.is_nearly_full:
            yield Trouble(
                DISK, "A disk is full" if one.is_full else "A disk is nearly full",
                f"{one.left} are left on the disk of {place}. On a full disk no message can be"
                " kept.",
                "Make room on this disk, or make it larger. manage.py retention says what old"
                " messages take.",
                subject=place[-MAX_TITLE:],
                level=Level.URGENT if one.is_full else Level.SOON,
            )  # fmt: skip


def disks(now: datetime) -> dict[str, disk.Disk]:
    """Return each machine's disk, by its folder and machine; ours as it is at this moment.

    Of another machine it is what its processes said last. All processes of SQLite have one disk.
    """
    own = disk.read()
    if disk.is_shared():
        return {str(own.folder): own}
    rows = Presence.objects.seen_since(now - RECENTLY)
    found = {f"{one.disk.folder} on {one.host}": one.disk for one in rows if one.disk}
    return found | {f"{own.folder} on {socket.gethostname()}": own}


def find_wrong_clocks(now: datetime) -> Iterator[Trouble]:
    """Machines whose clock is off: one trouble for all processes of a machine."""
    for host, off in _clocks(now).items():
        if abs(off) <= clocks.A_LITTLE:
            continue
        side = "ahead of" if off > timedelta() else "behind"
        length = ages.span(abs(off)) if abs(off) >= ages.MINUTE else f"{abs(off).seconds} s"
        yield Trouble(
            CLOCK, "A clock is wrong",
            f"The clock of {host} is {length} {side} the database's. Messages seem late or not"
            " due yet, and windows close at the wrong time.",
            "Let that machine keep its time by NTP (systemd-timesyncd or chrony), then restart its"
            " processes.",
            subject=host[:MAX_TITLE],
            level=Level.URGENT if abs(off) > clocks.MUCH else Level.SOON,
        )  # fmt: skip


def _clocks(now: datetime) -> dict[str, timedelta]:
    """Return how far each machine's clock is ahead, by the newest sign of life from it."""
    rows = Presence.objects.seen_since(now - RECENTLY)
    return {one.host: timedelta(seconds=round(one.ahead_seconds)) for one in rows}
