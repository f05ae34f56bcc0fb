"""Records what Meta tells us: conversations and messages, each item once.

One transaction an item. A second delivery hits the unique `mid` and changes nothing. Only this
file, replying and outbox write messages.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import IntegrityError, transaction
from django.db.models import DateTimeField, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from conversations import tuning
from conversations.models import Account, Conversation, Message, Origin, State, Verdict
from instagram.events import METADATA_PREFIX, Broken, Echo, Incoming, Item, Parsed, Unknown

log = structlog.get_logger("inbox")

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
        # Somebody was faster with the same mid, or with the same new conversation.
        return _once(item, account)


def _once(item: Incoming | Echo | Unknown, account: Account) -> Recorded:
    try:
        with transaction.atomic():
            if isinstance(item, Echo):
                return _record_echo(item, account)
            return _record_message(item, account)
    except IntegrityError:
        known = Message.objects.filter(mid=item.mid).values_list("pk", flat=True).first()
        if known is None:
            raise
        outcome = "echo" if isinstance(item, Echo) else "duplicate"
        return Recorded(outcome, kind_of(item), message=known)


def _conversation_id(item: Item, account: Account) -> int:
    of_customer = Conversation.objects.filter(account=account, customer_id=item.customer)
    found = of_customer.values_list("pk", flat=True).first()
    if found is not None:
        return found
    return Conversation.objects.create(account=account, customer_id=item.customer).pk


def _record_message(item: Incoming | Unknown, account: Account) -> Recorded:
    now = timezone.now()
    at = min(item.at, now)  # a clock that runs ahead must not hold the window open
    conversation_id = _conversation_id(item, account)
    question = isinstance(item, Incoming)
    kind = kind_of(item)
    message = Message(
        conversation_id=conversation_id,
        origin=Origin.CUSTOMER,
        kind=kind,
        mid=item.mid,
        text=item.text,
        payload=item.payload if isinstance(item, Incoming) else "",
        attachments=list(item.attachments),
        at=at,
        created_at=now,
        verdict=Verdict.UNDECIDED if question else Verdict.KEPT,
        reason="" if question else f"Instabot does not answer {kind!r} events.",
        decided_at=None if question else now,
    )
    message.save(force_insert=True)
    newest = _latest("last_inbound_at", at)
    if isinstance(item, Unknown):
        if item.opens_window:
            Conversation.objects.filter(pk=conversation_id).update(last_inbound_at=newest)
        return Recorded("kept", kind, message.reason, message=message.pk)
    Conversation.objects.wake(conversation_id, now, last_inbound_at=newest)
    return Recorded("recorded", kind, "", conversation_id, message.pk)


def _latest(field: str, moment: datetime) -> Greatest:
    value = Value(moment, output_field=DateTimeField())
    return Greatest(Coalesce(field, value), value)


def _record_echo(echo: Echo, account: Account) -> Recorded:
    """Our own send comes back, before or after its response; else a person or a tool wrote it."""
    conversation_id = _conversation_id(echo, account)
    ours = _ours_by_metadata(echo, conversation_id)
    if ours is not None:
        return _confirmed(ours, echo, conversation_id)
    known = Message.objects.filter(mid=echo.mid).values_list("pk", flat=True).first()
    if known is not None:
        return Recorded("echo", echo.kind, "", None, known)
    in_flight = Message.objects.filter(
        conversation=conversation_id, state__in=[State.SENDING, State.UNKNOWN]
    ).exists()
    message = _write_echo(echo, conversation_id, undecided=in_flight)
    if in_flight:
        Conversation.objects.wake(conversation_id, timezone.now())
        return Recorded("undecided echo", echo.kind, "", conversation_id, message.pk)
    pause_for_person(conversation_id, message.at)
    return Recorded("person", echo.kind, "", None, message.pk)


def _ours_by_metadata(echo: Echo, conversation_id: int) -> Message | None:
    number = echo.metadata.removeprefix(METADATA_PREFIX)
    if number == echo.metadata or not (number.isascii() and number.isdecimal()):
        return None
    if len(number) > 18:  # noqa: PLR2004 - digits that a bigint surely holds
        return None
    # The conversation is compared too: another instabot on the same account counts for itself.
    row = Message.objects.filter(pk=int(number), conversation=conversation_id)
    ours = row.exclude(origin=Origin.CUSTOMER).only("pk", "mid", "state").first()
    return ours if ours and ours.mid in (None, echo.mid) else None


def _confirmed(ours: Message, echo: Echo, conversation_id: int) -> Recorded:
    if ours.state != State.SENT:
        _confirm(ours.pk, echo.mid)
    if ours.state != State.UNKNOWN:
        return Recorded("echo", echo.kind, message=ours.pk)
    Conversation.objects.wake(conversation_id, timezone.now())  # what it held back may go
    return Recorded("echo", echo.kind, "", conversation_id, ours.pk)


def _confirm(message_id: int, mid: str) -> None:
    """Note that a send arrived, whatever its response said or will say."""
    unsettled = Message.objects.filter(pk=message_id).exclude(state=State.SENT)
    unsettled.update(state=State.SENT, mid=mid, sent_at=timezone.now(), error="")


def _write_echo(echo: Echo, conversation_id: int, *, undecided: bool) -> Message:
    message = Message(
        conversation_id=conversation_id,
        origin=Origin.APP,
        kind=echo.kind,
        mid=echo.mid,
        text=echo.text,
        attachments=list(echo.attachments),
        at=min(echo.at, timezone.now()),
        state=State.UNDECIDED if undecided else State.SENT,
    )
    message.save(force_insert=True)
    return message


def settle_echoes(conversation_id: int) -> bool:
    """Decide the undecided echoes of a conversation in which nothing is being sent any more.

    An echo with the kind and text of an unknown send is that send; any other was written by a
    person or another tool, which pauses the bot. Returns whether anything was settled.
    """
    rows = Message.objects.filter(conversation=conversation_id)
    settled = False
    for echo in rows.filter(state=State.UNDECIDED).order_by("at", "pk"):
        settled = True
        with transaction.atomic():
            unknown = rows.filter(state=State.UNKNOWN, kind=echo.kind).order_by("pk")
            ours = next((row for row in unknown if row.text.strip() == echo.text.strip()), None)
            if ours is not None:
                echo.delete()  # first: the mid is unique
                _confirm(ours.pk, echo.mid or "")
            else:
                Message.objects.filter(pk=echo.pk).update(state=State.SENT)
                pause_for_person(conversation_id, echo.at)
    return settled


def pause_for_person(conversation_id: int, since: datetime) -> None:
    """Somebody answered in the Instagram app: the bot keeps silent for the tuned time."""
    hours = tuning.get("pause_hours")
    if not hours:
        return
    until = since + timedelta(hours=hours)
    Conversation.objects.filter(pk=conversation_id).update(
        bot_paused_until=_latest("bot_paused_until", until),
        bot_paused_by="a person in the Instagram app",
    )
    log.info("bot_paused", conversation=conversation_id, until=until.isoformat())
