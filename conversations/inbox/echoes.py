"""What was sent from our account: by us, by a person in the Instagram app, or by another tool."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from conversations.inbox.ledger import Recorded, conversation_id, known, write
from conversations.models import (
    PRIVATE_REPLY,
    Account,
    AutomaticText,
    Conversation,
    Message,
    Origin,
    State,
    later_of,
)
from instagram.events import METADATA_PREFIX, Echo
from shop import tuning
from workqueue import sql

log = structlog.get_logger("inbox")

# A private reply goes to the writer of a comment, whose id in direct messages may be another one.
OURS = """
SELECT message.id, message.mid, message.state, message.conversation_id
FROM conversations_message message
JOIN conversations_conversation conversation ON conversation.id = message.conversation_id
WHERE message.id = %s AND conversation.account_id = %s
    AND (conversation.customer_id = %s OR message.kind = 'private_reply')
    AND message.origin <> 'customer'"""
PERSON = "a person in the Instagram app"
AT_ONCE = timedelta(seconds=5)  # greetings of ads and Meta's instant replies come so soon
NOT_A_PERSON = "It came within 5 seconds, as automatic messages do: the bot goes on."
MARKED = "Its text is marked as an automatic message: the bot goes on."


def record(echo: Echo, account: Account) -> Recorded:
    """Our own send comes back, before or after its response; else a person or a tool wrote it."""
    ours = _ours_by_metadata(echo, account)
    if ours is not None:
        return _confirmed(ours, echo)
    if Message.objects.filter(mid=echo.mid).exists():
        return known(echo, echo.kind, "echo")
    conversation = conversation_id(echo, account)
    in_flight = Message.objects.filter(
        conversation=conversation, state__in=[State.SENDING, State.UNKNOWN]
    ).exists()
    state = State.UNDECIDED if in_flight else State.SENT
    message = write(echo, conversation, state=state)
    if message is None:
        return known(echo, echo.kind, "echo")
    if in_flight:
        Conversation.objects.wake(conversation, timezone.now())
        return Recorded("undecided echo", echo.kind, "", conversation, message)
    automatic = _written_by_another(message, conversation, echo.text, echo.at)
    return Recorded("automatic" if automatic else "person", echo.kind, automatic, message=message)


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
    if ours.state == State.SENT:
        return Recorded("echo", echo.kind, message=ours.pk)
    # The conversation before its message, as everybody locks them.
    Conversation.objects.select_for_update(no_key=True).get(pk=ours.conversation_id)
    if not confirm(ours.pk, echo.mid):
        return Recorded("echo", echo.kind, message=ours.pk)
    Conversation.objects.wake(ours.conversation_id, timezone.now())
    return Recorded("echo", echo.kind, "", ours.conversation_id, ours.pk)


def confirm(message_id: int, mid: str) -> bool:
    """Note that a send arrived, whatever its response said or will say.

    Tells whether it was unknown: then what it held back may go.
    """
    row = Message.objects.filter(pk=message_id)
    arrived = {"state": State.SENT, "mid": mid, "sent_at": timezone.now(), "error": ""}
    # In this order, since a turn may take an interrupted send for unknown in between.
    if row.exclude(state__in=[State.SENT, State.UNKNOWN]).update(**arrived):
        return False
    return bool(row.filter(state=State.UNKNOWN).update(**arrived))


def settle_echoes(conversation: int) -> None:
    """Decide the undecided echoes of a conversation in which nothing is being sent any more.

    An echo with the kind and text of an unknown send is that send; any other was written by a
    person or another tool.
    """
    rows = Message.objects.filter(conversation=conversation)
    for echo in rows.filter(state=State.UNDECIDED).order_by("at", "pk"):
        with transaction.atomic():
            kinds = [echo.kind, PRIVATE_REPLY] if echo.kind == "text" else [echo.kind]
            unknown = rows.filter(state=State.UNKNOWN, kind__in=kinds).order_by("pk")
            ours = next((row for row in unknown if row.reads_as(echo.text)), None)
            if ours is not None:
                echo.delete()  # first: the mid is unique
                confirm(ours.pk, echo.mid or "")
            else:
                still = Message.objects.filter(pk=echo.pk, state=State.UNDECIDED)
                if still.update(state=State.SENT):  # unless a late outcome has found it to be ours
                    _written_by_another(echo.pk, conversation, echo.text, echo.at)


def _written_by_another(message: int, conversation: int, text: str, at: datetime) -> str:
    """A person pauses the bot; return why not where another tool's message looks automatic."""
    at = min(at, timezone.now())
    automatic = _why_automatic(conversation, text, at)
    if automatic:
        Message.objects.filter(pk=message).update(reason=automatic)
    else:
        pause_for_person(conversation, at)
    return automatic


def _why_automatic(conversation: int, text: str, at: datetime) -> str:
    digest = AutomaticText.digest_of(text)
    if text.strip() and AutomaticText.objects.filter(digest=digest).exists():
        return MARKED
    just_before = Message.objects.filter(
        conversation=conversation, origin=Origin.CUSTOMER, at__gte=at - AT_ONCE, at__lte=at
    )
    return NOT_A_PERSON if just_before.exists() else ""


def pause_for_person(conversation: int, since: datetime) -> None:
    """Somebody answered in the Instagram app: the bot keeps silent for the tuned time."""
    hours = tuning.get("pause_hours")
    if not hours:
        return
    until = since + timedelta(hours=hours)
    Conversation.objects.filter(pk=conversation).update(
        bot_paused_until=later_of("bot_paused_until", until),
        bot_paused_by=PERSON,
        last_word_at=None,
    )
    log.info("bot_paused", conversation=conversation, until=until.isoformat())


def reconsider_pause(conversation: int, asked_at: datetime) -> None:
    """A question came after the automatic message that answered it: end the pause made by that.

    Meta posts the two in webhooks of their own, which may overtake each other.
    """
    written = Message.objects.filter(
        conversation=conversation, origin=Origin.APP, at__gte=asked_at, at__lte=asked_at + AT_ONCE
    )
    pause = timedelta(hours=tuning.get("pause_hours"))
    for pk, at in written.values_list("pk", "at"):
        paused = Conversation.objects.filter(pk=conversation, bot_paused_by=PERSON)
        if paused.filter(bot_paused_until=at + pause).update(
            bot_paused_until=None, bot_paused_by=""
        ):
            Message.objects.filter(pk=pk).update(reason=NOT_A_PERSON)


def mark_automatic(message: Message, by: str) -> bool:
    """Staff say that no person wrote this: such texts pause nobody any more, and the bot goes on.

    Returns whether the text could be remembered; one without text cannot.
    """
    Conversation.objects.filter(pk=message.conversation_id, bot_paused_by=PERSON).update(
        bot_paused_until=None, bot_paused_by=""
    )
    if not message.text.strip():
        return False
    digest = AutomaticText.digest_of(message.text)
    AutomaticText.objects.get_or_create(
        digest=digest, defaults={"text": message.text, "marked_by": by}
    )
    Message.objects.filter(pk=message.pk).update(reason=MARKED)
    return True
