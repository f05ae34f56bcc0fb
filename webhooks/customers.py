"""Takes what is an erased customer's out of the raw events; what is others' stays in them."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from conversations.inbox import ERASED, WAS_ERASED, Recorded
from conversations.models import PRIVATE_REPLY, Account, CustomerErasure, Message, mid_of
from conversations.removal.steps import Bite
from conversations.retention import digests
from instagram import parser, removal
from instagram.events import Broken, Parsed, Unknown
from instagram.removal import Goes
from webhooks import erasure
from webhooks.models import WebhookEvent

EVENTS = "webhook events"
AT_ONCE = 2000  # ids of events that are looked through by the database itself
WRITTEN = 50  # of them, in a transaction

# Names: the body has this text in it.
_NAMES = {
    "sqlite": "instr(body, %s) > 0",
    "postgresql": "position(%s in body) > 0",
}


def take_out(pk: int, goes: Goes, needle: bytes = b"") -> bool:
    """Take out of an event what goes; tell whether there was anything.

    needle: where this stands in a body that nobody can read, all of it goes.
    """
    with transaction.atomic():
        event = WebhookEvent.objects.select_for_update().filter(pk=pk).first()
        if event is None:  # it is not kept any longer
            return False
        body = bytes(event.body)
        left = removal.take_out(body, event.received_at, goes)
        if left is None and needle and needle in body and not removal.is_readable(body):
            left = removal.write(removal.MARK)
        if left is not None:
            said = _outcomes(event, left)
            WebhookEvent.objects.filter(pk=pk).update(body=left, outcomes=said)
    return left is not None


def _outcomes(event: WebhookEvent, left: bytes) -> list[dict[str, Any]]:
    """Return what became of its items, where nothing is said any more of what was taken out."""
    try:
        items = parser.parse(left, event.received_at)
    except parser.UnreadableError:
        items = []
    if len(items) != len(event.outcomes):
        return [one | {"reason": ""} for one in event.outcomes]
    return [
        Recorded(ERASED, one["kind"], WAS_ERASED).entry() if is_erased(item) else one
        for item, one in zip(items, event.outcomes, strict=True)
    ]


def is_erased(item: Parsed) -> bool:
    return isinstance(item, Unknown) and item.raw_type == parser.ERASED_KIND


def take_out_items(pk: int, items: Iterable[Parsed]) -> None:
    """Take out what these items told, and whatever came before it from the same customers."""
    until: dict[str, datetime] = {}
    for item in items:
        if not isinstance(item, Broken) and item.customer:
            until[item.customer] = max(item.at, until.get(item.customer, item.at))

    def goes(_: str, ids: set[str], at: datetime) -> bool:
        return any(at <= until[one] for one in ids & until.keys())

    take_out(pk, goes)


def take_out_by_digest(
    pk: int, gone: Mapping[UUID, datetime], key: str, accounts: Collection[Account]
) -> bool:
    """Take out what was said with these customers, of whom nothing but digests is left."""

    def goes(named: str, ids: set[str], at: datetime) -> bool:
        called = [one for one in accounts if named in one.names()] or accounts
        names = [digests.name_of(one) for one in ids]
        found = (digests.digest(key, one.pk, name) for one in called for name in names)
        return any(at <= gone[digest] for digest in found if digest in gone)

    return take_out(pk, goes)


def goes_of(asked: CustomerErasure) -> Goes:
    """Return what an erasure takes: all with the customer that was said until it was asked for."""
    account = Account.objects.filter(pk=asked.account_id or 0).first()
    own = set(account.names()) if account else set[str]()
    others = {
        name for one in Account.objects.exclude(pk=asked.account_id or 0) for name in one.names()
    }

    def goes(named: str, ids: set[str], at: datetime) -> bool:
        is_theirs = named in own or named not in others
        return is_theirs and asked.customer_id in ids and at <= asked.wanted_at

    return goes


def bite(asked: CustomerErasure, place: Any) -> Bite:
    """Look through the next events, the newest first; their mids do not find all that is theirs.

    Those that come later are looked at by whoever reads them (processing).
    """
    top = place or (WebhookEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0)
    bottom = max(top - AT_ONCE, 0)
    named = WebhookEvent.objects.filter(_names(asked.customer_id), pk__gt=bottom, pk__lte=top)
    found = list(named.order_by("-pk").values_list("pk", flat=True)[:WRITTEN])
    goes, needle = goes_of(asked), asked.customer_id.encode()
    changed = sum(take_out(pk, goes, needle) for pk in found)
    last = found[-1] - 1 if len(found) == WRITTEN else bottom
    return Bite({EVENTS: changed}, last or None)


def forget_replies(messages: Collection[int]) -> dict[str, int]:
    """Erase private replies by their mids: their echoes name the customer by another id."""
    sent = Message.objects.filter(pk__in=messages, kind=PRIVATE_REPLY, mid__isnull=False)
    found = sent.values_list("conversation__account", "mid")
    if replies := [mid_of(account, key) for account, key in found if key]:
        erasure.erase(replies)
    return {}


def _names(text: str) -> RawSQL:
    condition, given = _NAMES[connection.vendor], (text.encode(),)
    return RawSQL(condition, given, BooleanField())  # noqa: S611 - one of our own
