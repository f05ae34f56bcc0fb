"""Whom we talk with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from backoffice.reach import ReachedManager, reach
from conversations.models.account import NOT_ACTIVE, Account
from conversations.models.version import RAISE, VersionedQuerySet
from instagram.limits import MAX_ID, WINDOW, WINDOW_MARGIN
from instagram.links import source
from workqueue import sql
from workqueue.leases import TAKE, WAKE, Lease, Leased

ANOTHER_APP = "Another app handles this conversation."

# When a conversation last moved; one that the shop began counts from its beginning.
NEWEST = Coalesce("last_inbound_at", "created_at")
MAX_LABEL = 50
# A pause of the bot that has no end but somebody who resumes it: later than any other.
UNTIL_RESUMED = datetime(9999, 12, 30, tzinfo=UTC)


class LabelManager(models.Manager["Label"]):
    def named(self, name: str) -> "Label":
        """Return the label that reads so, whatever its capitals and accents, or a new one."""
        said = " ".join(name.split())
        exact = self.filter(name=said).first()
        return exact or self.filter(name__reads=said).first() or self.get_or_create(name=said)[0]


class Label(models.Model):
    """A word that staff, or a rule, add to conversations."""

    name = models.CharField(max_length=MAX_LABEL, unique=True)

    objects = LabelManager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


# What a turn needs of a conversation; other columns are read when they are asked for.
NEEDED = (
    "id", "account_id", "customer_id", "last_inbound_at", "bot_paused_until", "bot_paused_by",
    "last_word_at", "opted_out_at", "opted_out_message", "needs_person", "disclosed_at",
    "other_app_at", "referral_ref", "name", "username", "tries",
)  # fmt: skip
# Whether the bot is switched off for everybody stands in the account's row, and is read along; so
# does whether the account says anything at all.
_BOT_OFF = f"""(
    SELECT CASE WHEN active THEN bot_off_by ELSE '{NOT_ACTIVE}' END FROM conversations_account
    WHERE conversations_account.id = conversations_conversation.account_id) AS bot_off_by"""

# A customer's conversation. One that began after an erasure takes what was written about then, or
# before it, from nobody but who has looked whether that was erased (`known`).
_CUSTOMERS = """
WHERE account_id = %(account)s AND customer_id = %(customer)s
    AND (%(known)s OR erased_until IS NULL OR erased_until < %(at)s)"""
# Find, and begin: whoever comes at the same time finds what the other one has begun. Where any
# customer was ever erased, it is `known` whether this one was, or nothing begins.
_FIND = f"SELECT id FROM conversations_conversation {_CUSTOMERS}"
_BEGIN = """
INSERT INTO conversations_conversation
    (account_id, customer_id, name, username, bot_paused_by, needs_person, created_at, erased_until)
SELECT %(account)s, %(customer)s, '', '', '', FALSE, %(now)s, %(erased_until)s
WHERE %(known)s OR NOT EXISTS (SELECT 1 FROM conversations_erasedcustomer)
ON CONFLICT (account_id, customer_id) DO NOTHING"""
_WINDOW = "last_inbound_at = GREATEST(COALESCE(last_inbound_at, %(at)s), %(at)s)"
_OURS = "other_app_at = CASE WHEN other_app_at <= %(at)s THEN NULL ELSE other_app_at END"
# Whatever the customer says, the conversation is put off no longer.
_BACK = "put_off_until = NULL"
# Hear: a message opens the window, wakes the conversation, and shows that it is ours again.
_HEAR = f"""
UPDATE conversations_conversation SET {WAKE}, {_WINDOW}, {_OURS}, {_BACK}, {RAISE}
{_CUSTOMERS} RETURNING id, bot_paused_until"""
# Hear and take: the same, and whoever hears it takes the conversation if it is free.
_HEAR_AND_TAKE = f"""
UPDATE conversations_conversation SET {TAKE}, {_WINDOW}, {_OURS}, {_BACK}, {RAISE}
{_CUSTOMERS} RETURNING {", ".join(NEEDED)}, due_at, {_BOT_OFF}"""
# Overhear: another app owns the conversation; an old sign of that changes nothing.
_OVERHEAR = f"""
UPDATE conversations_conversation
SET other_app_at = CASE WHEN last_inbound_at > %(at)s THEN other_app_at ELSE %(at)s END, {_WINDOW},
    {_BACK}, {RAISE}
{_CUSTOMERS} RETURNING id, bot_paused_until"""
# Hear afterwards: what was written then is found now. It wakes nobody.
_HEAR_AFTERWARDS = f"""
UPDATE conversations_conversation SET {_WINDOW}, {_BACK}, {RAISE} WHERE id = %(conversation)s"""
_HEAR_HISTORY = f"""
UPDATE conversations_conversation SET {_WINDOW}, {RAISE} WHERE id = %(conversation)s"""
# Hear a comment: it opens no window, but tells what its writer is called.
_HEAR_COMMENT = f"""
UPDATE conversations_conversation
SET {WAKE}, username = CASE WHEN username = '' THEN %(username)s ELSE username END,
    in_directory = in_directory AND username <> '', {_BACK}, {RAISE}
{_CUSTOMERS} RETURNING id, bot_paused_until"""

# Count the queue: each number from an index of few rows, all in one statement, since every open
# page asks for them once a second. What stands in braces keeps to the accounts that may be seen.
_COUNT_QUEUE = """
SELECT waits.newest, waits.everybody, mine.talks, waits.unassigned, waits.closing, failed.talks,
    put_off.talks
