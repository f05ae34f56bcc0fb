"""One thread in each worker process: finds due work whose ring was lost, and rings for it."""

import os
import socket
import threading
import time
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone

from conversations import accounts, bell
from conversations.models import Conversation, Worker
from conversations.tasks import take_turn
from webhooks.models import WebhookEvent
from webhooks.tasks import process_event

log = structlog.get_logger("ticker")

SIGN_OF_LIFE = 10.0  # seconds
LOOK_AFTER = 60.0
FORGET_WORKERS = timedelta(days=1)

_once = threading.Lock()


def start() -> None:
    """Start the ticker of this process; called by each worker thread, heeded once."""
    if _once.acquire(blocking=False):
        bell.listen()
        threading.Thread(target=_run, name="Ticker", daemon=True).start()


def _run() -> None:
    name = f"{socket.gethostname()}:{os.getpid()}"
    alive = looked = float("-inf")
    while True:
        try:
            close_old_connections()
            ring_for_due_work()
            if time.monotonic() - alive > SIGN_OF_LIFE:
                give_sign_of_life(name)
                alive = time.monotonic()
            if time.monotonic() - looked > LOOK_AFTER:
                looked = time.monotonic()
                accounts.look_after()
        except Exception:
            log.exception("tick_failed")
            time.sleep(1)
        time.sleep(settings.TICK)


def ring_for_due_work() -> None:
    """Ring for the oldest due events and conversations, while few rings are waiting already."""
    most = 2 * settings.WORKER_THREADS
    if bell.waiting() > settings.WORKER_THREADS:
        return
    now = timezone.now()
    for pk in WebhookEvent.objects.due(now).values_list("pk", flat=True)[:most]:
        process_event.ring(pk)
    for pk in Conversation.objects.due(now).values_list("pk", flat=True)[:most]:
        take_turn.ring(pk)


def give_sign_of_life(name: str) -> None:
    """Note that this process is alive; forget those that have been silent for a day."""
    now = timezone.now()
    Worker.objects.update_or_create(name=name, defaults={"seen_at": now})
    Worker.objects.filter(seen_at__lt=now - FORGET_WORKERS).delete()
