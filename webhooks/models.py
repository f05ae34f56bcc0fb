"""What Meta posted, byte for byte, and what became of each item."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Self

from django.db import connection, models, transaction
from django.db.models import BooleanField, F, Min, Q, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Greatest
from django.utils import timezone

from conversations.inbox import NO_ACCOUNT
from workqueue import sql
from workqueue.leases import Lease, Leased, LeasedQuerySet

NO_VERDICT = "-"  # of no message
KEPT_FOR = timedelta(days=7)  # what was refused at the door

# Keep: a body is stored, due at once, before it is acknowledged.
_KEEP = """
INSERT INTO webhooks_webhookevent (body, received_at, due_at)
VALUES (%(body)s, %(now)s, %(now)s) RETURNING id"""
# Unread: a new event that nobody else has, nor will until the commit.
_UNREAD = """
SELECT body, received_at FROM webhooks_webhookevent
WHERE id = %(pk)s AND due_at <= %(now)s AND leased_until IS NULL AND tries = 0
    AND LENGTH(body) <= %(longest)s
FOR NO KEY UPDATE SKIP LOCKED"""
# Close unread: it was read and recorded in this very transaction, and nobody ever claimed it.
_CLOSE_UNREAD = """
UPDATE webhooks_webhookevent
SET state = 'processed', outcomes = %(outcomes)s, processed_at = %(now)s, due_at = NULL,
    mid_hash = %(mid_hash)s
WHERE id = %(pk)s"""
# Note: what came of its items so far; it is tried again.
_NOTE = """
UPDATE webhooks_webhookevent SET outcomes = %(outcomes)s, reason = %(reason)s
WHERE id = %(pk)s AND leased_until = %(lease)s"""
# Close: nothing is left to do for it, or nothing that would help.
_CLOSE = """
UPDATE webhooks_webhookevent
SET state = %(state)s, outcomes = %(outcomes)s, reason = %(reason)s, processed_at = %(now)s,
    due_at = NULL, leased_until = NULL, tries = 0, mid_hash = %(mid_hash)s
