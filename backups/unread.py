"""Erases what was unsent or erased since from the events that a backup holds.

What was unsent is in those that are unread, or that failed: they have no message whose row would
say it. So each gets the row that an unsend writes which comes before its message: whoever reads the
event then finds it, and nobody is answered.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from conversations import inbox
from conversations.models import Account, Message, key_of
from conversations.retention import digests
from instagram import parser
from instagram.events import Echo, Edited, Incoming, Unknown, Unsent
from webhooks import customers, erasure
from webhooks import mids as named
from webhooks.models import WebhookEvent

READ_AT_ONCE = 200  # bodies
Said = Incoming | Echo | Edited | Unknown  # other items only name a message


def erase(gone: Collection[UUID], key: str) -> int:
    """Erase the messages with these digests from the events; return how many had no row yet."""
    if not gone:
        return 0
    accounts, count = list(Account.objects.order_by("pk")), 0
    for pk in list(WebhookEvent.objects.may_be_read().values_list("pk", flat=True)):
        event = WebhookEvent.objects.get(pk=pk)
        mids = named.named_in(bytes(event.body))
        for item in _said(event):
            for account in _that_had(item, accounts, gone, key):
                count += _note_unsent(item, account)
        unsent = {mid for mid in mids if _is_gone(mid, accounts, gone, key)}
        if unsent:
            erasure.erase_from(pk, unsent)
    return count


def take_out(gone: Mapping[UUID, datetime], key: str) -> None:
    """Take out what was said with customers who were erased since, whether or not it was read.

    Of most there is no conversation that says who they are, so every event is looked through.
    Whoever reads one of these knows it again, too, and answers nobody.
    """
    if not gone:
        return
    accounts = list(Account.objects.order_by("pk"))
    bodies = WebhookEvent.objects.order_by("pk").values_list("pk", "body")
    named = (
        pk for pk, body in bodies.iterator(chunk_size=READ_AT_ONCE)
        if not gone.keys().isdisjoint(customers.named_in(bytes(body), key, accounts))
    )  # fmt: skip
    for pk in list(named):
        customers.take_out_by_digest(pk, gone, key, accounts)


def _said(event: WebhookEvent) -> list[Said]:
    try:
        items = parser.parse(bytes(event.body), event.received_at)
    except parser.UnreadableError:
        return []
    return [item for item in items if isinstance(item, Said) and item.mid and item.customer]


def _is_gone(mid: str, accounts: list[Account], gone: Collection[UUID], key: str) -> bool:
    return any(digests.digest(key, one.pk, key_of(one.pk, mid)) in gone for one in accounts)


def _that_had(
    item: Said, accounts: list[Account], gone: Collection[UUID], key: str
) -> Iterator[Account]:
    """Return the account that was told of the unsend; it may not have been known by name before."""
    called = [account for account in accounts if item.account in account.names()]
    for account in called or accounts:
        if digests.digest(key, account.pk, key_of(account.pk, item.mid)) in gone:
            yield account


def _note_unsent(item: Said, account: Account) -> bool:
    """Write the row that the message will find; False: it has one."""
    if Message.objects.filter(mid=key_of(account.pk, item.mid)).exists():
        return False
    by_shop = isinstance(item, Echo) or (isinstance(item, Edited) and item.by_shop)
    told = Unsent(item.account, item.customer, timezone.now(), item.mid, by_shop=by_shop)
    return inbox.record(told, account).message is not None
