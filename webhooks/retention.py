"""Deletes raw events for their age, beside what conversations.retention deletes.

One that is not processed stays, and so does one that failed: staff may have it processed again. No
event recognises a delivery that comes twice: its messages do, or what is remembered of them.
"""

from django.db.models import Q

from conversations.retention import upkeep
from conversations.retention.bites import Kind
from conversations.retention.rows import Rows
from webhooks.models import WebhookEvent

EVENTS = Rows(
    "events",
    WebhookEvent.objects.all,
    "received_at",
    "body",
    Q(state=WebhookEvent.State.PROCESSED, due_at=None, leased_until=None),
)
KINDS: tuple[Kind, ...] = (*upkeep.KINDS, EVENTS)


def look() -> None:
    """Delete what is kept no longer, as far as the budget goes, if a look is due."""
    upkeep.look(KINDS)
