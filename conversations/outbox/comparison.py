"""Compares what a backup left open with Instagram's threads, before any of it is sent.

Who restores a backup has the rows of then. What was undecided, queued or being sent may have been
sent since, by the instabot of then: its thread shows that. What two reads a minute apart do not
show was not sent, and goes once sending is not held any more; what cannot be told is left to staff.
The same goes for questions of before the restore that are told of only now.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from conversations import erasure, waiting
from conversations.account import identity, reads
from conversations.models import (
    GONE,
    OPEN,
    PUBLIC_REPLY,
    Account,
    Conversation,
    Message,
    Origin,
    State,
    Verdict,
    key_of,
)
from conversations.outbox import settlement, states
from conversations.outbox.settlement import CLOCKS_DIFFER, SURE_AFTER_READS
from instagram.errors import GraphError
from instagram.threads import ThreadMessage

log = structlog.get_logger("settlement")

OPEN_FOR = timedelta(days=8)  # after it nothing of before may be answered: comments have 7 days
FROM_BACKUP = "Not sent: it was open in the backup that was restored."
SAID_SINCE = f"{FROM_BACKUP} Instagram shows another message to this customer since."
NOT_SHOWN = f"{FROM_BACKUP} Instagram's thread does not reach back far enough to compare it."
BELOW_COMMENT = f"{FROM_BACKUP} Look below the comment whether it was answered since."


def is_due(message: Message, restored_at: datetime | None, now: datetime) -> bool:
    """Tell whether this is still to be compared before it may go.

    What staff send was either compared while sending was held, or they decided about it since.
    """
    if restored_at is None or message.staff or now > restored_at + OPEN_FOR:
        return False
    asked_at = message.in_reply_to.at if message.in_reply_to else message.created_at
    return asked_at <= restored_at + CLOCKS_DIFFER and message.looks < SURE_AFTER_READS


def left_open(account: Account) -> QuerySet[Message]:
    """Return what may have been sent before the restore and is not compared yet.

    Served by the index message_open.
    """
    if account.restored_at is None:
        return Message.objects.none()
    until = account.restored_at + CLOCKS_DIFFER
    of_before = Q(in_reply_to__at__lte=until) | Q(in_reply_to=None, created_at__lte=until)
    rows = Message.objects.filter(OPEN, of_before, conversation__account=account)
    rows = rows.filter(state__in=states.MAY_HAVE_GONE, looks__lt=SURE_AFTER_READS)
    return rows if account.sending_held else rows.filter(staff="")


def compare_next() -> None:
    """Read the thread of the next conversation that a backup left open, if a slot is free.

    An account that was not restored lately costs no query.
    """
    now = timezone.now()
    for account in identity.accounts().rows:
        restored_at = account.restored_at
        if restored_at is not None and now <= restored_at + OPEN_FOR and account.active:
            _compare_next_of(account, now)


def _compare_next_of(account: Account, now: datetime) -> None:
    message = _due(account, now).first()
    if message is None:
        _end(account, now)
    elif message.kind == PUBLIC_REPLY:  # in no thread
        _leave(message, BELOW_COMMENT)
    elif reads.take(account.pk, now):
        # The process that moves the time looks.
        mine = Message.objects.filter(pk=message.pk, looked_at=message.looked_at)
        if mine.update(looked_at=now):
            compare(message.conversation)


def _due(account: Account, now: datetime) -> QuerySet[Message]:
    """Return what is to be looked for; what is `sending` has a turn first, which ends that."""
    rested = Q(looked_at=None) | Q(looked_at__lte=now - settings.SETTLE_PAUSE)
    rows = left_open(account).filter(rested).exclude(state=State.SENDING)
    return rows.select_related("conversation__account").order_by(
        F("conversation__last_inbound_at").asc(nulls_last=True), "pk"
    )


def _end(account: Account, now: datetime) -> None:
    """Note once that nothing is left to compare: then what no webhook told of is looked for."""
    if account.compared_at is not None or left_open(account).exists():
        return
    undecided = Message.objects.filter(OPEN, verdict=Verdict.UNDECIDED)
    if not undecided.filter(conversation__account=account).exists():
        Account.objects.filter(pk=account.pk, compared_at=None).update(compared_at=now)
        log.info("all_compared", account=account.pk)


def compare(conversation: Conversation) -> None:
    """Read a conversation's thread, and settle all that the backup left open in it."""
    try:
        account = identity.ready(conversation.account_id)
        thread = identity.client(account).thread(conversation.customer_id)
    except GraphError as error:
        log.warning("thread_unreadable", conversation=conversation.pk, exc_info=error)
        return
    with transaction.atomic():
        waiting.lock(conversation.pk)  # before its messages, as everybody locks them
        rows = left_open(conversation.account).filter(conversation=conversation.pk)
        under_way = Message.objects.filter(conversation=conversation.pk, state=State.SENDING)
        if not under_way.exists():
            Conversation.objects.wake(conversation.pk, timezone.now())
            rows = rows.select_related("in_reply_to", "conversation__account").order_by("pk")
            _settle(list(rows), conversation, thread)
            waiting.recount(conversation.pk)