FROM (
    SELECT COUNT(*) AS everybody, COUNT(CASE WHEN assignee_id IS NULL THEN 1 END) AS unassigned,
        COUNT(CASE WHEN last_inbound_at > %(opened)s AND last_inbound_at < %(closing)s THEN 1 END)
            AS closing,
        MAX(CASE WHEN put_off_until > waiting_since THEN put_off_until ELSE waiting_since END)
            AS newest
    FROM conversations_conversation
    WHERE waiting_since IS NOT NULL AND (put_off_until IS NULL OR put_off_until <= %(now)s){seen}
) AS waits CROSS JOIN (
    SELECT COUNT(*) AS talks FROM conversations_conversation
    WHERE assignee_id = %(user)s AND closed_at IS NULL{seen}
) AS mine CROSS JOIN (
    SELECT COUNT(DISTINCT conversation_id) AS talks FROM conversations_message
    WHERE state IN ('failed', 'unknown') AND at >= %(since)s{said_there}
) AS failed CROSS JOIN (
    SELECT COUNT(*) AS talks FROM conversations_conversation WHERE put_off_until > %(now)s{seen}
) AS put_off"""

# Count mine: what each colleague has and is not done with, for all open pages at once.
_COUNT_MINE = """
SELECT assignee_id, COUNT(*) FROM conversations_conversation
WHERE assignee_id IS NOT NULL AND closed_at IS NULL{seen} GROUP BY assignee_id"""

# See: what an open page asks of the conversation that it shows, once a second.
_SEE = """
SELECT id, version, last_inbound_at, put_off_until, bot_paused_until
FROM conversations_conversation WHERE id = %(pk)s{seen}"""


class Seen(NamedTuple):
    """The version of a conversation, and the times at which it looks different without another."""

    pk: int
    version: int
    last_inbound_at: datetime | None
    put_off_until: datetime | None
    bot_paused_until: datetime | None


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many conversations each part of the queue has that an index finds.

    newest: since when the last one has been in the queue: its customer waits, or is back from
    being put off.
    """

    newest: datetime | None
    waiting: int
    mine: int
    unassigned: int
    closing: int
    not_delivered: int
    put_off: int


@dataclass(frozen=True, slots=True)
class Heard:
    """The conversation in which something was heard; its lease, where it was taken."""

    conversation: int
    paused_until: Any  # as the database gives it
    lease: Lease["Conversation"] | None = None


# Relabel: its labels change.
_RELABEL = f"""
UPDATE conversations_conversation SET in_directory = FALSE, {RAISE} WHERE id = %(conversation)s"""
NAMES = {"name", "username"}


