"""Takes what is an erased customer's out of the raw events; what is others' stays in them."""

from collections.abc import Collection, Mapping
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
from instagram.events import OWN_COMMENT, Broken, Parsed, Unknown
from instagram.removal import Goes, Part
from webhooks import comments, erasure
from webhooks.models import WebhookEvent

EVENTS = "webhook events"
AT_ONCE = 2000  # ids of events that are looked through by the database itself
WRITTEN = 50  # of them, in a transaction

# Names one: the body has this text in it.
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


def take_out_items(pk: int, items: Collection[Parsed]) -> None:
    """Take out what these items told, and whatever came before it from the same customers.

    Of another account's customer who has the same id nothing goes.
    """
    until: dict[tuple[str, str], datetime] = {}
    unknown = [one for one in items if isinstance(one, Unknown)]
    own = {(one.account, one.mid) for one in unknown if one.raw_type == OWN_COMMENT}
    for item in items:
        if not isinstance(item, Broken) and item.customer:
            whose = item.account, item.customer
            until[whose] = max(item.at, until.get(whose, item.at))

    def goes(part: Part) -> bool:
        if any((part.account, comments.PREFIX + one) in own for one in part.own):
            return True
        whose = {(part.account, one) for one in part.ids} & until.keys()
        return any(part.said_at <= until[one] for one in whose)

    take_out(pk, goes)


def take_out_by_digest(
    pk: int, gone: Mapping[UUID, datetime], key: str, accounts: Collection[Account]
) -> bool:
    """Take out what was said with these customers, of whom nothing but digests is left."""

    def goes(part: Part) -> bool:
        called = [one for one in accounts if part.account in one.names()] or accounts
        names = [digests.name_of(one) for one in part.ids]
        found = (digests.digest(key, one.pk, name) for one in called for name in names)
        return any(part.at <= gone[digest] for digest in found if digest in gone)

    return take_out(pk, goes)


def goes_of(asked: CustomerErasure, said: set[str]) -> Goes:
    """Return what an erasure takes: all with the customer that was said until it was asked for.

    said: ids of the customer's comments, and of our replies to them.
    """
    account = Account.objects.filter(pk=asked.account_id or 0).first()
    own = set(account.names()) if account else set[str]()
    others = {
        name for one in Account.objects.exclude(pk=asked.account_id or 0) for name in one.names()
    }

    def goes(part: Part) -> bool:
        is_theirs = part.account in own or part.account not in others
        tells = asked.customer_id in part.ids or not said.isdisjoint(part.own)
        return is_theirs and tells and part.at <= asked.wanted_at

    return goes


def bite(asked: CustomerErasure, place: Any) -> Bite:
    """Look through the next events, the newest first; their mids do not find all that is theirs.

    Those that come later are looked at by whoever reads them (processing).
    """
    kept = WebhookEvent.objects.values_list("pk", flat=True)
    top = place or kept.order_by("-pk").first() or 0
    oldest = kept.order_by("pk").first() or 1  # years of them may be gone for their age
    bottom = max(top - AT_ONCE, oldest - 1)
    said = comments.ids_of(asked.account_id or 0, asked.conversation)
    named = _names([asked.customer_id, *comments.needles(said)])
    rows = WebhookEvent.objects.filter(named, pk__gt=bottom, pk__lte=top)
    found = list(rows.order_by("-pk").values_list("pk", flat=True)[:WRITTEN])
    goes, needle = goes_of(asked, said), asked.customer_id.encode()
    changed = sum(take_out(pk, goes, needle) for pk in found)
    last = found[-1] - 1 if len(found) == WRITTEN else bottom
    return Bite({EVENTS: changed}, last if last >= oldest else None)


def forget_replies(messages: Collection[int]) -> dict[str, int]:
    """Erase private replies by their mids: their echoes name the customer by another id."""
    sent = Message.objects.filter(pk__in=messages, kind=PRIVATE_REPLY, mid__isnull=False)
    found = sent.values_list("conversation__account", "mid")
    if replies := [mid_of(account, key) for account, key in found if key]:
        erasure.erase(replies)
    return {}


def _names(texts: Collection[str]) -> RawSQL:
    condition = " OR ".join([_NAMES[connection.vendor]] * len(texts))
    given = tuple(one.encode() for one in texts)
    return RawSQL(f"({condition})", given, BooleanField())  # noqa: S611 - one of our own
