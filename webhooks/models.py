"""What Meta posted, byte for byte, and what became of each item."""

from django.db import models
from django.utils import timezone

from conversations.leases import Leased, LeasedQuerySet


class WebhookEventQuerySet(LeasedQuerySet["WebhookEvent"]):
    pass


class WebhookEvent(Leased):
    """One signed POST. Committed before it is answered 200; it outlives every failure."""

    class State(models.TextChoices):
        RECEIVED = "received", "Received"
        PROCESSED = "processed", "Processed"
        FAILED = "failed", "Failed"

    body = models.BinaryField()
    received_at = models.DateTimeField(default=timezone.now)
    processed_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    # One entry an item: kind, outcome, reason, message.
    outcomes = models.JSONField(default=list, blank=True)
    reason = models.TextField(blank=True)

    objects = WebhookEventQuerySet.as_manager()

    class Meta(Leased.Meta):
        indexes = [
            *Leased.Meta.indexes,
            # the admin's filter by state, newest first
            models.Index(fields=["state", "-id"], name="webhookevent_state"),
        ]

    def __str__(self) -> str:
        return f"Event {self.pk}"