class ConversationQuerySet(VersionedQuerySet["Conversation"]):
    """Each of the ways to hear returns None where the customer has no conversation yet.

    So it does where what is heard may have been erased, unless it is known that it was not.
    """

    def update(self, **columns: Any) -> int:
        """Change rows; who is called otherwise is looked up anew for the directory."""
        if columns.keys() & NAMES:
            columns["in_directory"] = False
        return super().update(**columns)

    def relabel(self, pk: int) -> None:
        """A label of this conversation comes or goes; the first statement of the transaction."""
        sql.change(_RELABEL, conversation=pk)

    def relabel_after_commit(self) -> None:
        """A label that all of these have changes in this transaction.

        They may be thousands, so it is told of afterwards and one by one: no turn waits.
        """
        pks = list(self.order_by().values_list("pk", flat=True))
        transaction.on_commit(partial(self._relabel_each, pks))

    def _relabel_each(self, pks: Sequence[int]) -> None:
        for pk in pks:
            self.relabel(pk)

    def newest_first(self) -> Self:
        """Served by the index conversation_newest."""
        return self.order_by(NEWEST.desc())

    def uncounted(self) -> Self:
        """Keep only what has changed since the figures were last looked after.

        Served by the index conversation_uncounted.
        """
        return self.filter(~Q(version=F("counted_version")))

    def count_queue(
        self, user: int | None, now: datetime, opened: datetime, closing: datetime, since: datetime
    ) -> QueueCounts:
        """Count the parts of the queue, as queries.in_tab() has them; user: whose own are mine.

        opened, closing: between these the customer last wrote where the window closes soon; since:
        failed sends that are older are no news.
        """
        row = sql.fetch(
            _of_seen_accounts(_COUNT_QUEUE),
            user=user, now=now, opened=opened, closing=closing, since=since,
        )  # fmt: skip
        assert row is not None
        return QueueCounts(sql.moment(row[0]), *row[1:])

    def count_mine(self) -> dict[int, int]:
        """Count what each user has and is not done with; who has nothing is left out.

        Served by the index conversation_mine.
        """
        return dict(sql.fetch_all(_of_seen_accounts(_COUNT_MINE)))

    def see(self, pk: int) -> Seen | None:
        """Return what an open page compares with what it shows."""
        row = sql.fetch(_of_seen_accounts(_SEE), pk=pk)
        return Seen(row[0], row[1], *map(sql.moment, row[2:])) if row else None

    def begin(
        self,
        account: int,
        customer: str,
        now: datetime,
        *,
        known: bool = False,
        erased_until: datetime | None = None,
    ) -> bool:
        """Write down a customer's conversation; False: there is one, or they may be erased.

        known: it was asked whether they are; erased_until: what was written before is looked at.
        """
        return bool(
            sql.change(
                _BEGIN,
                account=account, customer=customer, now=now, known=known,
                erased_until=erased_until,
            )
        )  # fmt: skip

    def find(self, account: int, customer: str, at: datetime, *, known: bool = False) -> int | None:
        """Return the id of a customer's conversation, for what happened at `at`."""
        row = sql.fetch(_FIND, account=account, customer=customer, at=at, known=known)
        return int(row[0]) if row else None

    def hear(
        self, account: int, customer: str, at: datetime, now: datetime, *, known: bool = False
    ) -> Heard | None:
        """A message came, written at `at`: wake the conversation."""
        return _heard(
            sql.fetch(_HEAR, account=account, customer=customer, at=at, when=now, known=known)
        )

    def hear_and_take(  # noqa: PLR0913 - all of it in one statement
        self,
        account: int,
        customer: str,
        at: datetime,
        now: datetime,
        until: datetime,
        *,
        known: bool = False,
    ) -> Heard | None:
        """A message came: take the conversation until then if it is free, else wake it."""
        rows = sql.read(
            self.model, _HEAR_AND_TAKE,
            account=account, customer=customer, at=at, now=now, until=until, known=known,
        )  # fmt: skip
        if not rows:
            return None
        taken = Lease(rows[0], until) if rows[0].due_at == until else None
        return Heard(rows[0].pk, rows[0].bot_paused_until, taken)

    def overhear(
        self, account: int, customer: str, at: datetime, *, known: bool = False
    ) -> Heard | None:
        """A message came that another app is to answer."""
        return _heard(sql.fetch(_OVERHEAR, account=account, customer=customer, at=at, known=known))

    def hear_afterwards(self, pk: int, at: datetime, *, is_news: bool = True) -> None:
        """It is found that the customer wrote, at `at`: the window is open from then.

        is_news: staff have not answered it long ago, so the conversation is put off no longer.
        """
        sql.change(_HEAR_AFTERWARDS if is_news else _HEAR_HISTORY, conversation=pk, at=at)

    def hear_comment(  # noqa: PLR0913 - the same
        self,
        account: int,
        customer: str,
        username: str,
        now: datetime,
        *,
        at: datetime | None = None,
        known: bool = False,
    ) -> Heard | None:
        """The customer wrote below a post, at `at`: wake the conversation."""
        return _heard(
            sql.fetch(
                _HEAR_COMMENT,
                account=account, customer=customer, username=username, when=now, at=at or now,
                known=known,
            )
        )  # fmt: skip


def _of_seen_accounts(statement: str) -> str:
    """Keep a statement to the conversations of accounts that may be seen."""
    accounts = reach()
    if accounts is None:
        return statement.format(seen="", said_there="")
    ids = ", ".join(map(str, sorted(accounts))) or "NULL"
    seen = f" AND account_id IN ({ids})"
    talks = f"SELECT id FROM conversations_conversation WHERE account_id IN ({ids})"
    return statement.format(seen=seen, said_there=f" AND conversation_id IN ({talks})")


def _heard(row: tuple[Any, ...] | None) -> Heard | None:
    return Heard(*row) if row else None


ConversationManager = ReachedManager.from_queryset(ConversationQuerySet)


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
    # staff have put the conversation off (what the customer says takes that back: _BACK).
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
    NEEDED = NEEDED
    BESIDE = (_BOT_OFF,)
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
