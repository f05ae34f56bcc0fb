"""What became of an item, and the row that an item of any kind becomes."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from conversations.models import Account, Conversation, Message, Origin
from conversations.retention import digests
from instagram.events import Echo, Incoming, Item, Known, Unknown
from workqueue.leases import Lease

# Outcomes that somebody asks for; the others are words for the ledger.
FAILED = "failed"
EARLY = "early"  # it is about a message that has not come yet
NO_ACCOUNT = "no account"  # it is for an account that is not ours, as far as is known
UNKNOWN = "unknown"  # of a kind that is not understood: kept, and shown where it names a customer
UNSENT = "unsent"  # the message is erased: what was said must not stay in the raw event either

NOT_KEPT = "Its message was deleted for its age."

BROKEN = "broken"  # the kind of an item that cannot be read


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
    """Return the customer's conversation, which begins now if there is none."""
    found = Conversation.objects.find(account.pk, item.customer)
    if found is None:
        Conversation.objects.begin(account.pk, item.customer, timezone.now())
        found = Conversation.objects.find(account.pk, item.customer)
        assert found is not None
    return found


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
    """Return what becomes of an item whose message was deleted for its age; None: it was not.

    Locks the conversation, so that none of its messages is deleted until the commit.
    """
    talk = Conversation.objects.filter(account=account.pk, customer_id=item.customer)
    talk.select_for_update(no_key=True).first()
    found = digests.find(account.pk, item.mid)
    if found is None:
        return None
    return Recorded(UNSENT if found.was_unsent else "duplicate", kind, NOT_KEPT)


def known(item: Item, kind: str, outcome: str) -> Recorded:
    """Return what becomes of an item whose message is there already."""
    row = Message.objects.filter(mid=item.mid).values_list("pk", "unsent_at").first()
    message, unsent_at = row or (None, None)
    return Recorded(UNSENT if unsent_at else outcome, kind, message=message)