WHERE id = %(pk)s AND leased_until = %(lease)s"""

# Has item: this became of one of its items, or this is the verdict on the message of one.
_HAS_ITEM = """
EXISTS (
    SELECT 1 FROM {items}
    LEFT JOIN conversations_message message ON message.id = {message}
    WHERE {outcome} = %s OR ({outcome} = 'recorded' AND message.verdict = %s))"""
_ITEMS = {
    "sqlite": {
        "items": "json_each(webhooks_webhookevent.outcomes) item",
        "message": "json_extract(item.value, '$.message')",
        "outcome": "json_extract(item.value, '$.outcome')",
    },
    "postgresql": {
        "items": "jsonb_array_elements(webhooks_webhookevent.outcomes) item(value)",
        "message": "(item.value ->> 'message')::bigint",
        "outcome": "item.value ->> 'outcome'",
    },
}


# What a version before this one closed. (Nothing that is new is ever in its index.)
UNINDEXED = Q(mid_hash__isnull=True, due_at__isnull=True)
IN_BATCHES = 500  # rows of an INSERT


class WebhookEventQuerySet(LeasedQuerySet["WebhookEvent"]):
    def keep(self, body: bytes, now: datetime) -> int:
        """Store a body, due at once; return its id."""
        kept = sql.fetch(_KEEP, body=memoryview(body), now=now)
        assert kept is not None
        return int(kept[0])

    def unread(self, pk: int, now: datetime, longest: int) -> tuple[bytes, datetime] | None:
        """Return a new event's body and when it came, and hold it until the commit.

        None: somebody has it or had it, or it is longer than so many bytes.
        """
        row = sql.fetch(_UNREAD, pk=pk, now=now, longest=longest)
        if row is None:
            return None
        received_at = sql.moment(row[1])
        assert received_at is not None
        return bytes(row[0]), received_at

    def close_unread(self, pk: int, outcomes: str, hashes: Sequence[int], now: datetime) -> None:
        """Close an event that unread() holds; outcomes: one entry an item, as JSON.

        hashes: of the mids that it speaks of (webhooks.mids).
        """
        sql.change(_CLOSE_UNREAD, pk=pk, outcomes=outcomes, mid_hash=hashes[0], now=now)
        if len(hashes) > 1:
            EventMid.objects.add(pk, hashes[1:])

    def note(self, lease: Lease["WebhookEvent"], outcomes: str, reason: str) -> None:
        """Write down what came of a claimed event's items so far."""
        sql.change(_NOTE, pk=lease.pk, lease=lease.until, outcomes=outcomes, reason=reason)

    @transaction.atomic
    def close(  # noqa: PLR0913 - all of what is known of it, in one statement
        self,
        lease: Lease["WebhookEvent"],
        state: str,
        outcomes: str,
        reason: str,
        now: datetime,
        *,
        hashes: Sequence[int],
    ) -> None:
        """Close a claimed event; hashes: of the mids that it speaks of (webhooks.mids)."""
        closed = sql.change(
            _CLOSE,
            pk=lease.pk, lease=lease.until, state=state, outcomes=outcomes, reason=reason, now=now,
            mid_hash=hashes[0],
        )  # fmt: skip
        if closed and len(hashes) > 1:
            EventMid.objects.add(lease.pk, hashes[1:])

    def about(self, hashes: Collection[int]) -> list[int]:
        """Return the ids of the events that speak of one of these mids, or seem to.

        Served by the indexes webhookevent_mid and one_mid_of_event.
        """
        found = set(self.filter(mid_hash__in=hashes).values_list("pk", flat=True))
        beside = EventMid.objects.filter(mid_hash__in=hashes)
        return sorted(found | set(beside.values_list("event", flat=True)))

    def unindexed(self) -> Self:
        """Keep only what a version before this one closed, without the hashes of its mids.

        Served by the index webhookevent_unindexed.
        """
        return self.filter(UNINDEXED)

    def being_read(self) -> Self:
        """Keep only what somebody has taken, now or before, and nobody has closed."""
        return self.filter(due_at__isnull=False, tries__gt=0)

    def may_be_read(self) -> Self:
        """Keep only what may become messages yet: not closed, failed, or of none of our accounts.

        Reads the whole table.
        """
        of_nobody = Q(outcomes__icontains=f'"{NO_ACCOUNT}"')
        failed = Q(state=WebhookEvent.State.FAILED)
        return self.filter(Q(due_at__isnull=False) | failed | of_nobody)

    def write_hash(self, pk: int, first: int) -> None:
        """Write the first hash of an event that was closed without; it stood beside it."""
        self.filter(pk=pk).update(mid_hash=first)
        EventMid.objects.filter(event=pk, mid_hash=first).delete()

    def last_received(self) -> datetime | None:
        """Return when the newest event came."""
        return self.order_by("-pk").values_list("received_at", flat=True).first()

    def first_unread(self) -> int:
        """Return the id of the first event that is not closed; where all are, the next one's."""
        unread = self.filter(due_at__isnull=False).aggregate(first=Min("pk"))["first"]
        newest = self.order_by("-pk").values_list("pk", flat=True).first() or 0
        return int(unread or newest + 1)

    def taken_for_others(self, names: Iterable[str]) -> Self:
        """Keep only events with an item that was no account's and names one of these accounts.

        Reads the whole table.
        """
        of_these = Q(pk=None)
        for name in names:
            of_these |= Q(outcomes__icontains=f"({name!r})")
        return self.filter(of_these, outcomes__icontains=f'"{NO_ACCOUNT}"')

    def with_item(self, outcome: str, verdict: str = "") -> Self:
        """Keep only events with an item of this outcome, or with a message of this verdict.

        No index serves it: it reads the ledgers of all these events, so say which.
        """
        condition = _HAS_ITEM.format_map(_ITEMS[connection.vendor])
        given = (outcome, verdict or NO_VERDICT)
        return self.filter(RawSQL(condition, given, BooleanField()))  # noqa: S611 - of our own words

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
    # Of the mid that it speaks of, since it is closed; 0: of none. Others stand in EventMid.
    mid_hash = models.BigIntegerField(null=True, editable=False)

    objects = WebhookEventQuerySet.as_manager()
    NEEDED = ("id", "body", "received_at", "outcomes", "tries")

    class Meta(Leased.Meta):
        indexes = [
            *Leased.Meta.indexes,
            # the admin's filter by state, newest first
            models.Index(fields=["state", "-id"], name="webhookevent_state"),
            # about(): the events of a message
            models.Index(
                fields=["mid_hash"], name="webhookevent_mid", condition=Q(mid_hash__isnull=False)
            ),
            # unindexed(): what webhooks.mids has to read still; mostly nothing
            models.Index(fields=["id"], name="webhookevent_unindexed", condition=UNINDEXED),
        ]

    def __str__(self) -> str:
        return f"Event {self.pk}"


