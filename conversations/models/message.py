"""What was said, by whom, and what became of it."""

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from backoffice.words import search_text
from conversations.models.account import FIRST
from conversations.models.conversation import Conversation
from conversations.models.search_text import NOT_SEARCHABLE_YET, SearchText
from conversations.models.shown import ShownManager
from instagram.events import ANNOUNCED
from instagram.limits import MAX_ID
from workqueue import sql

COMMENT = "comment"  # the kind of a question; its answers are of these kinds
PRIVATE_REPLY = "private_reply"
PUBLIC_REPLY = "public_reply"
GONE = "unsent"  # the kind of a row that says so, whose message has not come
# What staff read of a message that no webhook told of (conversations.recovery).
FOUND = "Found later: Instagram's webhook about it never reached instabot."
HISTORY = "Imported from Instagram's history."
TO_COMMENTS = (PRIVATE_REPLY, PUBLIC_REPLY)
STORY_KINDS = ("story_reply", "story_mention")
CAME_BY = (*STORY_KINDS, COMMENT)  # kinds of messages that say how a customer came


def key_of(account: int, mid: str) -> str:
    """Return by what a message of Meta's id is stored, which is unique among all of our accounts.

    Meta's is not where two of ours write to each other: both are told of the same message. The keys
    of the first account are Meta's ids, as they were when there was one account; so nothing is
    written anew, and processes of that time find the index that they know.
    """
    if account == FIRST or not mid:
        return mid
    key = f"{account}:{mid}"
    return key if len(key) <= MAX_ID else f"{account}:{hashlib.sha256(mid.encode()).hexdigest()}"


def mid_of(account: int, key: str | None) -> str:
    """Return Meta's id of a message that is stored by this key; empty: it has none."""
    return (key or "") if account == FIRST else (key or "").removeprefix(f"{account}:")


class Origin(models.TextChoices):
    CUSTOMER = "customer", "Customer"
    BOT = "bot", "Bot"
    STAFF = "staff", "Staff"
    APP = "app", "Instagram app"


class Verdict(models.TextChoices):
    """What became of a customer's message: exactly one, with its reason beside it."""

    UNDECIDED = "undecided", "Not decided yet"
    ANSWERED = "answered", "Answered"
    TOGETHER = "together", "Answered along with another message"
    FALLBACK = "fallback", "Answered by the fallback only"
    NO_ANSWER = "no_answer", "No answer"
    PAUSED = "paused", "Waiting for staff"
    OFF = "off", "Bot was switched off"
    TOO_OLD = "too_old", "Arrived too late"
    STANDBY = "standby", "Handled by another app"
    KEPT = "kept", "Stored, not answered"
    FAILED = "failed", "Failed"


# What no rule had an answer to.
UNANSWERED = (Verdict.NO_ANSWER, Verdict.FALLBACK)
BY_ENGINES = (Verdict.ANSWERED, Verdict.TOGETHER, *UNANSWERED)
# What no engine was asked about at its time, and staff may have answered by the rules after all.
LATE = (Verdict.TOO_OLD, Verdict.OFF)
# What a person has to answer (conversations.waiting).
NEEDS_ANSWER = (*UNANSWERED, Verdict.PAUSED, *LATE, Verdict.FAILED)

# What a person of the shop wrote; another tool's automatic message has a reason (inbox.echoes).
BY_PERSON = Q(origin=Origin.STAFF) | Q(origin=Origin.APP, reason="")


class State(models.TextChoices):
    """Where an outgoing message is; docs/delivery.md draws the ways between them."""

    QUEUED = "queued", "Queued"
    SENDING = "sending", "Sending"
    SENT = "sent", "Sent"
    UNKNOWN = "unknown", "Not confirmed"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    UNDECIDED = "undecided", "Sender not clear yet"  # an echo, see inbox


NOT_SAID = (State.FAILED, State.CANCELLED)
PERSONS = (Origin.STAFF, Origin.APP)  # in the words of the index message_by_person

# What a turn has to look at: questions without a verdict, and sends that are not settled.
OPEN = Q(verdict=Verdict.UNDECIDED) | Q(
    state__in=[State.QUEUED, State.SENDING, State.UNKNOWN, State.UNDECIDED]
)

