"""How a worker process is set up, and the threads that each one has.

The ticker finds due work whose ring was lost, and rings for it. Settler and asker ask Meta what no
conversation's turn should wait for: what became of a send, or of what a backup left open; who we
are, what customers are called. The indexer tends what search knows, and which events speak of which
message, and goes on with erasures of customers; the counter keeps the figures of whole days; the
keeper deletes what is kept no longer; the finder looks for what no webhook told of, and asks
whether a silence is one. The watcher looks for what is wrong, and for what each of the staff wants
to hear; the notifier tells of the one, the messenger of the other.
"""

import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from django.conf import settings
from django.db import close_old_connections, connection
from django.db.models import Max, QuerySet
from django.utils import timezone

from audit import retention as audit_retention
from conversations import outbox
from conversations.account import pause as account_pause
from conversations.account import profiles, renewal
from conversations.models import Conversation, Worker
from conversations.recovery import upkeep as recovery
from conversations.removal import disk
from conversations.removal import work as removal
from conversations.retention import journal
from conversations.search import index as search_index
from conversations.search import upkeep as search_upkeep
from conversations.silence import watch as silence
from conversations.statistics import upkeep as figures_upkeep
from conversations.tasks import take_turn
from incidents import clocks, delivery, probe, pulse
from metrics.process import writer
from notices import look
from notices.models import Listener
from people import upkeep as people_upkeep
from webhooks import index, retention
from webhooks.models import WebhookEvent
from webhooks.tasks import process_due_event
from workqueue import bell, durability
from workqueue.bell import Ring
from workqueue.postgresql import capacity, patience, pool

log = structlog.get_logger("ticker")

SIGN_OF_LIFE_SECONDS = 10.0
ASK_SECONDS = 3.0
RENEWAL_SECONDS = 60.0  # a token is due once a day, or a while after it failed
INDEX_SECONDS = 0.5
PLACE_SECONDS = 5.0  # a thousand messages at most: a few megabytes would be worked off by the door
COUNT_SECONDS = 60.0
KEEP_SECONDS = 60.0
AUDIT_SECONDS = 3600.0
REMOVAL_SECONDS = 5.0
DISK_SECONDS = 55.0  # what is unsent is gone within a minute, from the disk too
CONNECTIONS_SECONDS = 3600.0
SESSIONS_SECONDS = 600.0
FIND_SECONDS = 5.0
SILENCE_SECONDS = 60.0
PROBE_SECONDS = 60.0
NOTIFY_SECONDS = 3.0
AWAY_FOR = timedelta(minutes=10)  # all of us: Meta may have told us of something in vain
ROWS_WITHOUT_BELL = 8  # and threads, at a time
FORGET_WORKERS_AFTER = timedelta(days=1)
# Python's threads take turns, by default every 5 ms. Ours compute for less and then wait for the
# network: to interrupt them costs a twentieth of a worker's CPU (paired runs of `bench flood`).
SWITCH_SECONDS = 0.02

_once = threading.Lock()


def start() -> None:
    """Make this process a worker; called by each of its threads, heeded once."""
    if _once.acquire(blocking=False):
        sys.setswitchinterval(SWITCH_SECONDS)
        durability.relax()
        patience.limit(settings.WORK_SECONDS)
        pool.share(settings.WORKER_CONNECTIONS)
        capacity.introduce("worker", settings.WORKER_CONNECTIONS)
        bell.listen()
        writer.start("worker")
        _begin_answering(pulse.process_name())
        _begin_upkeep()
        _begin_watching()


def _begin_answering(name: str) -> None:
    """What customers wait for. Meta may take long to answer, and nobody's work waits for that."""
    _begin(
        "Ticker",
        settings.TICK,
        _Step(ring_for_due_work, every=0),
        _Step(lambda: give_sign_of_life(name), every=SIGN_OF_LIFE_SECONDS),
    )
    _begin(
        "Settler",
        settings.LOOK_EVERY.total_seconds(),
        _Step(outbox.settle_next, every=0),
        _Step(outbox.compare_next, every=0),
    )
    _begin(
        "Asker",
        ASK_SECONDS,
        _Step(account_pause.look_after, every=settings.LOOK_AFTER),
        _Step(renewal.look, every=RENEWAL_SECONDS),
        _Step(profiles.refresh, every=0),
        # A worker that has just started has its customers to answer first.
        _Step(probe.look, every=PROBE_SECONDS, done_at=time.monotonic()),
    )


