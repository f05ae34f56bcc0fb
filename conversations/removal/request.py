"""Begins to erase a customer: in one short transaction the conversation is nobody's any more.

From its commit on no list has it, no answer goes out, and what was said until then is recognised
when it comes once more; what the customer writes afterwards begins a conversation of its own.
"""

from django.db import transaction
from django.utils import timezone

from audit import trail
from backoffice.reach import asked_by_machine
from conversations import waiting
from conversations.models import (
    ERASED,
    NONE_LEFT,
    Conversation,
    CustomerErasure,
    DirectoryEntry,
)
from conversations.retention import digests, journal
from conversations.retention.customers import NO_NAME
from instagram.limits import MAX_ID


@asked_by_machine()
@transaction.atomic
def begin(conversation: int, by: str) -> CustomerErasure | None:
    """Begin to erase this conversation's customer; None: there is none, or it has begun.

    by: who asks for it. What is left is done by work.go_on(), or by a worker.
    """
    row = Conversation.objects.select_for_update().filter(pk=conversation).first()
    if row is None or row.customer_id.startswith(ERASED):
        return None
    now = timezone.now()
    erasure: CustomerErasure = CustomerErasure.objects.create(
        account_id=row.account_id, conversation=row.pk, by=by[:MAX_ID], wanted_at=now,
        customer_id=row.customer_id,
    )  # fmt: skip
    journal.note_customer(row, now)
    _hide(row)
    trail.record(trail.Kind.ERASURE, f"erased the customer of conversation {row.pk}")
    return erasure


@asked_by_machine()
@transaction.atomic
def begin_leftovers(
    account: int, customer: str, by: str, *, is_told_of: bool = False
) -> CustomerErasure | None:
    """Begin to erase what is left of a customer whose conversation went, as for its age.

    is_told_of: there may never have been one, and an event tells of them (steps.is_told_of). None:
    there is a conversation, nobody of this id ever went, or it is under way.
    """
    there = Conversation.objects.filter(account=account, customer_id=customer)
    going = CustomerErasure.objects.under_way().filter(account=account, customer_id=customer)
    was_here = is_told_of or digests.erased_at(account, customer)
    if not was_here or there.exists() or going.exists():
        return None
    now = timezone.now()
    erasure: CustomerErasure = CustomerErasure.objects.create(
        account_id=account, conversation=NONE_LEFT, by=by[:MAX_ID], wanted_at=now,
        customer_id=customer,
    )  # fmt: skip
    journal.note_customer(Conversation(account_id=account, customer_id=customer), now)
    trail.record(trail.Kind.ERASURE, "erased what was left of a customer without a conversation")
    return erasure


def _hide(row: Conversation) -> None:
    """Nobody finds it by a name, and no message of the customer's finds it by the id."""
    waiting.leave(row.pk)
    row.labels.clear()
    DirectoryEntry.objects.filter(pk=row.pk).delete()
    Conversation.objects.filter(pk=row.pk).update(
        customer_id=f"{ERASED}{row.pk}", profile_at=timezone.now(), **NO_NAME
    )
    # Whoever has its turn right now goes on to the end of it; no other turn begins.
    Conversation.objects.filter(pk=row.pk, leased_until=None).update(due_at=None)
