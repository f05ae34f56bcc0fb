"""Messages that Instagram has and no webhook told of, and the look that finds them."""

import itertools
from datetime import timedelta

from django.utils import timezone

from conversations.account import pause as account_pause
from conversations.models import MissedLook
from conversations.recovery import upkeep
from tests.support.clock import Clock
from tests.support.graph import ACCOUNT, Heard, Sent
from tests.support.shop import Shop

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CUSTOMER = "870001"

_numbers = itertools.count(1)


def begins(time_passes: Clock) -> None:
    """Meta says who we are, and from now on nothing is missed that is not looked for."""
    account_pause.look_after()
    upkeep.look()
    knows_ids()
    time_passes(MINUTE)


def knows_ids() -> None:
    """Threads have shown messages under the ids that webhooks told of."""
    MissedLook.objects.update(recognised_at=timezone.now())


def loses(
    shop: Shop, text: str = "price?", customer: str = CUSTOMER, account: str = ACCOUNT
) -> str:
    """A customer writes, and Meta tells nobody; return the mid."""
    mid = f"aWdfLOST{next(_numbers)}"
    at = timezone.now().timestamp()
    shop.graph.heard.append(Heard(customer, text, mid, at, account))
    return mid


def loses_echo(shop: Shop, text: str = "We do.", customer: str = CUSTOMER) -> str:
    """Somebody writes in the Instagram app, and Meta tells nobody."""
    mid = f"aWdfAPP{next(_numbers)}"
    shop.graph.sent.append(Sent(customer, text, "", mid, timezone.now().timestamp()))
    return mid


def looks(time_passes: Clock, after: timedelta = HOUR) -> MissedLook:
    """That time goes by, and a worker looks as often as there is something to read."""
    time_passes(after)
    for _ in range(20):
        upkeep.look()
        row = MissedLook.objects.first()
        if row is None or not row.place:
            break
    return MissedLook.objects.get(pk=1)
