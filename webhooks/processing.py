"""Reads a stored event item by item. One bad item does not stop the others."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from conversations import inbox
from conversations.account import identity
from conversations.account.identity import Accounts
from conversations.answering.bursts import TAPS
from conversations.inbox import BROKEN, EARLY, ERASED, FAILED, NO_ACCOUNT, UNKNOWN, UNSENT, Recorded
from conversations.models import Account, Conversation
from conversations.removal import disk
from instagram import parser
from instagram.events import Broken, Parsed, Unsent
from metrics import series
from shop import tuning
from webhooks import customers, erasure, mids
from webhooks.models import WebhookEvent
from workqueue.failures import Failures
from workqueue.leases import Lease
from workqueue.occurrences import Occurrences

log = structlog.get_logger("processing")

EVENT_TRIES = 5
SHORT_BYTES = 20_000  # what is longer takes long, and goes the careful way
AGAIN_AT_ONCE = 1000  # ids in one statement
EARLY_TRIES = 3  # six seconds: what overtook its message is not far ahead of it

short_way_failures = Failures("short_way_failed")
unknown_kinds = Occurrences("unknown_kind", "processing")  # Meta has begun something new


class _CarefullyError(Exception):
    """This event is not for the short way: what was begun is rolled back."""


@dataclass(frozen=True, slots=True)
class Woken:
    """Conversations to take a turn in; the lease of the only one, where it is taken already."""

    conversations: list[int]
    lease: Lease[Conversation] | None = None


def at_once(event_id: int, *, take: bool = True) -> Woken:
    """Record a new event and close it in one transaction; return what to go on with.

    So it goes for nearly all events, those with one good item. Any other is left as it was, and
    processed carefully. take: whoever calls goes on with the conversation, so it is taken too.
    """
    with structlog.contextvars.bound_contextvars(event=event_id):
        recorded = _try_at_once(event_id, take=take)
        if recorded is None:
            return process(event_id)
        tell(recorded)
        if recorded.lease:  # be it for a duplicate: who takes it gives it back
            return Woken([recorded.lease.pk], recorded.lease)
        return Woken([recorded.conversation] if recorded.conversation else [])


def _try_at_once(event_id: int, *, take: bool) -> Recorded | None:
    """Return what was recorded; None, and nothing changed: the careful way is for it."""
    try:
        return _record_at_once(event_id, timezone.now() + settings.LEASE if take else None)
    except _CarefullyError:
        return None
    except Exception as error:  # noqa: BLE001 - whatever it is, the careful way counts its tries
        short_way_failures.note(error)
        return None


def _record_at_once(event_id: int, until: datetime | None) -> Recorded:
    accounts = identity.accounts()  # before the transaction, so that it outlives it
    with transaction.atomic(durable=True):
        unread = WebhookEvent.objects.unread(event_id, timezone.now(), SHORT_BYTES)
        items = parser.parse(*unread) if unread else []
        if unread is None or len(items) != 1 or isinstance(items[0], Unsent):
            raise _CarefullyError
        recorded = _write_down(items[0], accounts, until if _is_ripe(items[0]) else None)
        # What becomes no message is claimed first, so that an unsend that comes now sees it.
        if recorded.outcome in (FAILED, EARLY, NO_ACCOUNT):
            raise _CarefullyError
        is_less = erase_unsent(event_id, items, [recorded])
        hashes = customers.hashes_left(event_id) if is_less else mids.hashes_of(unread[0], items)
        # The time at which it has the conversation, not at which it began to wait for it.
        WebhookEvent.objects.close_unread(event_id, _ledger([recorded]), hashes, timezone.now())
    _measure(unread[1])
    return recorded


def _is_ripe(item: Parsed) -> bool:
    """Tell whether it is answered as it comes: who may write more is taken a moment later."""
    return not tuning.get("waiting_seconds") or getattr(item, "kind", "") in TAPS


def process(event_id: int) -> Woken:
    """Record what a stored event says, if nobody else does; return what to go on with.

    Claimed first and item by item, so that an event that ends its worker is given up one day.
    """
    with structlog.contextvars.bound_contextvars(event=event_id):
        lease = WebhookEvent.objects.claim(event_id, timezone.now())
        if lease is None:
            return Woken([])
        try:
            items = read(lease.row)
        except parser.UnreadableError as error:
            is_less = customers.take_out_erased(event_id)
            if is_less:
                disk.clean_soon()
            finish(lease, [], [], str(error), is_less=is_less)
            return Woken([])
        recorded = _one_by_one(lease, items)
        return Woken(sorted({one.conversation for one in recorded if one.conversation}))


def _one_by_one(lease: Lease[WebhookEvent], items: list[Parsed]) -> list[Recorded]:
    """Record each item in a transaction of its own, so that a bad one stops no other."""
    before = lease.row.outcomes[: len(items)]
    recorded = [_record(item, earlier) for item, earlier in zip_longest(items, before)]
    is_less = erase_unsent(lease.pk, items, recorded)
    finish(lease, items, recorded, is_less=is_less)
    return recorded


def erase_unsent(event_id: int, items: list[Parsed], recorded: list[Recorded]) -> bool:
    """Before the event is closed, so that what a killed worker left undone is done again.

    What became no message has no row that says that it is unsent: events are asked. So goes what is
    told of a customer who was erased since; True: some of it did.
    """
    is_less = _take_out_erased(event_id, items, recorded)
    pairs = [
        (item, one)
        for item, one in zip(items, recorded, strict=True)
        if not isinstance(item, Broken) and item.mid and one.outcome != ERASED
    ]
    unsent = {item.mid for item, one in pairs if isinstance(item, Unsent) or one.outcome == UNSENT}
    lost = {item.mid for item, one in pairs if one.message is None} - unsent
    if lost:
        unsent |= erasure.unsent_among(set(map(mids.hash_of, lost))) & lost
    if unsent:
        erasure.erase(unsent, event_id)
    if is_less or unsent:
        disk.clean_soon()
    return is_less


def _take_out_erased(event_id: int, items: list[Parsed], recorded: list[Recorded]) -> bool:
    """Take out what is told of customers who were erased; tell whether there was any."""
    pairs = list(zip(items, recorded, strict=True))
    gone = [item for item, one in pairs if one.outcome == ERASED]
    if gone:
        customers.take_out_items(event_id, gone)
    # What names nobody may be theirs all the same.
    if any(map(customers.is_nobodys, items)):
        return customers.take_out_erased(event_id) or bool(gone)
    return bool(gone)


def read(event: WebhookEvent) -> list[Parsed]:
    if event.tries > EVENT_TRIES:  # claimed again and again and never finished
        raise parser.UnreadableError("Processing stopped the worker each time.")
    return parser.parse(bytes(event.body), event.received_at)


def _record(item: Parsed, before: dict[str, Any] | None) -> Recorded:
    """Record one item; what an earlier try has recorded already stays as it was."""
    if before and before["outcome"] not in (FAILED, EARLY):
        return Recorded(**before)
    try:
        recorded = _write_down(item, identity.accounts())
    except Exception as error:
        kind = "item" if isinstance(item, Broken) else inbox.kind_of(item)
        log.exception("item_failed", kind=kind)
        series.items.labels(FAILED).inc()
        return Recorded(FAILED, kind, f"Could not be stored ({type(error).__name__}).")
    tell(recorded)
    return recorded


def _write_down(item: Parsed, accounts: Accounts, *until: datetime | None) -> Recorded:
    """Record an item for the account that it names.

    Nobody's only where it is that by what is known at this very moment. (Where the account becomes
    known between that and the commit, staff process the event again.)
    """
    recorded = inbox.record(item, _named(item, accounts), *until)
    if recorded.outcome == NO_ACCOUNT:
        return inbox.record(item, _named(item, identity.read()), *until)
    return recorded


def _named(item: Parsed, accounts: Accounts) -> Account | None:
    return None if isinstance(item, Broken) else accounts.named(item.account)


def read_again(account: Account) -> Callable[[], None]:
    """It becomes known who this is: find what seemed to be for nobody of ours.

    What is returned has it read once more, in the transaction that keeps the account's name. Only
    what was not read yet at the beginning is looked at there: the whole table takes long.
    """
    unread = WebhookEvent.objects.first_unread()
    of_others = WebhookEvent.objects.taken_for_others(account.names())
    found = list(of_others.filter(pk__lt=unread).values_list("pk", flat=True))

    def finish() -> None:
        now = timezone.now()
        count = of_others.filter(pk__gte=unread).again(now)
        for start in range(0, len(found), AGAIN_AT_ONCE):
            bite = found[start : start + AGAIN_AT_ONCE]
            count += WebhookEvent.objects.filter(pk__in=bite).again(now)
        log.info("read_again", account=account.pk, events=count)

    return finish


def _measure(received_at: datetime) -> None:
    """Note how long an event has taken that is closed now."""
    seconds = (timezone.now() - received_at).total_seconds()
    series.webhook_seconds.observe(max(seconds, 0))  # machines' clocks differ


def tell(recorded: Recorded) -> None:
    series.items.labels(recorded.outcome).inc()
    log.info(
        "item",
        kind=recorded.kind,
        outcome=recorded.outcome,
        conversation=recorded.conversation,
        message=recorded.message,
    )
    if recorded.outcome == UNKNOWN:
        unknown_kinds.note(kind=recorded.kind)


def finish(
    lease: Lease[WebhookEvent],
    items: list[Parsed],
    recorded: list[Recorded],
    problem: str = "",
    *,
    is_less: bool,
) -> None:
    """Close the event, or back off when an item may go better later: at most five tries.

    is_less: an erased customer's part was taken out of it.
    """
    now, event = timezone.now(), lease.row
    problem = problem or next((one.reason for one in recorded if one.outcome == FAILED), "")
    outcomes = _ledger(recorded)
    hope = any(one.outcome == FAILED and one.kind != BROKEN for one in recorded)
    early = any(one.outcome == EARLY for one in recorded)
    if (hope and event.tries < EVENT_TRIES) or (early and event.tries < EARLY_TRIES):
        WebhookEvent.objects.note(lease, outcomes, problem)
        WebhookEvent.objects.back_off(lease, event.tries, now)
        return
    state = WebhookEvent.State.FAILED if problem else WebhookEvent.State.PROCESSED
    hashes = (
        customers.hashes_left(lease.pk) if is_less else mids.hashes_of(bytes(event.body), items)
    )
    WebhookEvent.objects.close(lease, state, outcomes, problem, now, hashes=hashes)
    _measure(event.received_at)


def _ledger(recorded: list[Recorded]) -> str:
    return json.dumps([item.entry() for item in recorded])