# Open: the same as text, so that SQLite too sees that the index message_open fits.
_OPEN = """
SELECT id, conversation_id, origin, kind, text, payload, attachments, content, about, at, edits,
    created_at, released_at, verdict, in_reply_to_id, position, state, not_before, tries, called_at,
    staff, (
        SELECT COALESCE(question.released_at, question.at)
        FROM conversations_message question
        WHERE question.id = conversations_message.in_reply_to_id) AS asked_at
FROM conversations_message WHERE conversation_id = %(conversation)s AND (verdict = 'undecided'
    OR state IN ('queued', 'sending', 'unknown', 'undecided'))
ORDER BY at, id"""

# Insert: a message is written once, however often Meta tells of it.
_INSERT = """
INSERT INTO conversations_message ({}) VALUES ({}) ON CONFLICT (mid) DO NOTHING RETURNING id"""
# Decide: a question gets its verdict once, and not where it is another one meanwhile.
_DECIDE = """
UPDATE conversations_message
SET verdict = %(verdict)s, reason = %(reason)s, why = %(why)s, decided_at = %(now)s,
    flagged = %(flagged)s, done_at = %(done_at)s
WHERE id = %(pk)s AND verdict = 'undecided' AND edits = %(edits)s AND kind = %(kind)s"""
# Sent by us: a private reply goes to the writer of a comment, whose id in direct messages may be
# another one.
_SENT_BY_US = """
SELECT message.id, message.mid, message.state, message.conversation_id, message.unsent_at
FROM conversations_message message
JOIN conversations_conversation conversation ON conversation.id = message.conversation_id
WHERE message.id = %(pk)s AND conversation.account_id = %(account)s
    AND (conversation.customer_id = %(customer)s OR message.kind = 'private_reply')
    AND message.origin <> 'customer'"""


class MessageQuerySet(models.QuerySet["Message"]):
    def open(self, conversation_id: int) -> list["Message"]:
        """What a turn has to look at, in order; served by the index message_open."""
        rows = sql.read(self.model, _OPEN, conversation=conversation_id)
        for row in rows:
            row.asked_at = sql.moment(row.asked_at)
        return rows

    def late(self) -> Self:
        """What came too late, or while the bot was off; served by the index message_late."""
        return self.filter(verdict__in=sql.literals(LATE))

    def failed_or_unconfirmed(self) -> Self:
        """What was not sent, and nobody has decided about; served by the index message_trouble."""
        return self.filter(state__in=sql.literals([State.FAILED, State.UNKNOWN]))

    def unanswered(self) -> Self:
        """What no rule had an answer to; served by the index message_unanswered."""
        return self.filter(verdict__in=sql.literals(UNANSWERED))

    def announced(self) -> Self:
        """Keep only what a webhook announced and no other has brought."""
        kept = self.filter(kind=ANNOUNCED, edits=0, unsent_at=None, verdict=Verdict.KEPT)
        return kept.exclude(reason=HISTORY)

    def of_accounts(self, accounts: Collection[int] | None) -> Self:
        """Keep only what was said with these of our accounts; None: with all, without a join."""
        if accounts is None:
            return self
        return self.filter(conversation__account__in=accounts)

    def said(self) -> Self:
        """Keep only what was said to the customer."""
        return self.exclude(state__in=NOT_SAID)

    def update(self, **columns: Any) -> int:
        """Change rows; whoever changes their text changes what search knows of it."""
        said = columns.get("text", "")
        if "text" in columns and "search_text" not in columns:
            assert isinstance(said, str), "say the search_text of an expression, too"
            columns["search_text"] = search_text(said)
        return super().update(**columns)

    def insert(self, columns: dict[str, Any]) -> int | None:
        """Insert a message and return its id; None, and nothing written, where its mid is known."""
        columns = columns | {"search_text": search_text(columns["text"])}
        names, values = ", ".join(columns), ", ".join(f"%({name})s" for name in columns)
        inserted = sql.fetch(_INSERT.format(names, values), **columns)
        return int(inserted[0]) if inserted else None

    def decide(  # noqa: PLR0913 - all of what is decided, in one statement
        self,
        question: "Message",
        verdict: Verdict,
        reason: str,
        why: Mapping[str, Any],
        now: datetime,
        *,
        flagged: bool = False,
        done: bool = False,
    ) -> bool:
        """Give a question its verdict; False: it has one, or is another question meanwhile.

        It was edited or unsent, or came itself where it had only been announced. flagged: a person
        is asked for; done: nobody has to answer it, whatever the verdict.
        """
        kept = json.dumps(why, default=str)  # an engine may put anything there
        return bool(
            sql.change(
                _DECIDE,
                verdict=verdict, reason=reason, why=kept, now=now, flagged=flagged,
                done_at=now if done else None,
                pk=question.pk, edits=question.edits, kind=question.kind,
            )
        )  # fmt: skip

    def sent_by_us(self, pk: int, account: int, customer: str) -> "Message | None":
        """Return the message of this number, if it went from this account to this customer."""
        rows = sql.read(self.model, _SENT_BY_US, pk=pk, account=account, customer=customer)
        return rows[0] if rows else None


