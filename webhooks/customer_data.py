"""Which webhook events tell of a customer. An event may tell of several customers."""

from typing import Any

from django.db.models import BinaryField, F, Func, IntegerField, Q, QuerySet, Value
from django.db.models.lookups import GreaterThan

from conversations.customer_data import holdings
from conversations.customer_data.holdings import Holding
from conversations.models import PRIVATE_REPLY, Conversation, mid_of
from webhooks import mids
from webhooks.models import EventMid, WebhookEvent


class _Place(Func):
    """Where bytes begin within others, as both databases count it; 0: nowhere."""

    function = "INSTR"
    arity = 2
    output_field = IntegerField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        turned = self.copy()
        turned.set_source_expressions(self.get_source_expressions()[::-1])
        template = "%(function)s(%(expressions)s)"
        return turned.as_sql(
            compiler, connection, "POSITION", template, arg_joiner=" IN ", **context
        )


def events_of(talk: Conversation) -> QuerySet[WebhookEvent]:
    """Return the events that seem to tell of a customer: what is in them has to be looked at.

    Every item names its customer; only the echo of a private reply may name them by another ID.
    No index serves it: the bodies of all events are read.
    """
    named = Value(talk.customer_id.encode(), output_field=BinaryField())
    has_id = Q(GreaterThan(_Place(F("body"), named), 0))
    replies = talk.messages.filter(kind=PRIVATE_REPLY, mid__isnull=False)
    keys = replies.values_list("mid", flat=True)
    hashes = [mids.hash_of(mid_of(talk.account_id, key)) for key in keys]
    beside = EventMid.objects.filter(mid_hash__in=hashes).values("event")
    return WebhookEvent.objects.filter(has_id | Q(mid_hash__in=hashes) | Q(pk__in=beside))


def _mids_of(talk: Conversation) -> QuerySet[Any]:
    return EventMid.objects.filter(event__in=events_of(talk).values("pk"))


def register() -> None:
    """Put the events into the map of what is kept of a customer."""
    holdings.add(
        Holding("webhooks.WebhookEvent", "What Instagram told of the customer", events_of, True)
    )
    holdings.add(
        Holding("webhooks.EventMid", "By which messages such an event is found", _mids_of, True)
    )
