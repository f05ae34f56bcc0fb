"""A look at everything, once a minute, by one process at a time.

Workers look when a look is due. Web processes look when it is overdue: then no worker is there, and
that is what they find. A process takes the look by its lease (models.Watch).
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from incidents import clocks, disk, heartbeat, ledger, notices
from incidents.looks import LOOKS, VITAL, Look
from incidents.models import Incident, Presence, Watch
from incidents.troubles import Level, Trouble
from shop.current import current_shop

log = structlog.get_logger("watch")

KEPT_FOR = timedelta(days=90)  # incidents that are over


def look(overdue: timedelta = timedelta()) -> bool:
    """Look at everything, write down what is wrong, and tell the heartbeat.

    False: no look is due, or somebody is at it. overdue: by how much it has to be.
    """
    now = clocks.shared_now()
    until = now + settings.LEASE
    every = timedelta(seconds=settings.WATCH_SECONDS)
    # Asked once a minute: a moment too early is not a minute too late.
    if not Watch.objects.take(now, until, now - every * 0.9 - overdue):
        return False
    heartbeat.begin()
    found, looked_at = examine(LOOKS, now)
    with timezone.override(current_shop().zone), transaction.atomic():
        if not Watch.objects.leave(until):
            log.warning("look_overtaken")  # it took longer than its lease: another one counts
            return False
        write(found, looked_at, now)
    _tell_heartbeat(found, looked_at)
    return True


def _tell_heartbeat(found: Sequence[Trouble], looked_at: Collection[str]) -> None:
    """Say that all is well where all that answers need was looked at, and found well."""
    if unknown := sorted(VITAL.difference(looked_at)):
        heartbeat.fail(f"A look at this failed: {', '.join(unknown)}. See the log (look_failed).")
    else:
        heartbeat.end(one for one in found if one.kind in VITAL and one.level == Level.URGENT)


def examine(looks: Sequence[Look], now: datetime) -> tuple[list[Trouble], set[str]]:
    """Return what all looks find, and the kinds that could be looked at.

    Where the database is away there is nothing to look at: that error is raised.
    """
    found: list[Trouble] = []
    looked_at: set[str] = set()
    for one in looks:
        try:
            found += one.find(now)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("look_failed", kinds=one.kinds)
        else:
            looked_at.update(one.kinds)
    return found, looked_at


@transaction.atomic
def write(found: Sequence[Trouble], looked_at: set[str], now: datetime) -> None:
    """Write incidents and the messages about them together: none is without the other."""
    news = ledger.write(found, looked_at, now)
    notices.write(news, now)
    for row in news.opened:
        log.warning("incident_opened", kind=row.kind, incident=row.pk)
    for row in news.returned:
        log.warning("incident_returned", kind=row.kind, incident=row.pk)
    for row in news.ended:
        log.info("incident_ended", kind=row.kind, incident=row.pk)
    Incident.objects.filter(ended_at__lt=now - KEPT_FOR).delete()


def give_sign_of_life(name: str, role: Presence.Role) -> None:
    """Note that a process is there, by the database's clock, how right its own is, and its disk."""
    off = clocks.ahead()
    Presence.objects.note(name, role, timezone.now() - off, off, _disk())


def _disk() -> disk.Disk | None:
    """Return our disk; None: it cannot be told, and that is no reason to seem dead."""
    try:
        return disk.read()
    except OSError:
        log.warning("disk_unknown", exc_info=True)
        return None
