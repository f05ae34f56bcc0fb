"""Who we are, whom we talk with, what was said, and each call that was made for it."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from conversations import sql
from conversations.leases import Leased, LeasedQuerySet
from instagram.limits import MAX_ID, WINDOW, WINDOW_MARGIN


def later_of(column: str, moment: datetime) -> Greatest:
    """The column's time, or this moment where that is later or the column is empty."""
    value = Value(moment, output_field=models.DateTimeField())
    return Greatest(Coalesce(column, value), value)


class AccountQuerySet(models.QuerySet["Account"]):
    def ours(self) -> "Account":
        """Return the one account; several come later.

        Its number is fixed, so that of workers which start together only one can make it.
        """
        return self.get_or_create(pk=1)[0]


class Account(models.Model):
    """The shop's Instagram account. A pause of it is this one row, not a write per conversation."""

    class Pause(models.TextChoices):
        THROTTLED = "throttled", "Instagram asks for fewer messages"
        BROKEN = "broken", "Instagram does not accept the login"
        RESTRICTED = "restricted", "Instagram refuses this account's messages"

    instagram_id = models.CharField(
        max_length=MAX_ID,
        blank=True,
        unique=True,
        help_text="As webhooks name it; empty until Meta was asked.",
    )
    node_id = models.CharField(max_length=MAX_ID, blank=True)
    username = models.CharField(max_length=MAX_ID, blank=True)
    identified_by = models.CharField(max_length=64, blank=True, editable=False)
    paused_until = models.DateTimeField("sending rests until", null=True, blank=True)
    pause = models.CharField("kind of pause", max_length=20, blank=True, choices=Pause)
    pause_reason = models.CharField("why", max_length=500, blank=True)
    next_send_at = models.DateTimeField(null=True, blank=True)

    objects = AccountQuerySet.as_manager()

    def __str__(self) -> str:
        return f"@{self.username}" if self.username else self.instagram_id or "our account"

    def answers_to(self, named: str) -> bool:
        """Tell whether a webhook's entry is for us; until we know who we are, each one is."""
        return not self.instagram_id or named in (self.instagram_id, self.node_id)


# When a conversation last moved; one that the shop began counts from its beginning.
NEWEST = Coalesce("last_inbound_at", "created_at")


class ConversationQuerySet(LeasedQuerySet["Conversation"]):
    def newest_first(self) -> Self:
        """Served by the index conversation_newest."""
        return self.order_by(NEWEST.desc())


