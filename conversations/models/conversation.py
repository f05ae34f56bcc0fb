"""Whom we talk with."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from conversations.models.account import Account
from conversations.models.arrival import BOT_OFF, NEEDED
from conversations.models.conversation_table import NEWEST, ConversationQuerySet
from conversations.models.label import Label
from conversations.models.shown import ShownManager
from conversations.models.version import RAISE
from instagram.limits import MAX_ID, WINDOW, WINDOW_MARGIN
from instagram.links import source
from workqueue.leases import Leased

ANOTHER_APP = "Another app handles this conversation."
# A pause of the bot that has no end but somebody who resumes it: later than any other.
UNTIL_RESUMED = datetime(9999, 12, 30, tzinfo=UTC)

ConversationManager = ShownManager.from_queryset(ConversationQuerySet)


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
    # Written by conversations.bot_pause alone, as the two above: the pause that is in force again
    # where an app message had paused the bot longer and turns out to be automatic.
    bot_paused_covered_until = models.DateTimeField(null=True, blank=True, editable=False)
    bot_paused_covered_by = models.CharField(
        max_length=MAX_ID, blank=True, db_default="", editable=False
    )
    # When staff last resumed it: what was written in the app before does not pause it again.
    bot_resumed_at = models.DateTimeField(null=True, blank=True, editable=False)
    # What the bot said before it paused itself (a rule did) still goes out.
    last_word_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Written by conversations.opt_out alone: since when the customer wants no automatic messages,
    # and the message that said so.
    opted_out_at = models.DateTimeField("opted out since", null=True, blank=True, editable=False)
    opted_out_message = models.BigIntegerField(null=True, blank=True, editable=False)
    needs_person = models.BooleanField("needs a person", default=False)
    # Written by conversations.waiting alone, as the one above: when the conversation itself was
    # flagged for the team, the time of the oldest message that needs an answer, and until when
    # staff have put the conversation off (what the customer says takes that back: `arrival`).
    flagged_at = models.DateTimeField(null=True, blank=True, editable=False)
    waiting_since = models.DateTimeField(null=True, blank=True, editable=False)
    put_off_until = models.DateTimeField(null=True, blank=True, editable=False)
    # Who has it, and since when. Written by conversations.waiting alone, too.
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
    )
    assigned_at = models.DateTimeField(null=True, blank=True, editable=False)
    # When it was done and nobody waited: it is in nobody's hands until the customer waits again, or
    # it is given to somebody.
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    # When the customer was last told that an automated service answers.
    disclosed_at = models.DateTimeField(null=True, blank=True, editable=False)
    labels: "models.ManyToManyField[Label, Any]" = models.ManyToManyField(
        Label, blank=True, related_name="conversations"
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
    # The customer was erased before this conversation began: what was written until then, or some
    # minutes later by whatever clock, is looked at before it is taken in (inbox.ledger).
    erased_until = models.DateTimeField(null=True, blank=True, editable=False)
    # Whether search finds it by its names and labels as they are now (conversations.search).
    in_directory = models.BooleanField(default=False, db_default=False, editable=False)
    # Rises with each change that staff can see; written by models.version alone.
    version = models.BigIntegerField(default=1, db_default=1, editable=False)
    # The version whose changes the figures of earlier days know of (statistics.upkeep).
    counted_version = models.BigIntegerField(default=0, db_default=0, editable=False)

    objects = ConversationManager()
    account_path = "account"
    conversation_path = "pk"
    NEEDED = NEEDED
    BESIDE = (BOT_OFF,)
    RAISED = RAISE
    # Who has switched the bot off for everybody, or NOT_ACTIVE; of a row that is taken, elsewhere
    # not read.
    bot_off_by: str = ""

    class Meta(Leased.Meta):
        permissions = [
            ("export_conversation", "Can export what is kept of a customer"),
            ("erase_conversation", "Can erase a customer for good"),
        ]
        # Also where Django changes rows by itself: somebody is deleted who had conversations.
        base_manager_name = "objects"
        indexes = [
            *Leased.Meta.indexes,
            # serves newest_first; with what the list asks beside it, so that its last page is found
            # without a look at each conversation before it
            models.Index(
                NEWEST.desc(),
                F("id"),
                F("last_inbound_at"),
                F("created_at"),
                F("waiting_since"),
                F("assignee"),
                name="conversation_newest",
            ),
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
            # the queue, longest first: few wait
            models.Index(
                fields=["waiting_since"],
                name="conversation_waiting",
                condition=Q(waiting_since__isnull=False),
            ),
            # what staff have put off: few
            models.Index(
                fields=["put_off_until"],
                name="conversation_put_off",
                condition=Q(put_off_until__isnull=False),
            ),
            # what somebody has and is not done with: few, and every page of the inbox counts them
            models.Index(
                fields=["assignee"],
                name="conversation_mine",
                condition=Q(assignee__isnull=False, closed_at__isnull=True),
            ),
            # what somebody has or had
            models.Index(
                fields=["assignee"],
                name="conversation_assignee",
                condition=Q(assignee__isnull=False),
            ),
            # what is not in the directory yet: few
            models.Index(
                fields=["id"],
                name="conversation_not_listed",
                condition=Q(in_directory=False),
            ),
            # what has changed since the figures were last looked after: few
            models.Index(
                fields=["id"],
                name="conversation_uncounted",
                condition=~Q(version=F("counted_version")),
            ),
            # those who opted out: few
            models.Index(
                fields=["id"],
                name="conversation_opted_out",
                condition=Q(opted_out_at__isnull=False),
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

    @property
    def picture(self) -> str:
        """Return what a page may load: before 0.2.0 whatever Meta had said was stored."""
        return source(self.picture_url)

    def answers_until(self) -> datetime | None:
        """Instagram takes answers for 24 hours after the customer's message; we stop earlier."""
        return self.last_inbound_at + WINDOW - WINDOW_MARGIN if self.last_inbound_at else None

    def may_answer(self, now: datetime) -> bool:
        until = self.answers_until()
        return until is not None and now < until

    def back_at(self, now: datetime) -> datetime | None:
        """Return until when it is put off; what is over is as good as never."""
        until = self.put_off_until
        return until if until is not None and now < until else None

    def bot_is_paused(self, now: datetime) -> bool:
        return self.bot_paused_until is not None and now < self.bot_paused_until

    def is_paused_until_resumed(self, now: datetime) -> bool:
        """Tell whether nothing but a person who resumes the bot ends its pause."""
        return self.bot_is_paused(now) and self.bot_paused_until == UNTIL_RESUMED

    def why_paused(self) -> str:
        """Return the sentence that names whoever paused the bot."""
        return f"Bot paused by {self.bot_paused_by}."

    @property
    def has_opted_out(self) -> bool:
        return self.opted_out_at is not None

    def opt_out_stops(self, question: int | None) -> bool:
        """Tell whether an opt-out stops the answer to a question: all but its own confirmation."""
        return self.has_opted_out and (question is None or question != self.opted_out_message)

    def pause_stops(self, written_at: datetime, now: datetime) -> bool:
        """Tell whether a pause stops what the bot wrote then: all but its last word before it."""
        is_last_word = self.last_word_at is not None and written_at <= self.last_word_at
        return self.bot_is_paused(now) and not is_last_word
