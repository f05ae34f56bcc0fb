"""Finds out what became of a send that nobody confirmed, by reading the thread back.

The echo usually settles it first (inbox). What two clean reads a minute apart do not show was not
sent, and is sent once more; what cannot be told stays with staff. A look is two calls, in a slot
of its own, so one thread of each worker process does them, the windows that close first.
"""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Min, Q, QuerySet
from django.utils import timezone

from conversations import waiting
from conversations.account import identity, reads
from conversations.models import (
    GONE,
    PUBLIC_REPLY,
    TO_COMMENTS,
    Account,
    Conversation,
    Message,
    Origin,
    State,
    key_of,
)
from conversations.outbox import states
from instagram.errors import GraphError
from instagram.threads import ThreadMessage

log = structlog.get_logger("settlement")

SURE_AFTER_READS = 2  # that did not show it
CLOCKS_DIFFER = timedelta(minutes=1)


def settle_next() -> None:
    """Look for the unconfirmed send whose window closes first, if one is due and a slot is free.

    An account that is paused, or has no slot, is in no other one's way.
    """
    now = timezone.now()
    message = _due(now).first()
    if message is None or not reads.take(message.conversation.account_id, now):
        return
    # The process that moves the time looks.
    if Message.objects.filter(
        pk=message.pk, state=State.UNKNOWN, looked_at=message.looked_at
    ).update(looked_at=now):
        look(message)


def _due(now: datetime) -> QuerySet[Message]:
    """Return what is to be looked for: served by the index message_unknown."""
    called = Q(called_at__lte=now - settings.SETTLE_FIRST, called_at__gt=now - settings.SETTLE_FOR)
    rested = Q(looked_at=None) | Q(looked_at__lte=now - settings.SETTLE_PAUSE)
    rows = Message.objects.filter(called, rested, state=State.UNKNOWN, looks__lt=SURE_AFTER_READS)
    # A reply below a comment is in no thread.
    rows = rows.exclude(kind=PUBLIC_REPLY).select_related("conversation__account")
    accounts = Account.objects.filter(reads.may_read(now))
    return rows.filter(conversation__account__in=accounts).order_by(
        F("conversation__last_inbound_at").asc(nulls_last=True), "pk"
    )


def look(message: Message) -> None:
    conversation = message.conversation
    try:
        account = identity.ready(conversation.account_id)
        thread = identity.client(account).thread(conversation.customer_id)
    except GraphError as error:
        log.warning("thread_unreadable", message=message.pk, exc_info=error)
        return
    found = find(message, conversation.account, thread)
    if found is not None:
        outcome = found_in_thread(message, found)
    elif _is_clean(message, thread):
        outcome = missed(message)
    else:
        outcome = "cannot be told"
    log.info("looked", message=message.pk, conversation=conversation.pk, outcome=outcome)


def find(message: Message, account: Account, thread: list[ThreadMessage]) -> ThreadMessage | None:
    """Return the message in the thread: ours, of the same words, of that time, nobody else's."""
    earliest, latest = _span(message)
    same = [
        said
        for said in thread
        if account.answers_to(said.by)
        and said.by != message.conversation.customer_id
        and message.reads_as(said.text)
        and earliest <= said.at <= latest
    ]
    keys = {said.mid: key_of(account.pk, said.mid) for said in same}
    claimed = set(Message.objects.filter(mid__in=keys.values()).values_list("mid", flat=True))
    return next((said for said in reversed(same) if keys[said.mid] not in claimed), None)


def _span(message: Message) -> tuple[datetime, datetime]:
    """Return from when until when it can have been sent: before our next call to this customer.

    Meta tells times to the second, by a clock of its own.
    """
    called = message.called_at
    assert called is not None
    next_call = Message.objects.filter(
        conversation=message.conversation_id, called_at__gt=called
    ).aggregate(at=Min("called_at"))["at"]
    latest = called + settings.UNKNOWN_HOLDS
    if next_call is not None:
        latest = min(latest, next_call.replace(microsecond=0) - timedelta(seconds=1))
    return called - CLOCKS_DIFFER, latest


def _is_clean(message: Message, thread: list[ThreadMessage]) -> bool:
    """Tell whether a send would be in what was read: it reaches back to the time of the call.

    Where somebody has unsent since what nobody knows here, it may be this message.
    """
    called = message.called_at
    if called is None or all(said.at >= called for said in thread):
        return False
    unsent = Message.objects.filter(origin=Origin.APP, kind=GONE, at__gt=called - CLOCKS_DIFFER)
    return not unsent.filter(conversation=message.conversation_id).exists()


@transaction.atomic
def found_in_thread(message: Message, said: ThreadMessage) -> str:
    """It is sent; what it held back is woken with it, or a kill between the two would delay it."""
    Conversation.objects.wake(message.conversation_id, timezone.now())  # locks it, before its row
    states.confirm(message.pk, key_of(message.conversation.account_id, said.mid))
    waiting.recount(message.conversation_id)
    return "found"


def missed(message: Message) -> str:
    """Count the read; after the second one send it once more, unless that would be wrong."""
    with transaction.atomic():
        # The conversation before its message, as everybody locks them.
        waiting.lock(message.conversation_id)
        rows = Message.objects.select_for_update().filter(pk=message.pk, state=State.UNKNOWN)
        rows.update(looks=F("looks") + 1)
        now = rows.first()
        if now is None or now.looks < SURE_AFTER_READS:
            return "not there"
        if not send_once_more(now):
            waiting.flag(now.conversation_id, timezone.now())
            return "left to staff"
        Conversation.objects.wake(now.conversation_id, timezone.now())
    return "sent again"


def send_once_more(message: Message) -> bool:
    """Queue what surely was not sent once more; tell whether that is right and was done.

    Not a second time, not a reply to a comment (Meta takes one), and not after later answers.
    """
    later = Message.objects.filter(
        conversation=message.conversation_id, pk__gt=message.pk, called_at__isnull=False
    )
    if message.sent_again or message.kind in TO_COMMENTS or later.exists():
        return False
    return states.queue_once_more(message.pk)