def _begin_upkeep() -> None:
    """What is counted, found and deleted beside that."""
    _begin(
        "Indexer",
        INDEX_SECONDS,
        _Step(search_upkeep.tend, every=0),
        _Step(search_index.put_in_place, every=PLACE_SECONDS),
        _Step(index.index_next, every=0),
        _Step(removal.look, every=REMOVAL_SECONDS),
        _Step(disk.look, every=DISK_SECONDS),
    )
    _begin("Counter", COUNT_SECONDS, _Step(figures_upkeep.look, every=0))
    _begin(
        "Keeper",
        KEEP_SECONDS,
        _Step(retention.look, every=0),
        _Step(journal.write, every=0),
        _Step(audit_retention.look, every=AUDIT_SECONDS),
        _Step(compare_connections, every=CONNECTIONS_SECONDS),
        _Step(people_upkeep.look, every=SESSIONS_SECONDS),
    )
    _begin(
        "Finder",
        FIND_SECONDS,
        _Step(recovery.look, every=0),
        _Step(silence.tend, every=SILENCE_SECONDS),
    )


def _begin_watching() -> None:
    """What staff are told. An address of one's own that hangs keeps no incident back."""
    _begin("Watcher", settings.WATCH_SECONDS, _Step(watch, every=0))
    _begin("Notifier", NOTIFY_SECONDS, _Step(delivery.deliver, every=0))
    _begin("Messenger", NOTIFY_SECONDS, _Step(partial(delivery.deliver, Listener), every=0))


def _begin(name: str, pause: float, *steps: "_Step") -> None:
    threading.Thread(target=_run, args=(pause, *steps), name=name, daemon=True).start()


def _run(pause: float, *steps: "_Step") -> None:
    while True:
        for step in steps:
            step.take()
        time.sleep(pause)


@dataclass
class _Step:
    """One thing the ticker does every so many seconds; when it fails, the others go on."""

    work: Callable[[], object]
    every: float
    done_at: float = float("-inf")
    broken: bool = False

    def take(self) -> None:
        if time.monotonic() - self.done_at < self.every:
            return
        self.done_at = time.monotonic()
        try:
            close_old_connections()
            self.work()
            self.broken = False
        except Exception:
            if not self.broken:  # said once, not four times a second
                log.exception("tick_failed")
            self.broken = True
            time.sleep(1)
        finally:
            pool.give_back()


def ring_for_due_work() -> None:
    """Ring for the oldest due events and conversations, while few rings are waiting already.

    When the line is down nobody would hear: then this thread has the work done itself.
    """
    most = 2 * settings.WORKER_THREADS
    try:
        if bell.waiting() > settings.WORKER_THREADS:
            return
    except Exception:  # noqa: BLE001 - a dead line of whatever kind
        _work_without_bell()
        return
    for task, queryset in _due():
        for pk in queryset[:most]:
            task.ring(pk)


def _due() -> list[tuple[Ring, QuerySet[Any, int]]]:
    now = timezone.now()
    return [
        (process_due_event, WebhookEvent.objects.due(now).values_list("pk", flat=True)),
        (take_turn, Conversation.objects.due(now).values_list("pk", flat=True)),
    ]


def _work_without_bell() -> None:
    """Do what is due in a few threads; slower than with a bell, but nobody waits for its return."""
    for task, queryset in _due():
        due = list(queryset[:ROWS_WITHOUT_BELL])
        pool.give_back()  # those threads need it
        if due:
            with ThreadPoolExecutor(ROWS_WITHOUT_BELL) as threads:
                list(threads.map(partial(_answer, task), due))


def _answer(task: Ring, pk: int) -> None:
    try:
        task.answer(pk)
    finally:
        # Its thread ends with the pool: left to the garbage collector, they pile up tick by tick
        # until PostgreSQL allows no more.
        connection.close()


def watch() -> None:
    """Look for what is wrong; whose turn that was, looks for what people want to hear, too."""
    if pulse.beat_in_worker():
        look.look()


def compare_connections() -> None:
    """Say it where our processes may open more connections than PostgreSQL allows."""
    found = capacity.read()
    if found and found.is_too_small:
        log.warning(
            "too_few_connections",
            allowed=found.allowed,
            claimed=found.claimed,
            next=capacity.ADVICE,
        )


def give_sign_of_life(name: str) -> None:
    """Note that this process is alive; forget those that have been silent for a day.

    By the database's clock: else a wrong one of ours would look like no worker, or like a worker
    that was away.
    """
    now = clocks.shared_now()
    last = Worker.objects.aggregate(at=Max("seen_at"))["at"]
    if last is not None and last < now - AWAY_FOR:
        recovery.look_soon(now)
        silence.begin_anew(now)
    Worker.objects.update_or_create(name=name, defaults={"seen_at": now})
    Worker.objects.filter(seen_at__lt=now - FORGET_WORKERS_AFTER).delete()
