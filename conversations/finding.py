"""Which conversations: what the admin's list and the API's can be narrowed to."""

from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q, QuerySet

from conversations.chips import SOON
from conversations.models import Conversation, Message, State
from instagram.limits import WINDOW

TROUBLE_IS_NEWS = timedelta(days=7)  # an older failed send no longer asks for attention

Rows = QuerySet[Conversation]


class Window(StrEnum):
    """In which Instagram takes answers."""

    OPEN = "open"
    SOON = "soon"
    CLOSED = "closed"


def paused(rows: Rows, now: datetime, *, yes: bool) -> Rows:
    """Leave those where the bot is silent, or where it is not."""
    is_paused = Q(bot_paused_until__gt=now)
    return rows.filter(is_paused) if yes else rows.exclude(is_paused)


def in_window(rows: Rows, window: Window, now: datetime) -> Rows:
    """Leave those whose window is open, closes soon, or is closed."""
    opened = now - WINDOW
    if window == Window.CLOSED:
        return rows.exclude(last_inbound_at__gt=opened)
    found = rows.filter(last_inbound_at__gt=opened)
    return found.filter(last_inbound_at__lt=opened + SOON) if window == Window.SOON else found


def troubled(now: datetime) -> Exists:
    """Tell whether a send failed or stayed unconfirmed lately; served by message_thread."""
    lately = Message.objects.filter(conversation=OuterRef("pk"), at__gte=now - TROUBLE_IS_NEWS)
    return Exists(lately.filter(state__in=[State.FAILED, State.UNKNOWN]))


def said(term: str) -> Exists:
    """Tell whether this was said in it; no index serves that, so it reads the messages."""
    return Exists(Message.objects.filter(conversation=OuterRef("pk"), text__icontains=term))


def called(term: str) -> Q:
    """Tell whether the customer is called so, in part."""
    return (
        Q(name__icontains=term)
        | Q(username__icontains=term.removeprefix("@"))
        | Q(customer_id__icontains=term)
    )
