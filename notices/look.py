"""Looks, once a minute, for what somebody wants to hear, and writes it down to be sent.

One worker does, whoever has just looked for incidents. Where two did, nothing would be told twice:
a unique constraint says what was told.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from backoffice.reach import within
from conversations.account import access
from conversations.composer import colleagues
from incidents import clocks
from notices.models import Listener, PersonalNotice
from notices.occasions import Occasion, came_true_after, find_conversations, find_mentions
from shop.current import current_shop

log = structlog.get_logger("notices")

MOST_FOUND = 50  # of each occasion, for each person, in one look
LATELY = timedelta(days=1)  # what came true before is no news to whoever begins to listen
KEPT_FOR = timedelta(days=30)


def look() -> None:
    """Write down what each person is to be told, and forget what was told long ago."""
    now = clocks.shared_now()
    with timezone.override(current_shop().zone):  # of quiet hours
        for listener in _listeners():
            with within(access.of(listener.user)):
                found = [*_find(listener, now)]
            if found:
                _write(listener, found, now)
    PersonalNotice.objects.filter(found_at__lt=now - KEPT_FOR).delete()


def _listeners() -> QuerySet[Listener]:
    """Return those who may read conversations: nobody else is told anything of them."""
    rows: QuerySet[Listener] = Listener.objects.filter(user__in=colleagues.readers().order_by())
    return rows.select_related("user").order_by("pk")


def _find(listener: Listener, now: datetime) -> Iterator[PersonalNotice]:
    """Return what is so and was not told."""
    told = PersonalNotice.objects.filter(listener=listener)
    for occasion, rows in find_conversations(listener, now).items():
        same = told.filter(occasion=occasion, conversation=OuterRef("pk"))
        known = Exists(same.filter(moment__gte=OuterRef("moment")))
        news = rows.filter(~known, came_true_after(occasion, listener, now - LATELY))
        for pk, moment in news.order_by("moment").values_list("pk", "moment")[:MOST_FOUND]:
            yield PersonalNotice(
                listener=listener, occasion=occasion, conversation_id=pk, moment=moment,
                found_at=now,
            )  # fmt: skip
    known = Exists(told.filter(mention=OuterRef("pk")))
    unseen = find_mentions(listener).filter(~known, note__at__gt=now - LATELY).order_by("pk")
    for pk, conversation, at in unseen.values_list("pk", "note__conversation", "note__at")[
        :MOST_FOUND
    ]:
        yield PersonalNotice(
            listener=listener, occasion=Occasion.MENTION, conversation_id=conversation,
            mention_id=pk, moment=at, found_at=now,
        )  # fmt: skip


@transaction.atomic
def _write(listener: Listener, found: list[PersonalNotice], now: datetime) -> None:
    """Write it, and have it sent; while messages are not taken, with the next one that is tried.

    The row is locked first: whoever is sending now either finds these, or is woken by us.
    """
    row: Listener = Listener.objects.select_for_update().get(pk=listener.pk)
    PersonalNotice.objects.bulk_create(found, ignore_conflicts=True)
    if not row.is_backing_off:
        Listener.objects.wake(row.pk, row.quiet_hours_end(now) or now)
    log.info("notices_found", listener=row.pk, count=len(found))