class Conversation(Leased):
    """One customer of one account, and the unit of work: one worker at a time."""

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="conversations", db_index=False
    )  # one_per_customer is its index
    customer_id = models.CharField("customer", max_length=MAX_ID)
    name = models.CharField(max_length=MAX_ID, blank=True)
    username = models.CharField(max_length=MAX_ID, blank=True)
    last_inbound_at = models.DateTimeField("last message", null=True, blank=True)
    bot_paused_until = models.DateTimeField("bot paused until", null=True, blank=True)
    bot_paused_by = models.CharField(max_length=MAX_ID, blank=True)
    needs_person = models.BooleanField("needs a person", default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ConversationQuerySet.as_manager()

    class Meta(Leased.Meta):
        indexes = [
            *Leased.Meta.indexes,
            # serves newest_first
            models.Index(NEWEST.desc(), name="conversation_newest"),
            # how many wait for a person: asked on every page of the admin
            models.Index(
                fields=["id"], name="conversation_needs_person", condition=Q(needs_person=True)
            ),
        ]
        constraints = [
            *Leased.Meta.constraints,
            models.UniqueConstraint(fields=["account", "customer_id"], name="one_per_customer"),
        ]

    def __str__(self) -> str:
        if self.username:
            return f"@{self.username}"
        return self.name or f"Instagram user …{self.customer_id[-4:]}"

    def window_open_until(self) -> datetime | None:
        """Instagram takes answers until then (24 hours after the customer's last message)."""
        return self.last_inbound_at + WINDOW if self.last_inbound_at else None

    def may_answer(self, now: datetime) -> bool:
        closes = self.window_open_until()
        return closes is not None and now < closes - WINDOW_MARGIN

    def bot_is_paused(self, now: datetime) -> bool:
        return self.bot_paused_until is not None and now < self.bot_paused_until


class Origin(models.TextChoices):
    CUSTOMER = "customer", "Customer"
    BOT = "bot", "Bot"
    STAFF = "staff", "Staff"
    APP = "app", "Instagram app"


class Verdict(models.TextChoices):
    """What became of a customer's message: exactly one, with its reason beside it."""

    UNDECIDED = "undecided", "Not decided yet"
    ANSWERED = "answered", "Answered"
    NO_ANSWER = "no_answer", "No rule matched"
    PAUSED = "paused", "Left to a person"
    TOO_OLD = "too_old", "Came too late"
    KEPT = "kept", "Kept, not answered"
    FAILED = "failed", "Failed"


class State(models.TextChoices):
    """Where an outgoing message is; docs/delivery.md draws the ways between them."""

    QUEUED = "queued", "Waiting to be sent"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    UNKNOWN = "unknown", "Instagram did not confirm"
    FAILED = "failed", "Not sent"
    CANCELLED = "cancelled", "Cancelled"
    UNDECIDED = "undecided", "Ours or a person's: not clear yet"  # an echo, see inbox


# What a turn has to look at: questions without a verdict, and sends that are not settled.
OPEN = Q(verdict=Verdict.UNDECIDED) | Q(
    state__in=[State.QUEUED, State.SENDING, State.UNKNOWN, State.UNDECIDED]
)

# The same as text, so that SQLite too sees that the index message_open fits.
OPEN_ROWS = """
SELECT * FROM conversations_message WHERE conversation_id = %s AND (verdict = 'undecided'
    OR state IN ('queued', 'sending', 'unknown', 'undecided'))
ORDER BY at, id"""

INSERT = """
INSERT INTO conversations_message ({}) VALUES ({}) ON CONFLICT (mid) DO NOTHING RETURNING id"""


class MessageQuerySet(models.QuerySet["Message"]):
    def open(self, conversation_id: int) -> list["Message"]:
        """What a turn has to look at, in order; served by the index message_open."""
        return sql.read(self.model, OPEN_ROWS, conversation_id)

    def insert(self, columns: dict[str, Any]) -> int | None:
        """Insert a message and return its id; None, and nothing written, where its mid is known."""
        names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
        inserted = sql.fetch(INSERT.format(names, marks), *columns.values())
        return int(inserted[0]) if inserted else None


class Message(models.Model):
    """One bubble, in either direction.

    The defaults are the database's too: the statements of the hot path name only what they set.
    """

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    origin = models.CharField(max_length=10, choices=Origin)
    kind = models.CharField(max_length=MAX_ID, default="text")
    mid = models.CharField(max_length=MAX_ID, null=True, unique=True)
    text = models.TextField(blank=True)
    payload = models.TextField(blank=True, db_default="")
    attachments = models.JSONField(default=list, db_default=[], blank=True)
    # When it was said: Meta's time, or ours for what we write.
    at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)

    # Incoming.
    verdict = models.CharField(max_length=10, choices=Verdict, blank=True, db_default="")
    reason = models.TextField(blank=True, db_default="")
    decided_at = models.DateTimeField(null=True, blank=True)

    # Outgoing.
    in_reply_to = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="answers",
        db_index=False,
    )  # fmt: skip
    position = models.PositiveSmallIntegerField(default=0, db_default=0)
    # The rule's id as its engine gave it: no foreign key, since what was said outlives its rule.
    rule = models.BigIntegerField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, blank=True, db_default="")
    not_before = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    called_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True, db_default="")  # one sentence for staff

    objects = MessageQuerySet.as_manager()

    class Meta:
        indexes = [
            # the thread that staff read, and the engine's history
            models.Index(fields=["conversation", "at", "id"], name="message_thread"),
            # open(): a handful of rows, however long the history is
            models.Index(fields=["conversation"], name="message_open", condition=OPEN),
        ]
        constraints = [
            # "One answer" is held by the database.
            models.UniqueConstraint(
                fields=["in_reply_to", "position"],
                condition=Q(origin=Origin.BOT),
                name="one_answer",
            ),
            models.CheckConstraint(
                condition=(Q(origin=Origin.CUSTOMER) & ~Q(verdict="") & Q(state=""))
                | (~Q(origin=Origin.CUSTOMER) & Q(verdict="") & ~Q(state="")),
                name="verdict_in_state_out",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.UNDECIDED) | Q(origin=Origin.APP),
                name="only_echoes_undecided",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_origin_display()} message {self.pk}"


class Attempt(models.Model):
    """One call to Meta for a message: written before the call, completed after it."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attempts")
    started_at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField(null=True)
    outcome = models.CharField(max_length=40, blank=True, db_default="")
    http_status = models.PositiveSmallIntegerField(null=True)
    code = models.IntegerField(null=True)
    subcode = models.IntegerField(null=True)
    trace_id = models.CharField(max_length=100, blank=True, db_default="")
    body = models.TextField(blank=True, db_default="")

    def __str__(self) -> str:
        return f"Attempt {self.pk} for message {self.message_id}"


class Tuning(models.Model):
    """One value that staff changed; conversations.tuning says which there are."""

    name = models.CharField(max_length=60, primary_key=True)
    value = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"{self.name} = {self.value}"


class Worker(models.Model):
    """A sign of life of one worker process."""

    name = models.CharField(max_length=MAX_ID, primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
