"""What a customer said, tapped or sent, and what else there is to keep."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Case, F, TextField, Value, When
from django.utils import timezone

from backoffice.words import search_text
from conversations import waiting
from conversations.inbox import echoes, routing
from conversations.inbox.ledger import UNKNOWN, Recorded, begin, conversation_id, known, write
from conversations.models import (
    ANOTHER_APP,
    COMMENT,
    FOUND,
    Account,
    Conversation,
    Message,
    Verdict,
)
from conversations.models.arrival import Heard
from instagram.events import ANNOUNCED, EDIT, Incoming, Unknown

EMPTY = "empty message"

NOTHING_SAID = "The message is empty."


def record(item: Incoming, account: Account, until: datetime | None = None) -> Recorded:
    """Write a message down, to be decided in the conversation's turn.

    until: the conversation is taken until then if it is free; `lease` of what is returned says so.
    """
    now = timezone.now()
    at = min(item.at, now)
    heard = _hear(item, account, at, now, until)
    if heard is None:
        begin(item, account, now)
        heard = _hear(item, account, at, now, until, known=True)
        assert heard is not None
    recorded = _record(item, heard, at, now)
    if heard.lease is None:
        return recorded
    if item.referral or heard.paused_until is not None:  # these may have changed the row since
        heard.lease.row.refresh_from_db(fields=Conversation.NEEDED)
    return replace(recorded, lease=heard.lease)


def _hear(  # noqa: PLR0913 - what is heard, and when
    item: Incoming,
    account: Account,
    at: datetime,
    now: datetime,
    until: datetime | None,
    *,
    known: bool = False,
) -> Heard | None:
    """Note on the conversation that something came.

    None: there is none yet, or what came may have been erased; known: it was not.
    """
    rows, customer = Conversation.objects, item.customer
    if item.kind == COMMENT:
        return rows.hear_comment(account.pk, customer, item.username, now, at=at, known=known)
    if item.standby:
        return rows.overhear(account.pk, customer, at, known=known)
    if until:
        return rows.hear_and_take(account.pk, customer, at, now, until, known=known)
    return rows.hear(account.pk, customer, at, now, known=known)


def _record(item: Incoming, heard: Heard, at: datetime, now: datetime) -> Recorded:
    conversation = heard.conversation
    message = write(item, conversation, **_columns(item, now))
    if message is None:
        return _known(item, conversation)
    if item.referral:
        routing.keep_referral(conversation, item.referral, at)
    if heard.paused_until is not None:
        echoes.reconsider_pause(conversation, at)
    if item.standby:
        return Recorded("standby", item.kind, ANOTHER_APP, message=message)
    if item.kind == EMPTY:
        return Recorded("kept", item.kind, NOTHING_SAID, message=message)
    return Recorded("recorded", item.kind, "", conversation, message)


def _columns(item: Incoming, now: datetime) -> dict[str, Any]:
    columns: dict[str, Any] = {"payload": item.payload}
    if item.about:
        columns["about"] = json.dumps(item.about)
    if item.standby:
        return columns | {"verdict": Verdict.STANDBY, "reason": ANOTHER_APP, "decided_at": now}
    if item.kind == EMPTY:
        return columns | {"verdict": Verdict.KEPT, "reason": NOTHING_SAID, "decided_at": now}
    return columns | {"verdict": Verdict.UNDECIDED}


def _known(item: Incoming, conversation: int) -> Recorded:
    """The message is there: delivered before, announced by an edit, or found in its thread."""
    rows = Message.objects.filter(mid=item.mid, unsent_at=None)
    told_by = rows.values_list("kind", "found_at").first()
    if item.standby or item.kind in (ANNOUNCED, EDIT) or told_by is None:
        return known(item, item.kind, "duplicate")
    kind, found_at = told_by
    if found_at is not None:
        return _found(item, conversation)
    if kind in (ANNOUNCED, EDIT):
        return _announced(item, conversation)
    return known(item, item.kind, "duplicate")


def _found(item: Incoming, conversation: int) -> Recorded:
    """A look at the thread was quicker, which shows less; what nobody has seen to is decided now.

    Whether it is too old for an answer the turn decides, as of any other.
    """
    rows = Message.objects.filter(mid=item.mid)
    rows.update(
        kind=item.kind, payload=item.payload, **({"about": item.about} if item.about else {})
    )
    if item.referral:
        routing.keep_referral(conversation, item.referral, item.at)
    left = rows.filter(verdict=Verdict.TOO_OLD, reason=FOUND, done_at=None)
    if item.kind == EMPTY or waiting.has_answered_since(conversation, item.at):
        left = left.none()
    if not left.update(verdict=Verdict.UNDECIDED, reason="", decided_at=None):
        return known(item, item.kind, "duplicate")
    waiting.recount(conversation)
    message = rows.values_list("pk", flat=True).get()
    return Recorded("recorded", item.kind, "", conversation, message)


def _announced(item: Incoming, conversation: int) -> Recorded:
    """An edit told of it, and may have its text."""
    told_of = Message.objects.filter(mid=item.mid, kind__in=(ANNOUNCED, EDIT), unsent_at=None)
    said = Value(item.text, output_field=TextField())
    words = Value(search_text(item.text), output_field=TextField())
    itself = {
        "kind": item.kind,
        "payload": item.payload,
        "text": Case(When(edits=0, then=said), default=F("text")),
        "search_text": Case(
            When(edits=0, then=words), default=F("search_text"), output_field=TextField()
        ),
        "text_before": Case(When(edits__gt=0, then=said), default=F("text_before")),
        "attachments": list(item.attachments),
        "about": dict(item.about),
        "at": min(item.at, timezone.now()),
    }
    question = {
        "verdict": Verdict.UNDECIDED, "reason": "", "decided_at": None,
        "flagged": False, "done_at": None,
    }  # fmt: skip
    open_ones = told_of.filter(verdict__in=(Verdict.KEPT, Verdict.UNDECIDED))
    is_open = open_ones.update(**itself, **question)
    if is_open or told_of.update(**itself):  # it was answered by the edit's text, or is a person's
        waiting.recount(conversation)
    if not is_open:
        return known(item, item.kind, "duplicate")
    message = Message.objects.values_list("pk", flat=True).get(mid=item.mid)
    return Recorded("recorded", item.kind, "", conversation, message)


def keep(item: Unknown, account: Account) -> Recorded:
    """A kind that is shown and not answered; where it names no customer, only in the ledger."""
    outcome = "kept" if item.note else UNKNOWN
    reason = item.note or f"{item.raw_type!r} events are not answered."
    if not item.customer:
        return Recorded(outcome, item.raw_type, reason)
    conversation, now = conversation_id(item, account), timezone.now()
    Conversation.objects.raise_version(conversation)
    message = write(item, conversation, verdict=Verdict.KEPT, reason=reason, decided_at=now)
    if message is None:
        return known(item, item.raw_type, "duplicate")
    return Recorded(outcome, item.raw_type, reason, message=message)
