"""Which Idempotency-Keys name messages of a customer; each is kept for a day."""

from collections.abc import Iterator
from itertools import islice

from django.db.models import QuerySet

from api.models import IdempotencyKey
from conversations.customer_data import holdings
from conversations.customer_data.holdings import Holding
from conversations.models import Conversation, Message

_AT_ONCE = 500  # keys whose messages are looked up in one query


def keys_of(talk: Conversation) -> QuerySet[IdempotencyKey]:
    """Return the keys under which messages of a conversation were sent."""
    return IdempotencyKey.objects.filter(pk__in=list(_find(talk)))


def _find(talk: Conversation) -> Iterator[int]:
    listed = IdempotencyKey.objects.values_list("pk", "messages").iterator()
    while bite := list(islice(listed, _AT_ONCE)):
        named = {message for _, messages in bite for message in messages}
        theirs = Message.objects.filter(conversation=talk, pk__in=named)
        ours = set(theirs.values_list("pk", flat=True))
        yield from (pk for pk, messages in bite if ours.intersection(messages))


def register() -> None:
    """Put the keys into the map of what is kept of a customer."""
    what = "Keys by which another system sent a message only once"
    holdings.add(Holding("api.IdempotencyKey", what, keys_of))
