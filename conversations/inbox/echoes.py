"""What was sent from our account: by us, by a person in the Instagram app, or by another tool."""

import json
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from audit import trail
from audit.trail import Kind
from conversations import bot_pause, erasure, waiting
from conversations.inbox import routing
from conversations.inbox.ledger import UNSENT, Recorded, conversation_id, known, write
from conversations.models import (
    BY_PERSON,
    PRIVATE_REPLY,
    Account,
    AutomaticText,
    Conversation,
    Message,
    Origin,
    State,
)
from conversations.outbox import states
from instagram.apps import is_the_app
from instagram.events import METADATA_PREFIX, Echo
from workqueue import sql

log = structlog.get_logger("inbox")

STANDBY = "standby"  # in what an echo is about: the id of the app that owned the conversation
OURS = ("app", STANDBY)  # names of our own in what an echo is about
AUTOMATIC_WITHIN = timedelta(seconds=5)  # greetings of ads and Meta's instant replies come so soon
NOT_A_PERSON = "Sent within 5 seconds, so counted as automated. Bot not paused."
MARKED_ALONE = "Marked as automated. Bot not paused."
BY_OWNER = "Sent by the app that handles this conversation. Bot not paused."
MARKED = "Text marked as automated. Bot not paused."


def record(echo: Echo, account: Account) -> Recorded:
    """Our own send comes back, before or after its response; else a person or a tool wrote it."""
    ours = _ours_by_metadata(echo, account)
    if ours is not None:
        return _confirmed(ours, echo)
    if Message.objects.filter(mid=echo.mid).exists():
        return known(echo, echo.kind, "echo")
    conversation = conversation_id(echo, account)
    if echo.standby:
        routing.note_other_app(conversation, echo.at)
    by_owner = echo.standby or _wrote_as_owner(echo, conversation)
    in_flight = Message.objects.filter(
        conversation=conversation, state__in=[State.SENDING, State.UNKNOWN]
    ).exists()
    state = State.UNDECIDED if in_flight else State.SENT
    about = {name: said for name, said in echo.about.items() if name not in OURS}
    about |= {"app": echo.app} if echo.app else {}
    about |= {STANDBY: echo.app} if by_owner else {}
    columns = {"about": json.dumps(about)} if about else {}
    Conversation.objects.raise_version(conversation)
    message = write(echo, conversation, state=state, **columns)
    if message is None:
        return known(echo, echo.kind, "echo")
    if in_flight:
        Conversation.objects.wake(conversation, timezone.now())
        return Recorded("undecided echo", echo.kind, "", conversation, message)
    if by_owner:
        _written_by_owner(message)
        return Recorded("standby", echo.kind, BY_OWNER, message=message)
    automatic = _written_by_another(message, conversation, echo.text, echo.at)
    return Recorded("automatic" if automatic else "person", echo.kind, automatic, message=message)


def _wrote_as_owner(echo: Echo, conversation: int) -> bool:
    """Tell whether another app wrote it while one had control: Meta may not say standby.

    What names no app, or Instagram's own, may be a person's.
    """
    owned = Conversation.objects.filter(pk=conversation, other_app_at__lte=echo.at)
    return not is_the_app(echo.app) and owned.exists()


def _ours_by_metadata(echo: Echo, account: Account) -> Message | None:
    """The row that our metadata names, in this customer's conversation.

    Another instabot on the same account has numbers of its own: conversation and mid must fit.
    """
    if not echo.metadata.startswith(METADATA_PREFIX):
        return None
    number = sql.row_id(echo.metadata.removeprefix(METADATA_PREFIX))
    if number is None:
        return None
    ours = Message.objects.sent_by_us(number, account.pk, echo.customer)
    return ours if ours and ours.mid in (None, echo.mid) else None


def _confirmed(ours: Message, echo: Echo) -> Recorded:
    if ours.unsent_at is not None:  # what its event says is to be erased as well
        return Recorded(UNSENT, echo.kind, message=ours.pk)
    if ours.state == State.SENT:
        return Recorded("echo", echo.kind, message=ours.pk)
    # The conversation before its message, as everybody locks them.
    Conversation.objects.raise_version(ours.conversation_id)
    conversation = Conversation.objects.get(pk=ours.conversation_id)
    was_unsent = states.give_way(echo.mid)
    was_unknown = states.confirm(ours.pk, echo.mid)
    if was_unsent:
        erasure.erase(ours.pk, timezone.now())
    if conversation.waiting_since:  # perhaps since this very message was given up
        waiting.recount(conversation.pk)
    outcome = UNSENT if was_unsent else "echo"
    if not was_unknown:
        return Recorded(outcome, echo.kind, message=ours.pk)
    Conversation.objects.wake(ours.conversation_id, timezone.now())
    return Recorded(outcome, echo.kind, "", ours.conversation_id, ours.pk)


