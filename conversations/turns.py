"""A conversation's turn: take it, decide what is undecided, send what is queued, give it back."""

from datetime import datetime

import structlog
from django.utils import timezone

from conversations import inbox, outbox, replying
from conversations.leases import Lease, LeaseLostError
from conversations.models import Conversation, Message, State, Verdict

log = structlog.get_logger("turns")

MAX_TRIES = 5


def take(conversation_id: int) -> None:
    """Do what is due in a conversation if nobody else does; again if it was woken meanwhile."""
    with structlog.contextvars.bound_contextvars(conversation=conversation_id):
        while lease := Conversation.objects.claim(conversation_id, timezone.now()):
            if not _attempt(lease):
                return


def _attempt(lease: Lease) -> bool:
    """Run one turn; tell whether it went well and the row was given back."""
    try:
        again = _turn(lease)
    except LeaseLostError:
        log.warning("lease_lost")
        return False
    except Exception as error:
        log.exception("turn_failed")
        _fail(lease, error)
        return False
    Conversation.objects.release(lease, again)
    return True


def _turn(lease: Lease) -> datetime | None:
    rows = _open_rows(lease)
    if not rows:
        return None
    conversation = rows[0].conversation
    if conversation.tries > MAX_TRIES:
        # It was claimed again and again and never given back: it kills its workers.
        replying.give_up(conversation.pk, "Answering kept failing.")
        return timezone.now()
    outbox.interrupted(rows)
    if any(row.state == State.UNDECIDED for row in rows):
        inbox.settle_echoes(conversation.pk)
        return timezone.now()
    questions = [row for row in rows if row.verdict == Verdict.UNDECIDED]
    ripe = replying.decide(conversation, questions, lease)
    if questions and ripe is None:
        rows = _open_rows(lease)
    return _earliest(ripe, _send(conversation, rows, lease))


def _open_rows(lease: Lease) -> list[Message]:
    rows = Message.objects.filter(conversation=lease.pk).open()
    return list(rows.select_related("conversation__account"))


def _send(conversation: Conversation, rows: list[Message], lease: Lease) -> datetime | None:
    queue = sorted((row for row in rows if row.state == State.QUEUED), key=lambda row: row.pk)
    held = outbox.held_by_unknown(rows)
    if held is None:
        if any(row.state == State.UNKNOWN for row in rows) and not conversation.needs_person:
            Conversation.objects.filter(pk=conversation.pk).update(needs_person=True)
        return outbox.send_queue(conversation, queue, lease)
    return held


def _earliest(*times: datetime | None) -> datetime | None:
    return min((time for time in times if time is not None), default=None)


def _fail(lease: Lease, error: Exception) -> None:
    """Back off; after five tries the oldest question fails with its reason and the rest goes on."""
    tries = Conversation.objects.filter(pk=lease.pk).values_list("tries", flat=True).get()
    now = timezone.now()
    if tries < MAX_TRIES:
        Conversation.objects.back_off(lease, tries, now)
        return
    replying.give_up(lease.pk, f"Answering failed {tries} times ({type(error).__name__}).")
    Conversation.objects.release(lease, now)
