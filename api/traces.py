"""What the API remembers of messages whose customer is erased: forgotten with them."""

from typing import Any

from api.models import IdempotencyKey
from conversations.models import CustomerErasure, Message
from conversations.removal.steps import Bite

KEYS = "idempotency keys"
AT_ONCE = 500  # keys that are read in a transaction: all of them, once an erasure


def bite(asked: CustomerErasure, place: Any) -> Bite:
    """Delete those of the next keys whose requests sent one of the customer's messages."""
    after = IdempotencyKey.objects.filter(pk__gt=place or 0).order_by("pk")
    listed = list(after.values_list("pk", "messages")[:AT_ONCE])
    sent = {message for _, messages in listed for message in messages}
    said = Message.objects.filter(conversation=asked.conversation, pk__in=sent)
    theirs = set(said.values_list("pk", flat=True))
    pks = [pk for pk, messages in listed if not theirs.isdisjoint(messages)]
    deleted, _ = IdempotencyKey.objects.filter(pk__in=pks).delete()
    return Bite({KEYS: deleted}, listed[-1][0] if len(listed) == AT_ONCE else None)
