"""Reads a stored event item by item. One bad item does not stop the others."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import zip_longest
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from conversations import inbox
from conversations.account import identity
from conversations.answering.bursts import TAPS
from conversations.inbox import BROKEN, EARLY, FAILED, UNSENT, Recorded
from conversations.models import Conversation
from instagram import parser
from instagram.events import Broken, Parsed, Unsent
from shop import tuning
from webhooks import erasure
from webhooks.models import WebhookEvent
from workqueue import sql
from workqueue.leases import Chance, Lease

log = structlog.get_logger("processing")

MAX_TRIES = 5
SHORT = 20_000  # bytes; one message has a few hundred
EARLY_TRIES = 3  # six seconds: what overtook its message is not far ahead of it

# Nobody else has it, nor will until the commit; what is long takes long, and goes the careful way.
FRESH = """
SELECT body FROM webhooks_webhookevent
WHERE id = %s AND due_at <= %s AND leased_until IS NULL AND tries = 0 AND LENGTH(body) <= %s
FOR NO KEY UPDATE SKIP LOCKED"""
DONE = """
UPDATE webhooks_webhookevent
SET state = 'processed', outcomes = %s, processed_at = %s, due_at = NULL
WHERE id = %s"""
NOTE = """
UPDATE webhooks_webhookevent SET outcomes = %s, reason = %s WHERE id = %s AND leased_until = %s"""
CLOSE = """
UPDATE webhooks_webhookevent
SET state = %s, outcomes = %s, reason = %s, processed_at = %s, due_at = NULL, leased_until = NULL,
    tries = 0
WHERE id = %s AND leased_until = %s"""


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
        chance = Chance[Conversation].now(timezone.now()) if take else None
        recorded = None
        with suppress(Exception):  # the careful way tells what is wrong, and counts it
            recorded = _record_at_once(event_id, chance)
        if recorded is None:
            return process(event_id)
        _tell(recorded)
        if chance and chance.lease:  # be it for a duplicate: who takes it gives it back
            return Woken([chance.lease.pk], chance.lease)
        return Woken([recorded.conversation] if recorded.conversation else [])


def _record_at_once(event_id: int, chance: Chance[Conversation] | None) -> Recorded:
    account = identity.current()  # before the transaction, so that it outlives it
    with transaction.atomic(durable=True):
        found = sql.fetch(FRESH, event_id, timezone.now(), SHORT)
        items = parser.parse(bytes(found[0])) if found else []
        if len(items) != 1 or isinstance(items[0], Unsent):
            raise _CarefullyError
        recorded = inbox.record(items[0], account, chance if _is_ripe(items[0]) else None)
        if recorded.outcome in (FAILED, EARLY):
            raise _CarefullyError
        _erase_unsent(items, [recorded])
        # The time at which it has the conversation, not at which it began to wait for it.
        sql.change(DONE, _written([recorded]), timezone.now(), event_id)
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
            items = _read(lease.row)
        except parser.UnreadableError as error:
            _finish(lease, [], str(error))
            return Woken([])
        recorded = _one_by_one(lease, items)
        return Woken(sorted({one.conversation for one in recorded if one.conversation}))


def _one_by_one(lease: Lease[WebhookEvent], items: list[Parsed]) -> list[Recorded]:
    """Record each item in a transaction of its own, so that a bad one stops no other."""
    before = lease.row.outcomes[: len(items)]
    recorded = [_record(item, earlier) for item, earlier in zip_longest(items, before)]
    _erase_unsent(items, recorded)
    _finish(lease, recorded)
    return recorded


def _erase_unsent(items: list[Parsed], recorded: list[Recorded]) -> None:
    """Before the event is closed, so that what a killed worker left undone is done again."""
    mids = {
        item.mid
        for item, one in zip(items, recorded, strict=True)
        if not isinstance(item, Broken) and (isinstance(item, Unsent) or one.outcome == UNSENT)
    }
    if mids:
        erasure.erase(mids)


def _read(event: WebhookEvent) -> list[Parsed]:
    if event.tries > MAX_TRIES:  # claimed again and again and never finished
        raise parser.UnreadableError("Processing it kept ending the worker.")
    return parser.parse(bytes(event.body))


def _record(item: Parsed, before: dict[str, Any] | None) -> Recorded:
    """Record one item; what an earlier try has recorded already stays as it was."""
    if before and before["outcome"] not in (FAILED, EARLY):
        return Recorded(**before)
    try:
        recorded = inbox.record(item, identity.current())
    except Exception as error:
        kind = "item" if isinstance(item, Broken) else inbox.kind_of(item)
        log.exception("item_failed", kind=kind)
        return Recorded(FAILED, kind, f"It could not be recorded ({type(error).__name__}).")
    _tell(recorded)
    return recorded


def _tell(recorded: Recorded) -> None:
    log.info(
        "item",
        kind=recorded.kind,
        outcome=recorded.outcome,
        conversation=recorded.conversation,
        message=recorded.message,
    )


def _finish(lease: Lease[WebhookEvent], recorded: list[Recorded], problem: str = "") -> None:
    """Close the event, or back off when an item may go better later: at most five tries."""
    now, event = timezone.now(), lease.row
    problem = problem or next((one.reason for one in recorded if one.outcome == FAILED), "")
    outcomes = _written(recorded)
    hope = any(one.outcome == FAILED and one.kind != BROKEN for one in recorded)
    early = any(one.outcome == EARLY for one in recorded)
    if (hope and event.tries < MAX_TRIES) or (early and event.tries < EARLY_TRIES):
        sql.change(NOTE, outcomes, problem, lease.pk, lease.until)
        WebhookEvent.objects.back_off(lease, event.tries, now)
        return
    state = WebhookEvent.State.FAILED if problem else WebhookEvent.State.PROCESSED
    sql.change(CLOSE, state, outcomes, problem, now, lease.pk, lease.until)


def _written(recorded: list[Recorded]) -> str:
    return json.dumps([asdict(one) for one in recorded])
