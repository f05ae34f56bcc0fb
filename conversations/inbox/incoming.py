"""What a customer said, tapped or sent, and what else there is to keep."""

import json
from datetime import datetime
from typing import Any

from django.utils import timezone

from conversations.inbox import echoes, routing
from conversations.inbox.ledger import Recorded, conversation_id, known, write
from conversations.models import Account, Conversation, Message, Verdict
from instagram.events import Incoming, Unknown
from workqueue import sql
from workqueue.leases import Chance, Lease

# It opens the window, wakes the conversation, and shows that the conversation is ours again.
HEARD = """
UPDATE conversations_conversation
SET due_at = LEAST(COALESCE(due_at, %s), %s),
    last_inbound_at = GREATEST(COALESCE(last_inbound_at, %s), %s),
    other_app_at = CASE WHEN other_app_at <= %s THEN NULL ELSE other_app_at END
WHERE account_id = %s AND customer_id = %s
RETURNING id, bot_paused_until"""
# And it is taken if it is free, as a claim would: until the end of the lease, which is its alarm.
TAKEN = f"""
UPDATE conversations_conversation
SET due_at = CASE WHEN leased_until IS NULL OR leased_until < %s THEN %s
        ELSE LEAST(COALESCE(due_at, %s), %s) END,
    leased_until = CASE WHEN leased_until IS NULL OR leased_until < %s THEN %s
        ELSE leased_until END,
    tries = CASE WHEN leased_until IS NULL OR leased_until < %s THEN tries + 1 ELSE tries END,
    last_inbound_at = GREATEST(COALESCE(last_inbound_at, %s), %s),
    other_app_at = CASE WHEN other_app_at <= %s THEN NULL ELSE other_app_at END
WHERE account_id = %s AND customer_id = %s
RETURNING {", ".join(Conversation.NEEDED)}, due_at"""  # noqa: S608 - names of columns
# As HEARD, but another app owns the conversation; an old sign of that changes nothing.
OVERHEARD = """
UPDATE conversations_conversation
SET other_app_at = CASE WHEN last_inbound_at > %s THEN other_app_at ELSE %s END,
    last_inbound_at = GREATEST(COALESCE(last_inbound_at, %s), %s)
WHERE account_id = %s AND customer_id = %s
RETURNING id, bot_paused_until"""
# A comment opens no window, but tells what its writer is called.
COMMENTED = """
UPDATE conversations_conversation
SET due_at = LEAST(COALESCE(due_at, %s), %s),
    username = CASE WHEN username = '' THEN %s ELSE username END
WHERE account_id = %s AND customer_id = %s
RETURNING id, bot_paused_until"""
EDIT = "edit"  # the kind of a row whose edit came before the message itself
EMPTY = "empty message"

STANDBY = "Another app answers in this conversation."
NOTHING_SAID = "The message is empty."


def record(item: Incoming, account: Account, chance: Chance[Conversation] | None) -> Recorded:
    """Write a message down, to be decided in the conversation's turn."""
    now = timezone.now()
    at = min(item.at, now)
    heard = _hear(item, account, at, now, chance)
    if heard is None:
        conversation_id(item, account)
        heard = _hear(item, account, at, now, chance)
        assert heard is not None
    conversation, paused_until = heard
    message = write(item, conversation, **_columns(item, now))
    if message is None:
        return _known(item, conversation)
    if item.referral:
        routing.keep_referral(conversation, item.referral, at)
    if paused_until is not None:
        echoes.reconsider_pause(conversation, at)
    # The turn reads the row that was taken, which these may have changed since.
    if chance and chance.lease and (item.referral or paused_until is not None):
        chance.lease.row.refresh_from_db(fields=Conversation.NEEDED)
    if item.standby:
        return Recorded("standby", item.kind, STANDBY, message=message)
    if item.kind == EMPTY:
        return Recorded("kept", item.kind, NOTHING_SAID, message=message)
    return Recorded("recorded", item.kind, "", conversation, message)


def _hear(
    item: Incoming,
    account: Account,
    at: datetime,
    now: datetime,
    chance: Chance[Conversation] | None,
) -> Any:
    """Note on the conversation that something came; None: there is none yet."""
    if item.kind == "comment":
        return sql.fetch(COMMENTED, now, now, item.username, account.pk, item.customer)
    if item.standby:
        return sql.fetch(OVERHEARD, at, at, at, at, account.pk, item.customer)
    if chance:
        return _take(item, account, at, now, chance)
    return sql.fetch(HEARD, now, now, at, at, at, account.pk, item.customer)


def _take(
    item: Incoming, account: Account, at: datetime, now: datetime, chance: Chance[Conversation]
) -> Any:
    until = chance.until
    rows = sql.read(
        Conversation, TAKEN,
        now, until, now, now, now, until, now, at, at, at, account.pk, item.customer,
    )  # fmt: skip
    if not rows:
        return None
    if rows[0].due_at == until:  # else it is `now` or earlier
        chance.lease = Lease(rows[0], until)
    return rows[0].pk, rows[0].bot_paused_until


def _columns(item: Incoming, now: datetime) -> dict[str, Any]:
    columns: dict[str, Any] = {"payload": item.payload}
    if item.about:
        columns["about"] = json.dumps(item.about)
    if item.standby:
        return columns | {"verdict": Verdict.STANDBY, "reason": STANDBY, "decided_at": now}
    if item.kind == EMPTY:
        return columns | {"verdict": Verdict.KEPT, "reason": NOTHING_SAID, "decided_at": now}
    return columns | {"verdict": Verdict.UNDECIDED}


def _known(item: Incoming, conversation: int) -> Recorded:
    """The message is there: delivered before, or announced by its edit, which has its text."""
    if item.standby:
        return known(item, item.kind, "duplicate")
    announced = Message.objects.filter(mid=item.mid, kind=EDIT, unsent_at=None, edits__gt=0)
    came = announced.filter(verdict=Verdict.KEPT).update(
        kind=item.kind,
        payload=item.payload,
        attachments=list(item.attachments),
        about=dict(item.about),
        at=min(item.at, timezone.now()),
        verdict=Verdict.UNDECIDED,
        reason="",
        decided_at=None,
    )
    if not came:
        return known(item, item.kind, "duplicate")
    message = Message.objects.values_list("pk", flat=True).get(mid=item.mid)
    return Recorded("recorded", item.kind, "", conversation, message)


def keep(item: Unknown, account: Account) -> Recorded:
    """A kind that is shown and not answered; where it names no customer, only in the ledger."""
    outcome = "kept" if item.note else "unknown"
    reason = item.note or f"Instabot does not answer {item.raw_type!r} events."
    if not item.customer:
        return Recorded(outcome, item.raw_type, reason)
    conversation, now = conversation_id(item, account), timezone.now()
    message = write(item, conversation, verdict=Verdict.KEPT, reason=reason, decided_at=now)
    if message is None:
        return known(item, item.raw_type, "duplicate")
    return Recorded(outcome, item.raw_type, reason, message=message)
