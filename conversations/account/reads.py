"""When an account's threads may be read: Meta allows two calls a second, whoever makes them."""

import time
from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from conversations.models import Account
from workqueue.postgresql import pool

A_SLOT = 2  # calls, in LOOK_EVERY
SLOTS_TRIED = 10


def may_read(now: datetime) -> Q:
    """Keep only accounts that are active, not paused, and have a free slot."""
    free = Q(next_look_at=None) | Q(next_look_at__lte=now)
    works = Q(paused_until=None) | Q(paused_until__lte=now)
    return free & works & Q(active=True)


def take(account: int, now: datetime, calls: int = A_SLOT) -> bool:
    """Take a slot for so many calls; False: there is none, or the account may not read."""
    length = settings.LOOK_EVERY * calls / A_SLOT
    return bool(Account.objects.filter(may_read(now), pk=account).update(next_look_at=now + length))


def wait(account: int, calls: int = 1) -> bool:
    """Wait for a slot and take it; False: none came for a while, or the account may not read."""
    for _ in range(SLOTS_TRIED):
        if take(account, timezone.now(), calls):
            return True
        pool.give_back()
        time.sleep(settings.LOOK_EVERY.total_seconds())
    return False


def put_off(account: int, until: datetime) -> None:
    """Have nothing read until then: Meta has asked for that."""
    rows = Account.objects.filter(Q(next_look_at=None) | Q(next_look_at__lt=until), pk=account)
    rows.update(next_look_at=until)
