"""Who begins to write: the figure by which a silence is judged (conversations.silence).

Messages come in bursts: of two in ten minutes the second says nothing of whether another customer
will write. So what counts is a customer's message after a day without one of theirs. A day is also
how long Instagram takes answers, and nearly always longer than what somebody wants to know takes.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import ExtractHour

from conversations.models import COMMENT, Message, MessageQuerySet
from conversations.statistics.period import RECEIVED
from shop.current import ShopNow

BEFORE = timedelta(days=1)
# Comments come by a webhook field of their own, and in no thread.
WROTE = RECEIVED & ~Q(kind=COMMENT)
_EARLIER = Q(at__lt=OuterRef("at")) | Q(at=OuterRef("at"), pk__lt=OuterRef("pk"))


def by_hour(
    rows: MessageQuerySet, begins: datetime, ends: datetime, shop: ShopNow
) -> Iterator[tuple[int, int]]:
    """Count the starts of a day by the hours of the shop's clock.

    rows: what was said on it, from its beginning until its end. What came before is read of it and
    of the day before, by message_at or message_thread: without those bounds a planner may read all
    there is.
    """
    before = Message.objects.filter(
        WROTE, _EARLIER, conversation=OuterRef("conversation"),
        at__gt=OuterRef("at") - BEFORE, at__gte=begins - BEFORE, at__lt=ends,
    )  # fmt: skip
    starts = rows.filter(WROTE).exclude(Exists(before)).order_by()
    hours = starts.annotate(hour=ExtractHour("at", tzinfo=shop.zone)).values("hour")
    return iter(hours.annotate(count=Count("pk")).values_list("hour", "count"))
