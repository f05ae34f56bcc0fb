"""Whom we talk with."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from conversations.models.account import Account
from instagram.limits import MAX_ID, WINDOW, WINDOW_MARGIN
from workqueue.leases import Leased, LeasedQuerySet

# When a conversation last moved; one that the shop began counts from its beginning.
NEWEST = Coalesce("last_inbound_at", "created_at")
MAX_LABEL = 50


class LabelManager(models.Manager["Label"]):
    def named(self, name: str) -> "Label":
        """Return the label that is called so, in whatever capitals; make it where there is none."""
        said = " ".join(name.split())
        return self.filter(name__iexact=said).first() or self.get_or_create(name=said)[0]


class Label(models.Model):
    """A word that staff, or a rule, put on conversations."""

    name = models.CharField(max_length=MAX_LABEL, unique=True)

    objects = LabelManager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


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
    # What the bot said before it paused itself (a rule did) still goes out.
    last_word_at = models.DateTimeField(null=True, blank=True, editable=False)
    needs_person = models.BooleanField("needs a person", default=False)
    # When the customer was last told that an automated service answers.
    disclosed_at = models.DateTimeField(null=True, blank=True, editable=False)
    labels: "models.ManyToManyField[Label, Any]" = models.ManyToManyField(
        "Label", blank=True, related_name="conversations"
    )
    # The latest sign that another app owns the conversation (Conversation Routing); empty: we do.
    other_app_at = models.DateTimeField(null=True, blank=True)
    # How the customer came, last: Meta's object, and what a rule may ask for.
    referral = models.JSONField(default=dict, db_default={}, blank=True)
    referral_ref = models.CharField("came from", max_length=MAX_ID, blank=True, db_default="")
    referred_at = models.DateTimeField(null=True, blank=True)
    picture_url = models.TextField(blank=True, db_default="")  # Meta's link; it dies in days
    profile_at = models.DateTimeField(null=True, blank=True)  # when the profile was last asked for
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ConversationQuerySet.as_manager()
    NEEDED = (
        "id", "account_id", "customer_id", "last_inbound_at", "bot_paused_until", "bot_paused_by",
        "last_word_at", "needs_person", "disclosed_at", "other_app_at", "referral_ref", "name",
        "username", "tries",
    )  # fmt: skip

    class Meta(Leased.Meta):
        indexes = [
            *Leased.Meta.indexes,
            # serves newest_first
            models.Index(NEWEST.desc(), name="conversation_newest"),
            # profiles that were never asked for
            models.Index(
                fields=["id"],
                name="conversation_no_profile",
                condition=Q(profile_at__isnull=True, last_inbound_at__isnull=False),
            ),
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

    def answers_until(self) -> datetime | None:
        """Instagram takes answers for 24 hours after the customer's message; we stop earlier."""
        return self.last_inbound_at + WINDOW - WINDOW_MARGIN if self.last_inbound_at else None

    def may_answer(self, now: datetime) -> bool:
        until = self.answers_until()
        return until is not None and now < until

    def bot_is_paused(self, now: datetime) -> bool:
        return self.bot_paused_until is not None and now < self.bot_paused_until

    def silences(self, written_at: datetime, now: datetime) -> bool:
        """Tell whether a pause stops what the bot wrote then: all but its last word before it."""
        is_last_word = self.last_word_at is not None and written_at <= self.last_word_at
        return self.bot_is_paused(now) and not is_last_word
