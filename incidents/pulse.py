"""The thread that watches in each process: what it does each minute.

A web process watches, too: it finds that no worker is there, and that the database is away.
"""

import os
import random
import socket
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from queue import Empty, SimpleQueue

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, ProgrammingError, connections

from incidents import clocks, delivery, watch, work
from incidents.models import Presence
from incidents.outage import Outage
from webhooks import knocks

log = structlog.get_logger("pulse")

FIRST_SECONDS = 5.0  # a process that starts has other things to do
ANSWER_SECONDS = 40.0  # of a whole beat; a look makes small questions only
Role = Presence.Role


def beat_in_worker() -> bool:
    """Give a sign of life, and look if a look is due; tell whether we did."""
    try:
        watch.give_sign_of_life(process_name(), Role.WORKER)
        return watch.look()
    finally:
        connections.close_all()  # until the next minute somebody else may need it


def beat_in_web(outage: Outage) -> None:
    """Look where no worker does, and send what is to be said; tell where the database is away."""
    looked: list[bool] = []

    def beat() -> None:
        watch.give_sign_of_life(process_name(), Role.WEB)
        knocks.write_rest()
        outage.remember()
        looked.append(watch.look(overdue=_patience()))

    try:
        _in_time(beat)
    except (OperationalError, InterfaceError, ProgrammingError) as error:
        outage.note_failure(error)
    except TimeoutError:
        outage.note_failure(None)
    else:
        outage.note_success()
        if any(looked):  # no worker does, so none sends either
            delivery.deliver()


def _patience() -> timedelta:
    """Return how long a look is left to the workers: not at all, where there are none."""
    seen, every = work.last_seen(), timedelta(seconds=settings.WATCH_SECONDS)
    is_there = seen is not None and clocks.shared_now() - seen <= work.WORKER_ALIVE
    return every / 2 if is_there else timedelta()


def process_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


_hanging = threading.Event()


def _in_time(work: Callable[[], None]) -> None:
    """Do it in a thread of its own; raises what it raises, and TimeoutError where it hangs.

    A database that is frozen answers nothing, and closes nothing: while one thread hangs, no other
    one is begun.
    """
    if _hanging.is_set():
        raise TimeoutError
    answers: SimpleQueue[Exception | None] = SimpleQueue()
    _hanging.set()

    def run() -> None:
        error: Exception | None = None
        try:
            try:
                work()
            finally:
                connections.close_all()  # a connection a process is many, with many processes
        except Exception as raised:  # noqa: BLE001 - it is raised by whoever waits
            error = raised
        finally:
            _hanging.clear()
            answers.put(error)

    threading.Thread(target=run, name="Beat", daemon=True).start()
    try:
        error = answers.get(timeout=ANSWER_SECONDS)
    except Empty:
        raise TimeoutError from None
    if error is not None:
        raise error


def start() -> None:
    """Watch in this web process, in a thread that ends with it."""
    threading.Thread(target=_run, name="Pulse", daemon=True).start()


def _run() -> None:
    outage = Outage()
    # Several processes start together: they need not ask together.
    time.sleep(min(FIRST_SECONDS, settings.WATCH_SECONDS) * (1 + random.random()))  # noqa: S311 - no secret
    while True:
        try:
            beat_in_web(outage)
        except Exception:
            log.exception("beat_failed")
        finally:
            connections.close_all()
        time.sleep(settings.WATCH_SECONDS)
