"""How what a customer says arrives in their conversation: which one it is, and what changes in it.

Nearly all of it happens between a webhook and the answer, so each way is one statement.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from conversations.models.account import NOT_ACTIVE
from conversations.models.version import RAISE, VersionedQuerySet
from workqueue import sql
from workqueue.leases import TAKE, WAKE, Lease

if TYPE_CHECKING:
    from conversations.models.conversation import Conversation

# What a turn needs of a conversation; other columns are read when they are asked for.
NEEDED = (
    "id", "account_id", "customer_id", "last_inbound_at", "bot_paused_until", "bot_paused_by",
    "last_word_at", "opted_out_at", "opted_out_message", "needs_person", "disclosed_at",
    "other_app_at", "referral_ref", "name", "username", "tries",
)  # fmt: skip
# Whether the bot is switched off for everybody stands in the account's row, and is read along; so
# does whether the account says anything at all.
BOT_OFF = f"""(
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
{_CUSTOMERS} RETURNING {", ".join(NEEDED)}, due_at, {BOT_OFF}"""
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


@dataclass(frozen=True, slots=True)
class Heard:
    """The conversation in which something was heard; its lease, where it was taken."""

    conversation: int
    paused_until: Any  # as the database gives it
    lease: Lease["Conversation"] | None = None


class ArrivalQuerySet(VersionedQuerySet["Conversation"]):
    """Each of the ways to hear returns None where the customer has no conversation yet.

    So it does where what is heard may have been erased, unless it is known that it was not.
    """

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


def _heard(row: tuple[Any, ...] | None) -> Heard | None:
    return Heard(*row) if row else None
