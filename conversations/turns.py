"""A conversation's turn: take it, decide what is undecided, send what is queued, give it back."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.utils import timezone

from conversations import inbox, outbox, waiting
from conversations.account import identity
from conversations.answering import decision
from conversations.models import Conversation, Message, State, Verdict
from metrics import series
from workqueue import shutdown
from workqueue.leases import LONGEST_BACK_OFF_SECONDS, Lease, LeaseLostError

log = structlog.get_logger("turns")

TURN_TRIES = 5


def take(conversation_id: int, lease: Lease[Conversation] | None = None) -> None:
    """Do what is due in a conversation if nobody else does; again if it was woken meanwhile.

    lease: it is taken already.
    """
    with structlog.contextvars.bound_contextvars(conversation=conversation_id):
        while not shutdown.begun():
            lease = lease or Conversation.objects.claim(conversation_id, timezone.now())
            if lease is None or not run(lease):
                return
            lease = None
        if lease:
            now = timezone.now()
            Conversation.objects.release(lease, now, now)


def run(lease: Lease[Conversation]) -> bool:
    """Run one turn and give the row back; tell whether it went well and there is more to do."""
    try:
        again = _turn(lease)
    except LeaseLostError:
        log.warning("lease_lost")
        series.turns.labels("lease lost").inc()
        return False
    except Exception as error:
        log.exception("turn_failed")
        series.turns.labels("failed").inc()
        _fail(lease, error)
        return False
    series.turns.labels("done").inc()
    return Conversation.objects.release(lease, again, timezone.now())


def _turn(lease: Lease[Conversation]) -> datetime | None:
    conversation = lease.row
    if conversation.tries > TURN_TRIES:
        # It was claimed again and again and never given back: it kills its workers.
        return _give_up(lease, "Could not be answered: the worker stopped each time.")
    rows = Message.objects.open(conversation.pk)
    outbox.interrupted(rows)
    if any(row.state == State.UNDECIDED for row in rows):
        inbox.settle_echoes(conversation.pk)
        return timezone.now()
    questions = [row for row in rows if row.verdict == Verdict.UNDECIDED]
    # The last time for themselves, so that only the message fails that cannot be decided.
    together = conversation.tries < TURN_TRIES
    decided = decision.decide(
        conversation, questions, lease, alone=len(rows) == 1, together=together
    )
    if decided.stopped:
        rows = [row for row in rows if row.staff or row.state != State.QUEUED]
    again = _send(conversation, [*rows, *decided.queue], lease, decided.first)
    return _earliest(decided.ripe, again)


def _send(
    conversation: Conversation,
    rows: list[Message],
    lease: Lease[Conversation],
    first: outbox.Marked | None,
) -> datetime | None:
    queue = sorted((row for row in rows if row.state == State.QUEUED), key=lambda row: row.pk)
    unknown = [row for row in rows if row.state == State.UNKNOWN]
    held = outbox.held_by_unknown(unknown)
    if held is not None:
        queue = [row for row in queue if row.staff]  # a person's message waits for nobody's
    again = outbox.send_queue(conversation, queue, lease, first)
    return _earliest(again, held, _left_to_staff(conversation, unknown))


def _left_to_staff(conversation: Conversation, unknown: list[Message]) -> datetime | None:
    """Ask for a person about sends that could not be settled; return when the next is so far.

    What a backup left open is compared first, however long ago it was (outbox.comparison).
    """
    if unknown and identity.account(conversation.account_id).sending_held:
        return None
    ends = [(row.called_at or row.created_at) + settings.SETTLE_FOR for row in unknown]
    now = timezone.now()
    over = [end for end in ends if end <= now]
    if over and not conversation.needs_person:
        waiting.flag(conversation.pk, max(over))
    return min((end for end in ends if end > now), default=None)


def _earliest(*times: datetime | None) -> datetime | None:
    return min((time for time in times if time is not None), default=None)


def _fail(lease: Lease[Conversation], error: Exception) -> None:
    """Back off; after five tries the oldest question fails with its reason and the rest goes on."""
    tries, now = lease.row.tries, timezone.now()
    if tries < TURN_TRIES:
        Conversation.objects.back_off(lease, tries, now)
        return
    try:
        again = _give_up(
            lease, f"Could not be answered after {tries} attempts ({type(error).__name__})."
        )
    except LeaseLostError:
        return
    Conversation.objects.release(lease, again, now)


def _give_up(lease: Lease[Conversation], reason: str) -> datetime:
    """Return when to look again: at once, or much later where there was nothing to give up."""
    now = timezone.now()
    if decision.give_up(lease, reason):
        return now
    return now + timedelta(seconds=LONGEST_BACK_OFF_SECONDS)
