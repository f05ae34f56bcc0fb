"""Who we are on Instagram."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce, Greatest

from backoffice.reach import is_seen
from instagram import hosts
from instagram.kinds import TITLES, Kind
from instagram.limits import MAX_ID
from workqueue import sql

FIRST = 1  # the number of the account that the environment names
LOGINS = [
    (Kind.FACEBOOK.value, f"{TITLES[Kind.FACEBOOK]}, with a Page's token"),
    (Kind.INSTAGRAM.value, TITLES[Kind.INSTAGRAM]),
    (Kind.UNIFIED.value, TITLES[Kind.UNIFIED]),
]


# Stands in the place of whoever has switched the bot off where the account itself says nothing; no
# name is blank.
NOT_ACTIVE = " "
STOPPED = "This Instagram account is disconnected."


def why_off(by: str) -> str:
    """Return the sentence that names whoever switched the bot off for everybody."""
    return STOPPED if by == NOT_ACTIVE else f"Bot switched off by {by}."


def later_of(column: str, moment: datetime) -> Greatest:
    """The column's time, or this moment where that is later or the column is empty."""
    value = Value(moment, output_field=models.DateTimeField())
    return Greatest(Coalesce(column, value), value)


# Gate: what may hold a message back: the account's rate and pause, the bot's switch, an echo that
# is not clear yet, and how much the bot has said here lately.
_GATE = """
SELECT next_send_at, paused_until, pause, bot_off_by, bot_off_at, active, sending_held, restored_at,
    EXISTS (
    SELECT 1 FROM conversations_message
    WHERE conversation_id = %(conversation)s AND state = 'undecided'),
    lately.said, lately.last_call
FROM conversations_account CROSS JOIN (
    SELECT MAX(called_at) AS last_call, COUNT(
        CASE WHEN origin = 'bot' AND state IN ('sending', 'sent', 'unknown') THEN 1 END) AS said
    FROM conversations_message
    WHERE conversation_id = %(conversation)s AND at > %(since)s) AS lately
WHERE conversations_account.id = %(account)s"""
# The same, and nobody else takes a send slot until the commit.
_GATE_LOCKED = f"{_GATE} FOR NO KEY UPDATE OF conversations_account"
# Slot: the account's next message goes no earlier.
_TAKE_SLOT = """
UPDATE conversations_account SET next_send_at = %(next_at)s WHERE id = %(account)s"""


@dataclass(frozen=True, slots=True)
class AtGate:
    """What stands at the gate: the account's rate and pause, an echo that is not clear yet.

    bot_off_by: who has switched the bot off, empty while it is on; bot_off_at: when that was last.
    active: whether the account may say anything at all; sending_held: not since it was restored
    from a backup, at restored_at.
    said_lately: how many messages of the bot; last_call: to this customer, since then.
    """

    next_send_at: datetime | None
    paused_until: datetime | None
    pause: str
    bot_off_by: str
    bot_off_at: datetime | None
    active: bool
    sending_held: bool
    restored_at: datetime | None
    undecided_echo: bool
    said_lately: int
    last_call: datetime | None

    def account_is_paused(self, now: datetime) -> bool:
        return self.paused_until is not None and now < self.paused_until


def is_called(name: str, of: str = "") -> Q:
    """Tell whether an account has this Instagram ID or username; of: the path to the account."""
    username = f"{of}username"
    named = {f"{username}__iexact": name.removeprefix("@"), f"{username}__gt": ""}
    return Q(**named) | Q(**{f"{of}instagram_id": name})


class AccountQuerySet(models.QuerySet["Account"]):
    def ours(self) -> "Account":
        """Return the first account, which is the environment's; the only one of most shops.

        Its number is fixed, so that of workers which start together only one can make it.
        """
        return self.get_or_create(pk=FIRST)[0]

    def is_silent(self, account: int, *, bot: bool) -> bool:
        """Tell whether the account says nothing at this moment, or its bot does not."""
        speaks = Q(active=True, bot_off_by="") if bot else Q(active=True)
        return not self.filter(speaks, pk=account).exists()

    def seen(self) -> Self:
        """Keep only those that may be seen now.

        The manager itself gives all: what a process keeps of its accounts is for everybody.
        """
        return self.filter(is_seen("pk"))

    def at_gate(self, account: int, conversation: int, since: datetime, *, lock: bool) -> AtGate:
        """Read in one statement what may hold a message back.

        lock: nobody else takes a send slot until the commit.
        """
        statement = _GATE_LOCKED if lock else _GATE
        row = sql.fetch(statement, account=account, conversation=conversation, since=since)
        assert row is not None
        next_send_at, paused_until, pause, off_by, off_at, *flags, said, last_call = row
        active, held, restored_at, undecided = flags
        moment = sql.moment
        return AtGate(
            moment(next_send_at),
            moment(paused_until),
            pause,
            off_by,
            moment(off_at),
            bool(active),
            bool(held),
            moment(restored_at),
            bool(undecided),
            said,
            moment(last_call),
        )

    def take_slot(self, account: int, next_at: datetime) -> None:
        """Let the account's next message go no earlier than this."""
        sql.change(_TAKE_SLOT, account=account, next_at=next_at)


