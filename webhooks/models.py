"""What Meta posted, byte for byte, and what became of each item."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone

from workqueue import sql
from workqueue.leases import Leased, LeasedQuerySet

KEEP = """
INSERT INTO webhooks_webhookevent (body, received_at, due_at) VALUES (%s, %s, %s) RETURNING id"""


class WebhookEventQuerySet(LeasedQuerySet["WebhookEvent"]):
    def keep(self, body: bytes, now: datetime) -> int:
        """Store a body, due at once; return its id."""
        kept = sql.fetch(KEEP, memoryview(body), now, now)
        assert kept is not None
        return int(kept[0])

    def again(self, now: datetime) -> int:
        """Have these events read once more, all but those that are being read; return how many.

        What is recorded already is recognised: nothing is added, and nothing is sent again.
        """
        free = self.order_by().filter(Q(leased_until=None) | Q(leased_until__lt=now))
        return free.update(
            state=WebhookEvent.State.RECEIVED, outcomes=[], reason="", processed_at=None,
            due_at=now, leased_until=None, tries=0,
        )  # fmt: skip


class WebhookEvent(Leased):
    """One signed POST. Committed before it is answered 200; it outlives every failure."""

    class State(models.TextChoices):
        RECEIVED = "received", "Received"
        PROCESSED = "processed", "Processed"
        FAILED = "failed", "Failed"

    body = models.BinaryField()
    received_at = models.DateTimeField(default=timezone.now)
    processed_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(
        max_length=10, choices=State, default=State.RECEIVED, db_default=State.RECEIVED
    )
    # One entry an item: kind, outcome, reason, message.
    outcomes = models.JSONField(default=list, db_default=[], blank=True)
    reason = models.TextField(blank=True, db_default="")

    objects = WebhookEventQuerySet.as_manager()
    NEEDED = ("id", "body", "outcomes", "tries")

    class Meta(Leased.Meta):
        indexes = [
            *Leased.Meta.indexes,
            # the admin's filter by state, newest first
            models.Index(fields=["state", "-id"], name="webhookevent_state"),
        ]

    def __str__(self) -> str:
        return f"Event {self.pk}"
