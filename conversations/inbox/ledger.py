"""What became of an item, and the row that an item of any kind becomes.

Here a conversation begins. So here it is asked whether the customer was erased, and whether what is
told was said before that: then it is not taken in again, whatever brings it.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from conversations.models import ERASED as GOING
from conversations.models import (
    Account,
    Conversation,
    CustomerErasure,
    Message,
    Origin,
    key_of,
    mid_of,
)
from conversations.retention import digests
from instagram.events import METADATA_PREFIX, Echo, Incoming, Item, Known, Unknown
from workqueue.leases import Lease

# Outcomes that somebody asks for; the others are words for the ledger.
FAILED = "failed"
EARLY = "early"  # it is about a message that has not come yet
NO_ACCOUNT = "no account"  # it is for an account that is not ours, as far as is known
UNKNOWN = "unknown"  # of a kind that is not understood: kept, and shown where it names a customer
UNSENT = "unsent"  # the message is erased: what was said must not stay in the raw event either

ERASED = "erased"  # its customer was erased after it: nothing of it must stay, either

NOT_KEPT = "Its message was deleted for its age."

WAS_ERASED = "Its customer was erased."

BROKEN = "broken"  # the kind of an item that cannot be read


class ErasedError(Exception):
    """What is told was erased with its customer. Raised before anything is written."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of an item: a word for the event's ledger, and the conversation to wake.

    lease: of the conversation, where it was taken with the message.
    """

    outcome: str
    kind: str
    reason: str = ""
    conversation: int | None = None
    message: int | None = None
    lease: Lease[Conversation] | None = field(default=None, compare=False)

    def entry(self) -> dict[str, Any]:
        """Return what the ledger keeps, as JSON; Recorded(**entry) reads it."""
        return {
            "outcome": self.outcome,
            "kind": self.kind,
            "reason": self.reason,
            "conversation": self.conversation,
            "message": self.message,
        }


def kind_of(item: Known) -> str:
    """Return the word for what an item is."""
    if isinstance(item, Unknown):
        return item.raw_type
    return item.kind if isinstance(item, Incoming | Echo) else type(item).__name__.lower()


def conversation_id(item: Item, account: Account) -> int:
    """Return the customer's conversation, which begins now if there is none; or ErasedError."""
    now = timezone.now()
    at = min(item.at, now)
    found = Conversation.objects.find(account.pk, item.customer, at)
    if found is None:
        begin(item, account, now)
        found = Conversation.objects.find(account.pk, item.customer, at, known=True)
        assert found is not None
    return found


def begin(item: Item, account: Account, now: datetime) -> None:
    """Begin the customer's conversation if there is none, for what was said and never erased.

    Raises ErasedError. Where no customer was ever erased, the statement that begins it says so.
    """
    if Conversation.objects.begin(account.pk, item.customer, now):
        return
    erased_at = digests.erased_at(account.pk, item.customer)
    if erased_at and was_erased(item, account, erased_at):
        raise ErasedError
    # A private reply's echo may name the customer by another id than the comment did.
    found = digests.find(account.pk, item.mid) if isinstance(item, Echo) else None
    if found and found.was_unsent:
        raise ErasedError
    until = erased_at + digests.CLOCKS_DIFFER if erased_at else None
    Conversation.objects.begin(account.pk, item.customer, now, known=True, erased_until=until)


def insist_not_erased(item: Item, account: Account) -> None:
    """Raise ErasedError for what was erased with its customer."""
    erased_at = digests.erased_at(account.pk, item.customer)
    if erased_at and was_erased(item, account, erased_at):
        raise ErasedError


def insist_comment_not_erased(item: Unknown, account: Account) -> None:
    """Raise ErasedError for a comment of ours that is, or answers, one of an erased customer's."""
    keys = [key_of(account.pk, mid) for mid in (item.below, mid_of(account.pk, item.mid)) if mid]
    going = Message.objects.filter(mid__in=keys, conversation__customer_id__startswith=GOING)
    if going.exists():
        raise ErasedError
    found = (digests.find(account.pk, key) for key in keys)
    if any(one.was_unsent for one in found if one):
        raise ErasedError


def was_erased(item: Item, account: Account, erased_at: datetime) -> bool:
    """Tell whether it was said before its customer was erased; item: with its key as mid.

    A message of that very moment may seem later by Meta's clock, and one that was on its way then
    is. The first is known by its mid, the other by what we sent with it, or since it is waited for.
    By its mid is known, too, what has no time of its own, as a comment: it is of the delivery.
    """
    if item.at <= erased_at:
        return True
    if isinstance(item, Echo) and item.at <= erased_at + digests.CLOCKS_DIFFER:
        if item.metadata.startswith(METADATA_PREFIX):  # of no message that is there
            return True
        waits = CustomerErasure.objects.under_way().filter(account=account.pk)
        if waits.filter(customer_id=item.customer).exists():
            return True
    return _is_going(item.mid) or digests.find(account.pk, item.mid) is not None


def _is_going(mid: str) -> bool:
    """Tell whether the message is there yet, in a conversation that is being erased."""
    return Message.objects.filter(mid=mid, conversation__customer_id__startswith=GOING).exists()


def write(item: Incoming | Echo | Unknown, conversation: int, **fields: Any) -> int | None:
    """Insert the message; None: its mid is known, nothing was written."""
    now = timezone.now()
    columns = {
        "conversation_id": conversation,
        "origin": Origin.APP if isinstance(item, Echo) else Origin.CUSTOMER,
        "kind": kind_of(item),
        "mid": item.mid,
        "text": "" if isinstance(item, Unknown) else item.text,
        "at": min(item.at, now),  # a clock that runs ahead must not hold the window open
        "created_at": now,
        **fields,
    }
    if isinstance(item, Incoming | Echo) and item.attachments:
        columns["attachments"] = json.dumps(item.attachments)
    return Message.objects.insert(columns)


def deleted(item: Item, kind: str, account: Account) -> Recorded | None:
    """Return what becomes of an item whose message was deleted; None: it was not.

    Raises ErasedError where it went with its customer.

    Locks the conversation, so that none of its messages is deleted until the commit.
    """
    talk = Conversation.objects.filter(account=account.pk, customer_id=item.customer)
    talk.select_for_update(no_key=True).first()
    found = digests.find(account.pk, item.mid)
    if found is None:
        return None
    if found.was_unsent and digests.erased_at(account.pk, item.customer):
        raise ErasedError  # whatever is told of it, and whenever
    return Recorded(UNSENT if found.was_unsent else "duplicate", kind, NOT_KEPT)


def known(item: Item, kind: str, outcome: str) -> Recorded:
    """Return what becomes of an item whose message is there already; ErasedError: it is going."""
    columns = ("pk", "unsent_at", "conversation__customer_id")
    row = Message.objects.filter(mid=item.mid).values_list(*columns).first()
    message, unsent_at, customer = row or (None, None, "")
    if customer.startswith(GOING):
        raise ErasedError
    return Recorded(UNSENT if unsent_at else outcome, kind, message=message)
