"""Records what Meta tells us: conversations and messages, each item once.

One transaction an item. A second delivery hits the unique `mid`, or a mark that is there already,
and changes nothing. Only inbox, answering and outbox write messages.
"""

from dataclasses import replace
from datetime import datetime

from django.db import IntegrityError, transaction

from conversations.inbox import echoes, incoming, ledger, routing, updates
from conversations.inbox.echoes import mark_automatic, settle_echoes
from conversations.inbox.ledger import (
    BROKEN,
    EARLY,
    ERASED,
    FAILED,
    NO_ACCOUNT,
    UNKNOWN,
    UNSENT,
    WAS_ERASED,
    ErasedError,
    Recorded,
    kind_of,
)
from conversations.models import COMMENT, Account, key_of
from conversations.retention import digests
from instagram.events import (
    OWN_COMMENT,
    Broken,
    Echo,
    Edited,
    Handed,
    Incoming,
    Known,
    Parsed,
    Reacted,
    Referred,
    Seen,
    Unknown,
    Unsent,
)

__all__ = [
    "BROKEN",
    "EARLY",
    "ERASED",
    "FAILED",
    "NO_ACCOUNT",
    "UNKNOWN",
    "UNSENT",
    "WAS_ERASED",
    "Recorded",
    "kind_of",
    "mark_automatic",
    "record",
    "settle_echoes",
]


def record(item: Parsed, account: Account | None, until: datetime | None = None) -> Recorded:
    """Write one item down; safe to call again, and beside itself, with the same item.

    account: the one that the item names, None where it is none of ours.
    until: a message's conversation is taken until then by the statement that wakes it, if it is
    free; what is returned has its lease.
    """
    if isinstance(item, Broken):
        return Recorded(FAILED, BROKEN, item.reason)
    kind = kind_of(item)
    if isinstance(item, Unknown) and not item.account:
        return Recorded("kept" if item.note else UNKNOWN, kind, item.note)
    if account is None:
        return Recorded(NO_ACCOUNT, kind, f"This event is for another account ({item.account!r}).")
    if (
        key := key_of(account.pk, item.mid)
    ) != item.mid:  # the first account's are stored as they come
        item = replace(item, mid=key)
    try:
        return _once(item, account, until)
    except IntegrityError:
        # Its mid was being written at the same moment, as the outcome of our own send.
        return _once(item, account, until)


def _once(item: Known, account: Account, until: datetime | None) -> Recorded:
    with transaction.atomic(savepoint=False):
        try:
            return _deleted_before(item, account) or _write(item, account, until)
        except ErasedError:
            return Recorded(ERASED, kind_of(item), WAS_ERASED)


def _deleted_before(item: Known, account: Account) -> Recorded | None:
    """Recognise what comes once more, and was deleted; marks look for themselves.

    Only what is old is looked up: whatever is said now costs nothing, but for a comment. Meta gives
    a comment no time, so nobody knows whether it is old. Raises ErasedError.
    """
    if isinstance(item, Unknown) and item.raw_type == OWN_COMMENT:
        ledger.insist_comment_not_erased(item, account)
    is_comment = isinstance(item, Incoming) and item.kind == COMMENT
    may_be_known = isinstance(item, Incoming | Echo | Unknown)
    if is_comment or (may_be_known and digests.may_be_deleted(item.at)):
        found = ledger.deleted(item, kind_of(item), account)
        if found is None:
            ledger.insist_not_erased(item, account)
        return found
    return None


def _write(  # noqa: PLR0911 - one line for each kind
    item: Known, account: Account, until: datetime | None
) -> Recorded:
    match item:
        case Incoming():
            return incoming.record(item, account, until)
        case Echo():
            return echoes.record(item, account)
        case Unsent():
            return updates.unsend(item, account)
        case Edited():
            return updates.edit(item, account)
        case Reacted():
            return updates.react(item, account)
        case Seen():
            return updates.see(item, account)
        case Referred():
            return routing.refer(item, account)
        case Handed():
            return routing.hand_over(item, account)
        case Unknown():
            return incoming.keep(item, account)