MessageManager = ShownManager.from_queryset(MessageQuerySet)


class Message(models.Model):
    """One bubble, in either direction.

    The defaults are the database's too: the statements of the hot path name only what they set.
    """

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    origin = models.CharField(max_length=10, choices=Origin)
    kind = models.CharField(max_length=MAX_ID, default="text")
    mid = models.CharField(max_length=MAX_ID, null=True)  # key_of() it
    text = models.TextField(blank=True)
    search_text = SearchText(of="text")
    payload = models.TextField(blank=True, db_default="")
    attachments = models.JSONField(default=list, db_default=[], blank=True)
    # What it refers to: a story, another message, the comment and its post.
    about = models.JSONField(default=dict, db_default={}, blank=True)
    # When it was said: Meta's time, or ours for what we write.
    at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)
    # When a look at the thread found it, of which no webhook had told (conversations.recovery).
    found_at = models.DateTimeField(null=True, blank=True)

    # What became of it on Instagram afterwards. An unsent message keeps nothing that was said.
    unsent_at = models.DateTimeField(null=True, blank=True)
    edits = models.PositiveSmallIntegerField(default=0, db_default=0)
    edited_at = models.DateTimeField(null=True, blank=True)
    text_before = models.TextField(blank=True, default="", db_default="")  # the newest edit
    reaction = models.CharField(max_length=50, blank=True, db_default="")
    reacted_at = models.DateTimeField(null=True, blank=True)

    # Incoming.
    verdict = models.CharField(max_length=10, choices=Verdict, blank=True, db_default="")
    reason = models.TextField(blank=True, db_default="")
    # How it was decided, for who wants to know more than the reason: rules tried, why others lost.
    why = models.JSONField(default=dict, db_default={}, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    # When staff had a question that came too late answered after all: its age counts from here.
    released_at = models.DateTimeField(null=True, blank=True)
    # It asks for a person, whatever the bot answered; and since when nobody has to answer it any
    # more: staff are done with it, or it was said to the bot alone (conversations.waiting).
    flagged = models.BooleanField(default=False, db_default=False)
    done_at = models.DateTimeField(null=True, blank=True)

    # Outgoing.
    in_reply_to = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="answers",
        db_index=False,
    )  # fmt: skip
    position = models.PositiveSmallIntegerField(default=0, db_default=0)
    # The rule's id as its engine gave it: no foreign key, since what was said outlives its rule.
    rule = models.BigIntegerField(null=True, blank=True)
    variant = models.PositiveSmallIntegerField(null=True, blank=True)  # which of its wordings
    state = models.CharField(max_length=10, choices=State, blank=True, db_default="")
    not_before = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    called_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    # Beside the text: quick replies, buttons, an address of a picture, cards (instagram.content).
    content = models.JSONField(default=dict, db_default={}, blank=True)
    # How an unconfirmed send is settled: clean reads of the thread that did not show it, and
    # whether it was sent once more after two of them.
    looks = models.PositiveSmallIntegerField(default=0, db_default=0)
    looked_at = models.DateTimeField(null=True, blank=True)
    sent_again = models.BooleanField(default=False, db_default=False)
    # Who wrote it or had it sent again; a form's token, so that a double click sends once.
    staff = models.CharField(max_length=MAX_ID, blank=True, default="", db_default="")
    token = models.CharField(max_length=64, null=True, editable=False)
    error = models.TextField(blank=True, db_default="")  # one sentence for staff

    # Since when the question waits that it answers: of open() and of what was just composed.
    asked_at: datetime | None = None

    objects = MessageManager()
    account_path = "conversation__account"
    conversation_path = "conversation"

    class Meta:
        indexes = [
            # the thread that staff read, and the engine's history
            models.Index(fields=["conversation", "at", "id"], name="message_thread"),
            # what was said on a day, by anybody: its figures
            models.Index(fields=["at"], name="message_at"),
            # open(): a handful of rows, however long the history is
            models.Index(fields=["conversation"], name="message_open", condition=OPEN),
            # what is to be settled: few rows
            models.Index(
                fields=["called_at"], name="message_unknown", condition=Q(state="unknown")
            ),
            # the outbox: what staff have to look at
            models.Index(
                fields=["-at"],
                name="message_trouble",
                condition=Q(state__in=[State.FAILED, State.UNKNOWN]),
            ),
            # the list of those who wrote while we were down, or the bot was switched off
            models.Index(fields=["-at"], name="message_late", condition=Q(verdict__in=LATE)),
            # the page of unanswered questions
            models.Index(
                fields=["-at"],
                name="message_unanswered",
                condition=Q(verdict__in=UNANSWERED),
            ),
            # who waits (conversations.waiting): what needs an answer, when a person wrote, and
            # which answers were not said
            models.Index(
                fields=["conversation", "at"],
                name="message_needs_answer",
                condition=(Q(verdict__in=NEEDS_ANSWER) | Q(flagged=True)) & Q(done_at__isnull=True),
            ),
            models.Index(
                fields=["conversation", "at"],
                name="message_by_person",
                condition=Q(origin__in=[Origin.STAFF, Origin.APP]),
            ),
            models.Index(
                fields=["conversation"],
                name="message_not_said",
                condition=Q(origin=Origin.BOT, state__in=NOT_SAID),
            ),
            # how customers came: few messages say it
            models.Index(
                fields=["conversation", "kind"],
                name="message_came",
                condition=Q(kind__in=CAME_BY, origin__in=[Origin.CUSTOMER]),
            ),
            # what search does not know yet (conversations.search.upkeep): mostly nothing
            models.Index(
                fields=["id"], name="message_not_searchable", condition=NOT_SEARCHABLE_YET
            ),
            # which answers a message has: the database asks for them when it is deleted
            models.Index(
                fields=["in_reply_to"],
                name="message_answers",
                condition=Q(in_reply_to__isnull=False),
            ),
            # how often each rule answered
            models.Index(
                fields=["rule", "at"], name="message_rule", condition=Q(rule__isnull=False)
            ),
        ]
        constraints = [
            # As constraints and not as unique fields, which get a second index for LIKE.
            models.UniqueConstraint(fields=["mid"], name="one_mid"),
            models.UniqueConstraint(
                fields=["token"], condition=Q(token__isnull=False), name="one_click"
            ),
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

    def reads_as(self, text: str) -> bool:
        """Tell whether this message may come back with this text.

        White space may differ, and of what is more than a text Meta may give none back.
        """
        wordless = self.kind not in ("text", PRIVATE_REPLY) and not text.strip()
        return wordless or text.split() == self.text.split()


class LateQuestion(Message):
    """A message that came too late to be answered by itself, as staff see it on their list."""

    class Meta:
        proxy = True
        verbose_name = "late message"

    def __str__(self) -> str:
        return f"Late message {self.pk}"


class OutboxMessage(Message):
    """A message that waits, failed or was not confirmed, as staff see it in the outbox."""

    class Meta:
        proxy = True
        verbose_name = "outbox message"

    def __str__(self) -> str:
        return f"Message {self.pk} to {self.conversation}"