def _settle(
    rows: Sequence[Message], conversation: Conversation, thread: Sequence[ThreadMessage]
) -> None:
    """Find each row in the thread, oldest first; what is found there is no other row's."""
    said = _unclaimed(conversation, thread)
    missing = []
    for row in rows:
        since = _since(row)
        same = (one for one in said if one.at >= since and row.reads_as(one.text))
        found = next(same, None) if row.kind != PUBLIC_REPLY else None
        if found:
            said.remove(found)
            _confirm(row, key_of(conversation.account_id, found.mid))
        else:
            missing.append(row)
    for row in missing:
        _judge_missing(row, said, thread)


def _judge_missing(
    message: Message, said: Sequence[ThreadMessage], thread: Sequence[ThreadMessage]
) -> None:
    """It is not in the thread: it was not sent, or that cannot be told. said: what is no row's."""
    if message.kind == PUBLIC_REPLY:
        states.leave_to_staff(message.pk, BELOW_COMMENT)
    elif any(one.at >= _since(message) for one in said):
        state = State.FAILED if message.staff else State.CANCELLED
        states.leave_to_staff(message.pk, SAID_SINCE, state)
    elif _reaches_back(thread, message):
        _miss(message)
    else:
        states.leave_to_staff(message.pk, NOT_SHOWN)


def _unclaimed(conversation: Conversation, thread: Sequence[ThreadMessage]) -> list[ThreadMessage]:
    """Return what we are seen to have said and no row has, the oldest first.

    An echo that has come since the restore has no row of its own to it: it may be of one of these.
    """
    account = conversation.account
    ours = [
        one for one in thread
        if account.answers_to(one.by) and one.by != conversation.customer_id
    ]  # fmt: skip
    keys = {one.mid: key_of(account.pk, one.mid) for one in ours}
    known = Message.objects.filter(mid__in=keys.values())
    lately = Q(origin=Origin.APP, created_at__gte=account.restored_at)
    claimed = set(known.exclude(lately).values_list("mid", flat=True))
    return [one for one in reversed(ours) if keys[one.mid] not in claimed]


def _since(message: Message) -> datetime:
    """Return from when it can have been sent; threads tell times to the second."""
    at = (message.called_at or message.created_at) - CLOCKS_DIFFER
    if message.in_reply_to:
        at = message.in_reply_to.at
    return at.replace(microsecond=0)


def _confirm(message: Message, key: str) -> None:
    """It was sent after the backup was made."""
    if states.give_way(key):
        erasure.erase(message.pk, timezone.now())
    states.confirm(message.pk, key)
    log.info("sent_after_backup", message=message.pk)


def _reaches_back(thread: Sequence[ThreadMessage], message: Message) -> bool:
    """Tell whether a send would be in what was read, unless somebody has unsent it."""
    conversation = message.conversation
    keys = [key_of(conversation.account_id, one.mid) for one in thread]
    at = message.in_reply_to.at if message.in_reply_to else message.called_at or message.created_at
    # A message of before is in it, so all that came after that is.
    here = Message.objects.filter(conversation=conversation.pk, mid__in=keys)
    if not here.filter(at__lte=at, pk__lt=message.pk).exists():
        return False
    since = _since(message)
    gone = Message.objects.filter(origin=Origin.APP, kind=GONE, at__gt=since)
    return not gone.filter(conversation=conversation.pk).exists()


def _miss(message: Message) -> None:
    """Count the read. After the second one it may go; what was called for, if that is right."""
    looks = message.looks + 1
    Message.objects.filter(pk=message.pk).update(looks=looks, looked_at=timezone.now())
    if looks < SURE_AFTER_READS or message.state != State.UNKNOWN:
        return
    backup_at = message.conversation.account.backup_at
    called = message.called_at or message.created_at
    if backup_at and called < backup_at - settings.SETTLE_FOR:
        return  # it was staff's already
    if not settlement.send_once_more(message):
        states.leave_to_staff(message.pk, FROM_BACKUP)


@transaction.atomic
def _leave(message: Message, why: str) -> None:
    waiting.lock(message.conversation_id)
    Conversation.objects.raise_version(message.conversation_id)
    states.leave_to_staff(message.pk, why)
    waiting.recount(message.conversation_id)


def leave_all(account: Account) -> int:
    """Leave to staff what is not compared; return how many messages that are."""
    rows = list(left_open(account).order_by("conversation_id", "pk"))
    for row in rows:
        _leave(row, FROM_BACKUP)
    return len(rows)
