"""Messages of a thread that are stored already, though not under the id that they have there."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from conversations import waiting
from conversations.models import (
    COMMENT,
    HISTORY,
    PRIVATE_REPLY,
    PUBLIC_REPLY,
    Account,
    Attempt,
    Conversation,
    Message,
    Origin,
    State,
)
from conversations.outbox import states
from instagram.events import Echo, Incoming

CLOCKS_DIFFER = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
# Outcomes of a call after which it may have arrived: none yet, or one that tells nothing.
_MAY_HAVE_ARRIVED = ("", "Ambiguous")
_MAY_STILL_GO = (State.QUEUED, State.SENDING)


def is_told(item: Incoming | Echo, conversation: int) -> bool:
    """Tell whether a webhook told of it under another id: of the same words, in the same second."""
    if item.kind == COMMENT:  # its id is the same everywhere
        return False
    theirs = Q(origin=Origin.CUSTOMER)
    second = item.at.replace(microsecond=0)
    rows = Message.objects.filter(
        ~theirs if isinstance(item, Echo) else theirs,
        conversation=conversation, text=item.text, found_at=None, mid__isnull=False,
        at__gte=second, at__lt=second + SECOND,
    )  # fmt: skip
    return rows.exclude(reason=HISTORY).exclude(kind=COMMENT).exists()


def find(echo: Echo, conversation: int, account: Account) -> Message | None:
    """Return the message of ours that this is, of a call whose outcome nobody has told.

    A message that has its id already is it where it was called more than once: then this is a
    copy. A private reply may stand in another conversation, that of the comment's writer.
    """
    private = Q(message__kind=PRIVATE_REPLY, message__conversation__account=account)
    calls = Attempt.objects.filter(
        private | Q(message__conversation=conversation),
        started_at__gte=echo.at - settings.UNKNOWN_HOLDS,
        started_at__lte=echo.at + CLOCKS_DIFFER,
        outcome__in=_MAY_HAVE_ARRIVED,
    ).exclude(message__kind=PUBLIC_REPLY)  # which is in no thread
    for call in calls.select_related("message").order_by("started_at", "pk"):
        if call.message.reads_as(echo.text) and _is_open(call):
            return call.message
    return None


def _is_open(call: Attempt) -> bool:
    others = Attempt.objects.filter(message=call.message_id).exclude(pk=call.pk)
    return call.message.mid is None or others.exists()


def arrived(ours: Message, mid: str) -> bool:
    """It is in the thread, under this id: confirm it, whatever became of it here.

    False: nothing is changed. What may still go tells by itself; of what was sent again, this is
    another copy.
    """
    if ours.mid is not None or ours.state in _MAY_STILL_GO:
        return False
    # The conversation before its message, as everybody locks them; it may be another one.
    Conversation.objects.raise_version(ours.conversation_id)
    if Message.objects.filter(mid=mid).exists():
        return False
    if states.confirm(ours.pk, mid):
        Conversation.objects.wake(ours.conversation_id, timezone.now())
    waiting.recount(ours.conversation_id)
    return True
