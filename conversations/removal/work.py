"""Goes on with erasures until they are done: whoever asked begins, a worker does the rest.

In bites, each a transaction that also notes what went and where the next one begins. Whoever is
killed leaves at most one bite undone; whoever comes after the lease goes on there.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from backoffice.reach import asked_by_machine
from conversations.models import CustomerErasure
from conversations.removal import disk, steps, thread, traces
from conversations.removal.steps import Bite
from conversations.retention import digests
from workqueue.postgresql import pool

log = structlog.get_logger("removal")

PATIENCE = timedelta(seconds=5)  # of whoever asked
BUDGET = timedelta(seconds=2)  # of a worker's look
REST_SECONDS = 0.05  # between two bites, for whoever answers customers
UNTIL_FILES_ARE_FREE = timedelta(minutes=1)  # somebody reads; each try costs all writers a moment


class LeaseLostError(Exception):
    """Somebody else goes on with it meanwhile."""


class TooEarlyError(Exception):
    """What is next can't be done yet; nobody need try for so long."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self.wait = wait


def look() -> None:
    """Go on with what is not done; mostly there is nothing, and that is one statement."""
    for pk in list(CustomerErasure.objects.under_way().order_by("pk").values_list("pk", flat=True)):
        try:
            go_on(pk, BUDGET)
        except Exception:
            log.exception("not_erased", erasure=pk)  # another customer's may go on


@asked_by_machine()
def go_on(pk: int, budget: timedelta = PATIENCE) -> bool:
    """Go on with an erasure for so long; tell whether it is done."""
    until, ends = timezone.now() + settings.LEASE, time.monotonic() + budget.total_seconds()
    left_until = None
    if not _take(pk, until):
        return bool(CustomerErasure.objects.filter(pk=pk).exclude(done_at=None).exists())
    try:
        while not _step(pk, until):
            if time.monotonic() > ends:
                return False
            pool.give_back()
            time.sleep(REST_SECONDS)
    except TooEarlyError as error:
        left_until = timezone.now() + error.wait if error.wait else None
        return False
    except LeaseLostError:
        log.warning("erasure_lease_lost", erasure=pk)
        return False
    finally:
        _held(pk, until).update(leased_until=left_until)
    log.info("customer_erased", erasure=pk)
    return True


def _take(pk: int, until: datetime) -> bool:
    free = Q(leased_until=None) | Q(leased_until__lt=timezone.now())
    rows = CustomerErasure.objects.under_way().filter(free, pk=pk)
    return bool(rows.update(leased_until=until))


def _held(pk: int, until: datetime) -> Any:
    return CustomerErasure.objects.under_way().filter(pk=pk, leased_until=until)


def _step(pk: int, until: datetime) -> bool:
    """Take a bite of what is next; True: all is done."""
    every = [*steps.beside(), thread.bite, traces.bite, _forget]
    step = _held(pk, until).values_list("step", flat=True).first()
    if step is None:
        raise LeaseLostError
    if step < len(every):
        _bite(pk, until, every[step])
        return False
    # Last of all, and in no transaction: what it takes from the disk must be gone by then.
    if not disk.clean():
        raise TooEarlyError(UNTIL_FILES_ARE_FREE)
    return bool(_held(pk, until).update(done_at=timezone.now()))


@transaction.atomic
def _bite(pk: int, until: datetime, step: Callable[[CustomerErasure, Any], Bite]) -> None:
    """Take it; raises TooEarlyError, and LeaseLostError."""
    if not _held(pk, until).update(leased_until=until):  # locked from here on
        raise LeaseLostError
    row = CustomerErasure.objects.get(pk=pk)
    bite = step(row, row.place)
    if bite.wait is not None:
        raise TooEarlyError(bite.wait)
    for name, count in bite.counts.items():
        row.counts[name] = row.counts.get(name, 0) + count
    row.place = bite.place
    row.step += bite.place is None
    row.save(update_fields=["counts", "place", "step", "customer_id"])


def _forget(erasure: CustomerErasure, _: Any) -> Bite:
    """Whom it was about is not to be known any more, once no echo has to be recognised by it."""
    left = erasure.wanted_at + digests.CLOCKS_DIFFER - timezone.now()
    if erasure.counts.get(thread.UNCONFIRMED) and left > timedelta(0):
        return Bite(wait=left)
    erasure.customer_id = ""
    return Bite()
