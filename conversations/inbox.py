"""Records what Meta tells us: conversations and messages, each item once.

One transaction an item. A second delivery hits the unique `mid` and changes nothing. Only this
file, replying and outbox write messages.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from conversations import sql, tuning
from conversations.models import (
    Account,
    Conversation,
    Message,
    Origin,
    State,
    Verdict,
    later_of,
)
from instagram.events import METADATA_PREFIX, Broken, Echo, Incoming, Item, Parsed, Unknown

log = structlog.get_logger("inbox")

HEARD = """
UPDATE conversations_conversation
SET due_at = LEAST(COALESCE(due_at, %s), %s),
    last_inbound_at = GREATEST(COALESCE(last_inbound_at, %s), %s)
WHERE account_id = %s AND customer_id = %s
RETURNING id"""
OURS = """
SELECT message.id, message.mid, message.state, message.conversation_id
FROM conversations_message message
JOIN conversations_conversation conversation ON conversation.id = message.conversation_id
WHERE message.id = %s AND conversation.account_id = %s AND conversation.customer_id = %s
    AND message.origin <> 'customer'"""
FAILED = "failed"  # an outcome
BROKEN = "broken"  # the kind of an item that makes no sense


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of an item: a word for the event's ledger, and the conversation to wake."""

    outcome: str
    kind: str
    reason: str = ""
    conversation: int | None = None
    message: int | None = None


def kind_of(item: Incoming | Echo | Unknown) -> str:
    return item.raw_type if isinstance(item, Unknown) else item.kind


def record(item: Parsed, account: Account) -> Recorded:
    """Write one item down; safe to call again, and beside itself, with the same item."""
    if isinstance(item, Broken):
        return Recorded(FAILED, BROKEN, item.reason)
    kind = kind_of(item)
    if not account.answers_to(item.account):
        return Recorded("no account", kind, f"The event is for account {item.account!r}.")
    if not item.customer:
        return Recorded("kept", kind, "It names no customer.")
    try:
        return _once(item, account)
    except IntegrityError:
        # Its mid was being written at the same moment, as the outcome of our own send.
        return _once(item, account)


def _once(item: Incoming | Echo | Unknown, account: Account) -> Recorded:
    with transaction.atomic(savepoint=False):
        if isinstance(item, Echo):
            return _record_echo(item, account)
        if isinstance(item, Incoming):
            return _record_question(item, account)
        return _record_other(item, account)


def _conversation_id(item: Item, account: Account) -> int:
    conversation, _ = Conversation.objects.get_or_create(account=account, customer_id=item.customer)
    return conversation.pk


def _write(item: Incoming | Echo | Unknown, conversation_id: int, **fields: Any) -> int | None:
    """Insert the message; None: its mid is known, nothing was written."""
    now = timezone.now()
    columns = {
        "conversation_id": conversation_id,
        "origin": Origin.APP if isinstance(item, Echo) else Origin.CUSTOMER,
        "kind": kind_of(item),
        "mid": item.mid,
        "text": item.text,
        "attachments": json.dumps(item.attachments),
        "at": min(item.at, now),  # a clock that runs ahead must not hold the window open
        "created_at": now,
        **fields,
    }
    return Message.objects.insert(columns)


def _record_question(item: Incoming, account: Account) -> Recorded:
    """A text or a tap: it opens the window, and its conversation is woken."""
    now = timezone.now()
    at = min(item.at, now)
    heard = sql.fetch(HEARD, now, now, at, at, account.pk, item.customer)
    if heard is None:
        _conversation_id(item, account)
        heard = sql.fetch(HEARD, now, now, at, at, account.pk, item.customer)
        assert heard is not None
    message = _write(item, heard[0], payload=item.payload, verdict=Verdict.UNDECIDED)
    if message is None:
        return _known(item, "duplicate")
    return Recorded("recorded", item.kind, "", heard[0], message)


def _record_other(item: Unknown, account: Account) -> Recorded:
    """A kind that is shown and not answered; a message of any kind opens the window."""
    conversation_id = _conversation_id(item, account)
    reason = f"Instabot does not answer {item.raw_type!r} events."
    now = timezone.now()
    message = _write(item, conversation_id, verdict=Verdict.KEPT, reason=reason, decided_at=now)
    if message is None:
        return _known(item, "duplicate")
    if item.opens_window:
        Conversation.objects.filter(pk=conversation_id).update(
            last_inbound_at=later_of("last_inbound_at", min(item.at, now))
        )
    return Recorded("kept", item.raw_type, reason, message=message)


