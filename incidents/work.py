"""Who works, and what waits for them."""

from datetime import datetime, timedelta

from conversations.models import Conversation, Worker
from webhooks.models import WebhookEvent

WORKER_ALIVE = timedelta(minutes=1)
OLDEST_DUE = timedelta(minutes=2)  # longer than a lease, after which dead workers' rows come back


def last_seen() -> datetime | None:
    """Return when a worker last gave a sign of life, by the database's clock."""
    return Worker.objects.order_by("-seen_at").values_list("seen_at", flat=True).first()


def oldest_due(now: datetime) -> datetime | None:
    """Return since when the oldest work waits that is due and nobody has taken."""
    oldest = [
        model.objects.due(now).values_list("due_at", flat=True).first()
        for model in (WebhookEvent, Conversation)
    ]
    return min((due for due in oldest if due), default=None)
