"""Applies ERASURES_FILE to what was restored: what was erased since does not come back.

Neither as a message nor from an event that nobody had read when the backup was made.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.utils import timezone

from backoffice.counts import counted
from backups import unread
from backups.manifest import BackupError
from conversations import inbox
from conversations.models import (
    Account,
    Conversation,
    CustomerErasure,
    Erasure,
    Message,
    Origin,
    mid_of,
)
from conversations.removal import thread as removal
from conversations.removal import traces
from conversations.retention import digests, journal
from conversations.retention.customers import NO_NAME
from instagram.events import Unsent
from webhooks import customers, erasure


@dataclass(slots=True)
class Erasures:
    """What the file says: when each thing was last erased, by its digest; and which keys it has.

    unreadable: lines that say nothing, as where a disk was full.
    """

    at: dict[str, dict[UUID, datetime]] = field(default_factory=lambda: defaultdict(dict))
    keys: set[str] = field(default_factory=set)
    unreadable: int = 0


@dataclass(slots=True)
class Applied:
    """How much was erased. foreign: the file has lines of another database's key."""

    messages: int = 0
    customers: int = 0
    names: int = 0
    unreadable: int = 0
    foreign: bool = False

    def __str__(self) -> str:
        these = [(self.messages, "message"), (self.customers, "customer"), (self.names, "name")]
        return ", ".join(counted(number, what) for number, what in these)

    @property
    def anything(self) -> bool:
        return bool(self.messages or self.customers or self.names)


def read(path: Path) -> Erasures:
    """Read the file; raises BackupError where there is none."""
    found = Erasures()
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise BackupError(
            f"{path}, which says what was erased, cannot be read: {error.strerror}. Name it with"
            " --erasures, or say --without-erasures: then what was erased comes back."
        ) from error
    for line in filter(None, lines):
        said = journal.parse(line)
        if said is None:
            found.unreadable += 1
        else:
            known = found.at[said.kind]
            known[said.digest] = max(said.at, known.get(said.digest, said.at))
            found.keys.add(said.key)
    return found


def apply(erasures: Erasures) -> Applied:
    """Erase it here; part of the transaction that restores."""
    key = journal.key()
    foreign = bool(erasures.keys - {journal.fingerprint(key)})
    done = Applied(unreadable=erasures.unreadable, foreign=foreign)
    gone = erasures.at[Erasure.Kind.CUSTOMER]
    # From here on they are recognised: Instagram's threads are read back after a restore.
    journal.keep_away(gone.items())
    for row in list(_customers(erasures, Erasure.Kind.CUSTOMER, key)):
        _delete(row, gone[_digest_of(row, key)])
        done.customers += 1
    unread.take_out(gone, key)
    for row in list(_customers(erasures, Erasure.Kind.NAME, key)):
        done.names += Conversation.objects.filter(pk=row.pk).update(**NO_NAME)
    accounts = Account.objects.in_bulk()
    for number, customer, mid, origin in list(_messages(erasures, key)):
        by_shop = origin != Origin.CUSTOMER
        _unsend(accounts[number], customer, mid_of(number, mid), by_shop=by_shop)
        done.messages += 1
    done.messages += unread.erase(erasures.at[Erasure.Kind.MESSAGE], key)
    return done


def _customers(erasures: Erasures, kind: Erasure.Kind, key: str) -> Iterator[Conversation]:
    """Return those who were erased; not whoever began anew, or wrote, after that."""
    when = erasures.at[kind]
    if not when:
        return
    for row in Conversation.objects.order_by("pk").iterator():
        at = when.get(_digest_of(row, key))
        if at and max(row.created_at, row.last_inbound_at or row.created_at) < at:
            yield row


def _digest_of(row: Conversation, key: str) -> UUID:
    return digests.digest(key, row.account_id, digests.name_of(row.customer_id))


def _delete(row: Conversation, at: datetime) -> None:
    """Delete a conversation with all that is in it, and what its raw events say."""
    asked = CustomerErasure(
        account_id=row.account_id, customer_id=row.customer_id, conversation=row.pk, wanted_at=at
    )
    place = customers.bite(asked, None).place
    while place:
        place = customers.bite(asked, place).place
    removal.take_all(row)
    traces.bite(asked, None)


def _messages(erasures: Erasures, key: str) -> Iterator[tuple[int, str, str, str]]:
    """Return account, customer, key and origin of each message that was unsent since."""
    when = erasures.at[Erasure.Kind.MESSAGE]
    if not when:
        return
    rows = Message.objects.filter(unsent_at=None).exclude(mid=None).order_by("pk")
    columns = ("conversation__account", "conversation__customer_id", "mid", "origin")
    for account, customer, mid, origin in rows.values_list(*columns).iterator():
        if mid and digests.digest(key, account, mid) in when:
            yield account, customer, mid, origin


def _unsend(account: Account, customer: str, mid: str, *, by_shop: bool) -> None:
    """As when Meta tells of it: what would have answered it is cancelled, too."""
    told = Unsent(account.instagram_id, customer, timezone.now(), mid, by_shop=by_shop)
    inbox.record(told, account)
    erasure.erase([mid])
