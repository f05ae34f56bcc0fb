"""Takes what is an erased customer's out of the raw events; what is others' stays in them."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from conversations.inbox import ERASED, WAS_ERASED, Recorded
from conversations.models import (
    NONE_LEFT,
    PRIVATE_REPLY,
    Account,
    CustomerErasure,
    Message,
    mid_of,
)
from conversations.removal.steps import Bite
from conversations.retention import digests
from instagram import parser, removal
from instagram.events import OWN_COMMENT, Broken, Parsed, Unknown
from instagram.removal import Goes, Part
from webhooks import comments, erasure, mids
from webhooks.models import EventMid, WebhookEvent

EVENTS = "webhook events"
AT_ONCE = 2000  # ids of events that are looked through by the database itself
WRITTEN = 50  # of them, in a transaction
AllGoes = Callable[[bytes], bool]

# Names one: the body has this text in it.
_NAMES = {
    "sqlite": "instr(body, %s) > 0",
    "postgresql": "position(%s in body) > 0",
}


def take_out(pk: int, goes: Goes, all_goes: AllGoes) -> bool:
    """Take out of an event what goes, and by what it was found; tell whether there was anything.

    all_goes: asked about a body that nobody can read.
    """
    with transaction.atomic():
        event = WebhookEvent.objects.select_for_update().filter(pk=pk).first()
        if event is None:  # it is not kept any longer
            return False
        body = bytes(event.body)
        left = removal.take_out(body, event.received_at, goes)
        if left is None and not removal.is_readable(body) and all_goes(body):
            left = removal.write(removal.MARK)
        if left is not None:
            _write(event, left)
    return left is not None


def _write(event: WebhookEvent, left: bytes) -> None:
    """Write what is left of an event; one that is closed is found by nothing else any more."""
    items = parser.parse_readable(left, event.received_at)
    rows = WebhookEvent.objects.filter(pk=event.pk)
    rows.update(body=left, outcomes=_outcomes(event, items))
    if event.mid_hash is not None:
        first, *others = _hashes(left, items)
        rows.update(mid_hash=first)
        EventMid.objects.filter(event=event.pk).exclude(mid_hash__in=others).delete()
        EventMid.objects.add(event.pk, others)


def hashes_left(pk: int) -> list[int]:
    """Return the hashes of the mids in what is left of an event (webhooks.mids)."""
    event = WebhookEvent.objects.get(pk=pk)
    body = bytes(event.body)
    return _hashes(body, parser.parse_readable(body, event.received_at))


def _hashes(body: bytes, items: list[Parsed]) -> list[int]:
    return mids.hashes_of(body, [one for one in items if not is_erased(one)])


def _outcomes(event: WebhookEvent, items: list[Parsed]) -> list[dict[str, Any]]:
    """Return what became of its items, where nothing is said any more of what was taken out."""
    if len(items) != len(event.outcomes):
        return [one | {"reason": ""} for one in event.outcomes]
    return [
        Recorded(ERASED, one["kind"], WAS_ERASED).entry() if is_erased(item) else one
        for item, one in zip(items, event.outcomes, strict=True)
    ]


def is_erased(item: Parsed) -> bool:
    return isinstance(item, Unknown) and item.raw_type == parser.ERASED_KIND


def is_nobodys(item: Parsed) -> bool:
    """Tell whether an item may be anybody's: it names no customer, or cannot be read.

    A comment of our own is whose comment it answers.
    """
    if not isinstance(item, Unknown):
        return isinstance(item, Broken)
    return not item.customer and item.raw_type not in (parser.ERASED_KIND, OWN_COMMENT)


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

    take_out(pk, goes, lambda _: False)


def take_out_erased(pk: int) -> bool:
    """Take out what was said with whoever was erased, of whatever kind; tell whether there was any.

    For what does not say whose it is, or cannot be read: every id in it is asked about. Where
    nobody was ever erased that is one statement.
    """
    key = digests.key_of_erased()
    event = WebhookEvent.objects.filter(pk=pk).first() if key else None
    if key is None or event is None:
        return False
    accounts = list(Account.objects.order_by("pk"))
    gone = digests.erased_among(named_in(bytes(event.body), key, accounts))
    return bool(gone) and take_out_by_digest(pk, gone, key, accounts)


def named_in(body: bytes, key: str, accounts: Collection[Account]) -> set[UUID]:
    """Return the digests of whatever may be a customer in a body."""
    return _digests_of(removal.ids_of(body), key, accounts)


def _digests_of(ids: Collection[str], key: str, accounts: Collection[Account]) -> set[UUID]:
    names = [digests.name_of(one) for one in ids]
    return {digests.digest(key, one.pk, name) for one in accounts for name in names}


def take_out_by_digest(
    pk: int, gone: Mapping[UUID, datetime], key: str, accounts: Collection[Account]
) -> bool:
    """Take out what was said with these customers, of whom nothing but digests is left."""

    def goes(part: Part) -> bool:
        called = [one for one in accounts if part.account in one.names()] or accounts
        found = _digests_of(part.ids, key, called)
        return any(part.at <= gone[digest] for digest in found if digest in gone)

    def all_goes(body: bytes) -> bool:
        """It names one of them, and nothing says that it was written afterwards."""
        at = removal.earliest_in(body)
        found = named_in(body, key, accounts)
        return any(at is None or at <= gone[digest] for digest in found if digest in gone)

    return take_out(pk, goes, all_goes)


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


def tell_of(account: int, customer: str) -> bool:
    """Tell whether an event says anything of a customer of this id; it looks through all bodies."""
    if not customer.isdecimal():
        return False
    asked = CustomerErasure(account_id=account, customer_id=customer, conversation=NONE_LEFT)
    goes = goes_of(asked, set())
    named = WebhookEvent.objects.filter(_names([customer])).order_by("-pk")
    for event in named.iterator(chunk_size=WRITTEN):
        body = bytes(event.body)
        left = removal.take_out(body, event.received_at, goes)
        if left is not None or not removal.is_readable(body):
            return True
    return False


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
    changed = sum(take_out(pk, goes, lambda body: needle in body) for pk in found)
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