class Account(models.Model):
    """An Instagram account of the shop's: who it is, its token, and whether it may send.

    A pause of it is this one row, not a write per conversation.
    """

    class Pause(models.TextChoices):
        THROTTLED = "throttled", "Instagram asked us to slow down"
        BROKEN = "broken", "Instagram does not accept our login or its permissions"
        BLOCKED = "blocked", "Instagram has blocked messages from this account"
        UNREACHABLE = "unreachable", "Instagram can't be reached"

    instagram_id = models.CharField(
        "Instagram ID",
        max_length=MAX_ID,
        blank=True,
        help_text="Instagram account ID from Meta.",
    )
    node_id = models.CharField("node ID", max_length=MAX_ID, blank=True)
    username = models.CharField(max_length=MAX_ID, blank=True)
    name = models.CharField(max_length=MAX_ID, blank=True, default="", db_default="")
    picture_url = models.TextField(blank=True, default="", db_default="")  # Meta's link
    identified_by = models.CharField(max_length=64, blank=True, editable=False)
    paused_until = models.DateTimeField("sending paused until", null=True, blank=True)
    pause = models.CharField("reason", max_length=20, blank=True, choices=Pause)
    pause_reason = models.CharField("details", max_length=500, blank=True)
    # How often in a row Instagram refused: pauses grow and the rate falls with it (account.pause).
    strikes = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    struck_at = models.DateTimeField(null=True, blank=True, editable=False)
    next_send_at = models.DateTimeField(null=True, blank=True)
    next_look_at = models.DateTimeField(null=True, blank=True)  # when a thread may be read back

    # Written by conversations.bot_switch alone: who has switched the bot off for everybody, empty
    # while it is on, and when that was last: what the bot had written until then is never sent.
    bot_off_by = models.CharField(
        max_length=MAX_ID, blank=True, default="", db_default="", editable=False
    )
    bot_off_at = models.DateTimeField(null=True, blank=True, editable=False)

    # Written by conversations.account.tokens alone. The token is sealed (account.vault); its
    # version rises with each new one, so that whoever used an older one is not believed about it.
    login = models.CharField(
        "connected by", max_length=10, blank=True, choices=LOGINS, default="", db_default="",
    )  # fmt: skip
    token = models.TextField(blank=True, default="", db_default="", editable=False)
    token_version = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    token_made_at = models.DateTimeField(null=True, blank=True, editable=False)
    token_ends_at = models.DateTimeField("token ends", null=True, blank=True, editable=False)
    permissions = models.JSONField(default=list, db_default=[], blank=True, editable=False)
    # The fingerprint of the environment's token that this account was given last.
    token_seed = models.CharField(
        max_length=64, blank=True, default="", db_default="", editable=False
    )

    # Written by conversations.account.connection alone: an account that is not active keeps what
    # it is told, and says nothing.
    active = models.BooleanField(default=True, db_default=True, editable=False)
    disconnected_at = models.DateTimeField(null=True, blank=True, editable=False)

    # Written by conversations.hold alone. Its rows are those of a backup: when it was restored, and
    # of when the backup is; nothing leaves while it is held. compared_at: since then all that was
    # open in the backup is compared with Instagram's threads.
    sending_held = models.BooleanField(default=False, db_default=False, editable=False)
    restored_at = models.DateTimeField(null=True, blank=True, editable=False)
    backup_at = models.DateTimeField(null=True, blank=True, editable=False)
    compared_at = models.DateTimeField(null=True, blank=True, editable=False)

    # Written by conversations.account.renewal alone: when the token is next renewed or asked about,
    # which a process moves to take it; of which version that was; and why it failed since when.
    renewal_at = models.DateTimeField(null=True, blank=True, editable=False)
    renewal_version = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    renewal_problem = models.CharField(
        max_length=500, blank=True, default="", db_default="", editable=False
    )
    renewal_failed_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Written by conversations.account.subscription alone: the webhook fields that Meta said it
    # posts, and when it was asked.
    webhook_fields = models.JSONField(default=list, db_default=[], blank=True, editable=False)
    webhook_fields_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = AccountQuerySet.as_manager()

    class Meta:
        constraints = [
            # An account that nobody has asked Meta about yet has no id.
            models.UniqueConstraint(
                fields=["instagram_id"], condition=~Q(instagram_id=""), name="one_instagram_id"
            )
        ]

    def __str__(self) -> str:
        return f"@{self.username}" if self.username else self.instagram_id or "our account"

    def is_paused(self, now: datetime) -> bool:
        """Tell whether nothing may be sent now."""
        return self.paused_until is not None and now < self.paused_until

    @property
    def bot_is_off(self) -> bool:
        return bool(self.bot_off_by)

    def names(self) -> set[str]:
        """Return the ids by which it is known: those that /me gave, and the configured one."""
        configured = settings.INSTAGRAM_ACCOUNT_ID if self.pk == FIRST else ""
        return {self.instagram_id, self.node_id, configured} - {"", "me"}

    def answers_to(self, named: str) -> bool:
        """Tell whether this may be the account's name.

        Until Meta has said who it is each one may be, unless the settings surely name the account.
        """
        is_sure = bool(self.instagram_id) or (
            self.pk == FIRST and not _may_be_page(settings.INSTAGRAM_ACCOUNT_ID)
        )
        return named in self.names() or not is_sure


def _may_be_page(configured: str) -> bool:
    """Tell whether this may be a Page's id, as with Facebook Login: webhooks name another one."""
    token, url = settings.INSTAGRAM_PAGE_ACCESS_TOKEN, settings.GRAPH_API_URL
    return configured == "me" or not hosts.is_instagrams(token, url)
