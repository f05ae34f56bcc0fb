"""Reads a stored event item by item. One bad item does not stop the others."""

import json
from dataclasses import asdict
from itertools import zip_longest
from typing import Any

import structlog
from django.utils import timezone

from conversations import accounts, inbox, sql
from conversations.inbox import BROKEN, FAILED, Recorded
from conversations.leases import Lease
from instagram import events
from instagram.events import Broken, Parsed
from webhooks.models import WebhookEvent

log = structlog.get_logger("processing")

MAX_TRIES = 5

NOTE = """
UPDATE webhooks_webhookevent SET outcomes = %s, reason = %s WHERE id = %s AND leased_until = %s"""
CLOSE = """
UPDATE webhooks_webhookevent
SET state = %s, outcomes = %s, reason = %s, processed_at = %s, due_at = NULL, leased_until = NULL,
    tries = 0
WHERE id = %s AND leased_until = %s"""


def process(event_id: int) -> list[int]:
    """Record what a stored event says, if nobody else does; return the conversations to wake."""
    with structlog.contextvars.bound_contextvars(event=event_id):
        lease = WebhookEvent.objects.claim(event_id, timezone.now())
        if lease is None:
            return []
        event = lease.row
        try:
            items = _read(event)
        except events.UnreadableError as error:
            _finish(lease, [], str(error))
            return []
        recorded = [
            _record(item, before)
            for item, before in zip_longest(items, event.outcomes[: len(items)])
        ]
        problem = next((one.reason for one in recorded if one.outcome == FAILED), "")
        _finish(lease, recorded, problem)
        return sorted({one.conversation for one in recorded if one.conversation})


def _read(event: WebhookEvent) -> list[Parsed]:
    if event.tries > MAX_TRIES:  # claimed again and again and never finished
        raise events.UnreadableError("Processing it kept ending the worker.")
    return events.parse(bytes(event.body))


def _record(item: Parsed, before: dict[str, Any] | None) -> Recorded:
    """Record one item; what an earlier try has recorded already stays as it was."""
    if before and before["outcome"] != FAILED:
        return Recorded(**before)
    try:
        recorded = inbox.record(item, accounts.current())
    except Exception as error:
        kind = "item" if isinstance(item, Broken) else inbox.kind_of(item)
        log.exception("item_failed", kind=kind)
        return Recorded(FAILED, kind, f"It could not be recorded ({type(error).__name__}).")
    log.info(
        "item",
        kind=recorded.kind,
        outcome=recorded.outcome,
        conversation=recorded.conversation,
        message=recorded.message,
    )
    return recorded


def _finish(lease: Lease[WebhookEvent], recorded: list[Recorded], problem: str) -> None:
    """Close the event, or back off when an item may go better later: at most five tries."""
    now, event = timezone.now(), lease.row
    outcomes = json.dumps([asdict(one) for one in recorded])
    hope = any(one.outcome == FAILED and one.kind != BROKEN for one in recorded)
    if hope and event.tries < MAX_TRIES:
        sql.change(NOTE, outcomes, problem, lease.pk, lease.until)
        WebhookEvent.objects.back_off(lease, event.tries, now)
        return
    state = WebhookEvent.State.FAILED if problem else WebhookEvent.State.PROCESSED
    sql.change(CLOSE, state, outcomes, problem, now, lease.pk, lease.until)
