"""Which webhook events tell of a customer. An event may tell of several customers."""

import json
from collections.abc import Callable, Iterator
from functools import partial, reduce
from operator import or_
from typing import Any

from django.db.models import BinaryField, F, Func, IntegerField, Q, QuerySet, Value
from django.db.models.lookups import GreaterThan

from conversations.account import identity
from conversations.customer_data import holdings
from conversations.customer_data.colleagues import Colleagues
from conversations.customer_data.holdings import Holding
from conversations.models import PRIVATE_REPLY, Conversation, key_of, mid_of
from instagram import parser, removal
from instagram.events import Broken, Echo, Parsed, Unknown
from webhooks import comments, customers, mids
from webhooks.models import EventMid, WebhookEvent

UNREADABLE = "This event cannot be read, so nobody can tell whether it tells of others."
_HEAD, _BARE = ("id", "time"), ("field", "value")


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

    Every item names its customer; only the echo of a private reply may name them by another ID, and
    a comment of the shop's own names the one that it answers. No index serves it: the bodies of all
    events are read.
    """
    said = comments.needles(comments.ids_of(talk.account_id, talk.pk))
    has_id = reduce(or_, map(_has, [talk.customer_id, *said]))
    replies = talk.messages.filter(kind=PRIVATE_REPLY, mid__isnull=False)
    keys = replies.values_list("mid", flat=True)
    hashes = [mids.hash_of(mid_of(talk.account_id, key)) for key in keys]
    beside = EventMid.objects.filter(mid_hash__in=hashes).values("event")
    return WebhookEvent.objects.filter(has_id | Q(mid_hash__in=hashes) | Q(pk__in=beside))


def _has(text: str) -> Q:
    sought = Value(text.encode(), output_field=BinaryField())
    return Q(GreaterThan(_Place(F("body"), sought), 0))


def _mids_of(talk: Conversation) -> QuerySet[Any]:
    return EventMid.objects.filter(event__in=events_of(talk).values("pk"))


def tell(event: WebhookEvent, talk: Conversation, _: Colleagues) -> dict[str, Any] | None:
    """Return what an event tells of a customer, and nothing of others; None: nothing."""
    told = {"id": event.pk, "received_at": event.received_at, "state": event.state}
    try:
        said = json.loads(bytes(event.body))
        items = parser.parse(bytes(event.body), event.received_at)
    except (ValueError, RecursionError):
        return told | {"left_out": UNREADABLE}
    theirs = [_is_of(item, talk) for item in items]
    entries = said["entry"] if all(theirs) else list(_cut(said, talk))
    if not entries:
        return None
    ledger = zip(theirs, event.outcomes, strict=False)
    outcomes = [outcome for is_theirs, outcome in ledger if is_theirs or len(items) == 1]
    return told | {"object": said.get("object"), "entry": entries, "outcomes": outcomes}


def _cut(said: Any, talk: Conversation) -> Iterator[dict[str, Any]]:
    """Return the entries that have items of the customer, with these items alone."""
    listed = said.get("entry") if isinstance(said, dict) else None
    for entry in listed if isinstance(listed, list) else ():
        if not isinstance(entry, dict):
            continue
        head = {name: entry[name] for name in _HEAD if name in entry}
        own = dict(_own(entry, partial(_tells, said, talk, head)))
        if own:
            yield head | own


def _own(
    entry: dict[str, Any], tells: Callable[[dict[str, Any]], bool]
) -> Iterator[tuple[str, Any]]:
    """Return the parts of an entry that tell of the customer, each looked at alone."""
    for place in [name for name in entry if name not in (*_HEAD, *_BARE, "uid")]:
        listed = entry[place] or []
        items = listed if isinstance(listed, list) else [listed]
        if theirs := [item for item in items if tells({place: [item]})]:
            yield place, theirs
    bare = {name: entry[name] for name in _BARE if name in entry}  # a comment, in Meta's sample
    if bare and not entry.get("changes") and tells(bare):
        yield from bare.items()


def _tells(
    said: dict[str, Any], talk: Conversation, head: dict[str, Any], part: dict[str, Any]
) -> bool:
    """Tell whether an event with nothing but this part of an entry tells of the customer."""
    alone = {"object": said.get("object"), "entry": [head | part]}
    try:
        items = parser.parse(json.dumps(alone).encode())
    except parser.UnreadableError:
        return False
    if any(_is_of(item, talk) for item in items):
        return True
    # It says nowhere whose it is, so every id in it may be the customer's.
    account = identity.accounts().named(removal.read_account(head))
    is_ours = account is not None and account.pk == talk.account_id
    is_nobodys = any(map(customers.is_nobodys, items))
    return is_ours and is_nobodys and talk.customer_id in removal.ids_in(part)


def _is_of(item: Parsed, talk: Conversation) -> bool:
    if isinstance(item, Broken):
        return False
    account = identity.accounts().named(item.account)
    if account is None or account.pk != talk.account_id:
        return False
    if item.customer == talk.customer_id:
        return True
    if isinstance(item, Unknown) and item.below:
        return talk.messages.filter(mid=key_of(talk.account_id, item.below)).exists()
    # The echo of a private reply may name whom it went to by another ID.
    key = key_of(talk.account_id, item.mid)
    return isinstance(item, Echo) and talk.messages.filter(mid=key, kind=PRIVATE_REPLY).exists()


def register() -> None:
    """Put the events into the map of what is kept of a customer."""
    what, words = "What Instagram told the shop about you", {"received_at": "Received at"}
    events = Holding(
        "webhooks.WebhookEvent", what, events_of, shared=True, tell=tell,
        words=words | {"left_out": "Left out"},
    )  # fmt: skip
    holdings.add(events)
    what = "By which messages such an event is found"
    holdings.add(Holding("webhooks.EventMid", what, _mids_of, is_copy=True, shared=True))