class EventMidQuerySet(models.QuerySet["EventMid"]):
    def add(self, event: int, hashes: Sequence[int]) -> None:
        """Note what else an event speaks of; safe to do again. No statement where that is all."""
        rows = [EventMid(event_id=event, mid_hash=one) for one in hashes]
        if rows:
            self.bulk_create(rows, batch_size=IN_BATCHES, ignore_conflicts=True)


class EventMid(models.Model):
    """One more mid that an event speaks of: a batch has many."""

    event = models.ForeignKey(WebhookEvent, on_delete=models.CASCADE, related_name="+")
    mid_hash = models.BigIntegerField()

    objects = EventMidQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["mid_hash", "event"], name="one_mid_of_event"),
        ]

    def __str__(self) -> str:
        return f"A mid of event {self.event_id}"


def hour_of(at: datetime) -> datetime:
    """Return the beginning of the hour in which a knock is counted."""
    return at.replace(minute=0, second=0, microsecond=0)


class KnockQuerySet(models.QuerySet["Knock"]):
    def add(self, kind: str, fits: str, count: int, at: datetime) -> None:
        """Count so many more of this kind; forget the refused ones of more than a week ago.

        at: when the last of them came; another process may have written a later one already.
        """
        hour = hour_of(at)
        same = self.filter(kind=kind, fits=fits, hour=hour)
        if same.update(count=F("count") + count, last_at=Greatest("last_at", Value(at))):
            return
        # Two processes may begin the hour together.
        knock = Knock(kind=kind, fits=fits, hour=hour, count=0, last_at=at)
        self.bulk_create([knock], ignore_conflicts=True)
        same.update(count=F("count") + count)
        self.filter(hour__lt=hour - KEPT_FOR).exclude(kind=Knock.Kind.VERIFIED).delete()


class Knock(models.Model):
    """What came to the door and was not taken: how often in an hour, and why.

    Nothing of it is kept, neither token nor signature nor body: `fits` is the name of a setting; of
    a page it is the host or the address by which one of ours asked for it. Only who has the verify
    token can add rows of VERIFIED; of the others there is a week.
    """

    class Kind(models.TextChoices):
        VERIFIED = "verified", "The verify token was right"
        TOKEN_UNSET = "token_unset", "We have no verify token"
        TOKEN_MISSING = "token_missing", "No verify token came"
        TOKEN_NEAR = "token_near", "It differs in spaces, quotes or capital letters alone"
        TOKEN_OTHER = "token_other", "It is the value of another setting"
        TOKEN_WRONG = "token_wrong", "It is another verify token"
        BAD_CHALLENGE = "bad_challenge", "The token was right, the challenge was none"
        SECRET_UNSET = "secret_unset", "We have no app secret"
        UNSIGNED = "unsigned", "No signature came"
        OLD_SIGNATURE = "old_signature", "Only the older signature came, and it fits"
        BODY_CHANGED = "body_changed", "The signature fits the body as it was before"
        SIGNED_OTHER = "signed_other", "It was signed with the value of another setting"
        SIGNED_WRONG = "signed_wrong", "It was signed with a secret that we do not have"
        HOST = "host", "A page was asked for by a name that is not allowed"
        ORIGIN = "origin", "A form was sent from an address that is not trusted"

    kind = models.CharField(max_length=20, choices=Kind)
    fits = models.CharField(max_length=100, blank=True, default="", db_default="")
    hour = models.DateTimeField()
    count = models.PositiveIntegerField(default=0, db_default=0)
    last_at = models.DateTimeField()

    objects = KnockQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "fits", "hour"], name="one_knock_an_hour"),
        ]

    def __str__(self) -> str:
        return f"{self.count}: {self.get_kind_display()}"


class DeletionRequest(models.Model):
    """Meta asked to delete somebody's data: under which code they see what became of it.

    The id that Meta gave is kept as a digest alone: asked again, it is the same request.
    """

    digest = models.UUIDField(unique=True)
    code = models.CharField(max_length=32, unique=True)
    erasures = models.JSONField(default=list, db_default=[])  # numbers of conversations.removal's
    asked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"Deletion request {self.pk}"