def _known(item: Incoming | Echo | Unknown, outcome: str) -> Recorded:
    known = Message.objects.filter(mid=item.mid).values_list("pk", flat=True).first()
    return Recorded(outcome, kind_of(item), message=known)


def _record_echo(echo: Echo, account: Account) -> Recorded:
    """Our own send comes back, before or after its response; else a person or a tool wrote it."""
    ours = _ours_by_metadata(echo, account)
    if ours is not None:
        return _confirmed(ours, echo)
    if Message.objects.filter(mid=echo.mid).exists():
        return _known(echo, "echo")
    conversation_id = _conversation_id(echo, account)
    in_flight = Message.objects.filter(
        conversation=conversation_id, state__in=[State.SENDING, State.UNKNOWN]
    ).exists()
    state = State.UNDECIDED if in_flight else State.SENT
    message = _write(echo, conversation_id, state=state)
    if message is None:
        return _known(echo, "echo")
    if in_flight:
        Conversation.objects.wake(conversation_id, timezone.now())
        return Recorded("undecided echo", echo.kind, "", conversation_id, message)
    pause_for_person(conversation_id, min(echo.at, timezone.now()))
    return Recorded("person", echo.kind, message=message)


def _ours_by_metadata(echo: Echo, account: Account) -> Message | None:
    """The row that our metadata names, in this customer's conversation.

    Another instabot on the same account has numbers of its own: conversation and mid must fit.
    """
    number = echo.metadata.removeprefix(METADATA_PREFIX)
    if number == echo.metadata or not (number.isascii() and number.isdecimal()):
        return None
    if len(number) > 18:  # noqa: PLR2004 - digits that a bigint surely holds
        return None
    found = sql.read(Message, OURS, int(number), account.pk, echo.customer)
    return found[0] if found and found[0].mid in (None, echo.mid) else None


def _confirmed(ours: Message, echo: Echo) -> Recorded:
    if ours.state != State.SENT:
        _confirm(ours.pk, echo.mid)
    if ours.state != State.UNKNOWN:
        return Recorded("echo", echo.kind, message=ours.pk)
    Conversation.objects.wake(ours.conversation_id, timezone.now())  # what it held back may go
    return Recorded("echo", echo.kind, "", ours.conversation_id, ours.pk)


def _confirm(message_id: int, mid: str) -> None:
    """Note that a send arrived, whatever its response said or will say."""
    unsettled = Message.objects.filter(pk=message_id).exclude(state=State.SENT)
    unsettled.update(state=State.SENT, mid=mid, sent_at=timezone.now(), error="")


def settle_echoes(conversation_id: int) -> None:
    """Decide the undecided echoes of a conversation in which nothing is being sent any more.

    An echo with the kind and text of an unknown send is that send; any other was written by a
    person or another tool, which pauses the bot.
    """
    rows = Message.objects.filter(conversation=conversation_id)
    for echo in rows.filter(state=State.UNDECIDED).order_by("at", "pk"):
        with transaction.atomic():
            unknown = rows.filter(state=State.UNKNOWN, kind=echo.kind).order_by("pk")
            ours = next((row for row in unknown if row.text.strip() == echo.text.strip()), None)
            if ours is not None:
                echo.delete()  # first: the mid is unique
                _confirm(ours.pk, echo.mid or "")
            else:
                still = Message.objects.filter(pk=echo.pk, state=State.UNDECIDED)
                if still.update(state=State.SENT):  # unless a late outcome has found it to be ours
                    pause_for_person(conversation_id, echo.at)


def pause_for_person(conversation_id: int, since: datetime) -> None:
    """Somebody answered in the Instagram app: the bot keeps silent for the tuned time."""
    hours = tuning.get("pause_hours")
    if not hours:
        return
    until = since + timedelta(hours=hours)
    Conversation.objects.filter(pk=conversation_id).update(
        bot_paused_until=later_of("bot_paused_until", until),
        bot_paused_by="a person in the Instagram app",
    )
    log.info("bot_paused", conversation=conversation_id, until=until.isoformat())