def settle_echoes(conversation: int) -> None:
    """Decide the undecided echoes of a conversation in which nothing is being sent any more.

    An echo with the kind and text of an unknown send is that send; any other was written by a
    person, another tool or the app that owns the conversation.
    """
    rows = Message.objects.filter(conversation=conversation)
    for echo in rows.filter(state=State.UNDECIDED).order_by("at", "pk"):
        with transaction.atomic():
            Conversation.objects.raise_version(conversation)  # locks it, before its rows
            kinds = [echo.kind, PRIVATE_REPLY] if echo.kind == "text" else [echo.kind]
            unknown = rows.filter(state=State.UNKNOWN, kind__in=kinds).order_by("pk")
            ours = next((row for row in unknown if row.reads_as(echo.text)), None)
            if ours is not None:
                states.recognise_echo(echo, ours.pk)
            elif not states.attribute_echo(echo.pk):
                continue
            elif STANDBY in echo.about:
                _written_by_owner(echo.pk)
            else:
                _written_by_another(echo.pk, conversation, echo.text, echo.at)


def _written_by_owner(message: int) -> None:
    """The app that owns the conversation is no person of the shop: it pauses nothing."""
    Message.objects.filter(pk=message).update(reason=BY_OWNER)


def _written_by_another(message: int, conversation: int, text: str, at: datetime) -> str:
    """A person pauses the bot; return why not where another tool's message looks automatic."""
    at = min(at, timezone.now())
    automatic = why_automatic(conversation, text, at)
    if automatic:
        Message.objects.filter(pk=message).update(reason=automatic)
    else:
        bot_pause.pause_after_app_message(conversation, at)
        waiting.recount(conversation)
    return automatic


def why_automatic(conversation: int, text: str, at: datetime) -> str:
    """Return why what was written in the app then is no person's; empty: it may be one's."""
    marked = AutomaticText.objects.with_text(text).heard_in(conversation)
    if text.strip() and marked.exists():
        return MARKED
    just_before = Message.objects.filter(
        conversation=conversation, origin=Origin.CUSTOMER, at__gte=at - AUTOMATIC_WITHIN, at__lte=at
    )
    return NOT_A_PERSON if just_before.exists() else ""


def reconsider_pause(conversation: int, asked_at: datetime) -> None:
    """A question came after the automatic message that answered it: end the pause made by that.

    Meta posts the two in webhooks of their own, which may overtake each other.
    """
    automatic = Message.objects.filter(
        BY_PERSON,
        conversation=conversation,
        origin=Origin.APP,
        state=State.SENT,
        at__gte=asked_at,
        at__lte=asked_at + AUTOMATIC_WITHIN,
    )
    if automatic.update(reason=NOT_A_PERSON):
        bot_pause.resume_if_paused_by_app(conversation)
        waiting.recount(conversation)


@transaction.atomic
def mark_automatic(message: Message, by: str) -> bool:
    """Staff say that no person wrote this: sent from this account it pauses nobody any more.

    The bot goes on.
    Returns whether the text could be remembered; one without text cannot.
    """
    Conversation.objects.raise_version(message.conversation_id)  # locks it, before its rows
    has_text = bool(message.text.strip())
    if has_text:
        _remember(message, by)
    _such_messages(message, has_text=has_text).update(reason=MARKED if has_text else MARKED_ALONE)
    bot_pause.resume_if_paused_by_app(message.conversation_id)
    waiting.recount(message.conversation_id)
    return has_text


def _remember(message: Message, by: str) -> None:
    """Mark the text for the message's account, unless it is marked there already."""
    marked = AutomaticText.objects.with_text(message.text)
    if not marked.heard_in(message.conversation_id).exists():
        row, is_new = AutomaticText.objects.get_or_create(
            digest=AutomaticText.digest_of(message.text),
            account_id=message.conversation.account_id,
            defaults={"text": message.text, "marked_by": by},
        )
        if is_new:
            trail.record(
                Kind.SETTING, f"added the automatic text {row.pk}, of message {message.pk}"
            )


def _such_messages(message: Message, *, has_text: bool) -> QuerySet[Message]:
    """Return this message, and those that somebody sent here with the same text."""
    if not has_text:
        return Message.objects.filter(pk=message.pk)
    here = Message.objects.filter(conversation=message.conversation_id, origin=Origin.APP)
    return here.filter(Q(pk=message.pk) | Q(BY_PERSON, text=message.text))
