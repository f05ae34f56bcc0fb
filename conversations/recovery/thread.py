"""Compares what Instagram shows of a thread with what is stored; the rest is written down."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils import timezone

from conversations.inbox import found
from conversations.models import COMMENT, HISTORY, Account, Message, Origin, key_of
from conversations.recovery import door
from conversations.retention import digests
from instagram.events import Echo, Incoming
from instagram.threads import ThreadMessage
from shop import tuning

LEFT_TO_WEBHOOK = timedelta(minutes=2)  # Meta tells of it right now, or once more


@dataclass(frozen=True, slots=True)
class Source:
    """Which messages are looked for: from then until then. history: they wait for nobody.

    is_blind: nothing is written, since it is not known that threads have the ids of webhooks.
    """

    since: datetime
    until: datetime | None = None
    history: bool = False
    is_blind: bool = False

    def has(self, at: datetime) -> bool:
        """Tell whether what was said then is looked for; its webhook may still come, or did."""
        now = timezone.now()
        until = min(self.until or now, now - LEFT_TO_WEBHOOK)
        return max(self.since, _kept_since(now)) <= at <= until


@dataclass(frozen=True, slots=True)
class Missing:
    """What is not stored, with keys as mids. is_all: nothing more is, at our door for instance."""

    items: list[Incoming | Echo]
    is_all: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """How many messages were written down; is_all: none was left to its webhook."""

    count: int
    is_all: bool


def recognises(said: Sequence[ThreadMessage], account: Account) -> bool:
    """Tell whether a webhook has told of one of these, under the very id that it has here."""
    keys = [key_of(account.pk, one.mid) for one in said]
    by_webhook = Message.objects.filter(origin=Origin.CUSTOMER, found_at=None)
    told = by_webhook.exclude(kind=COMMENT).exclude(reason=HISTORY)
    return told.filter(mid__in=keys).exists()


def take_in(said: list[ThreadMessage], account: Account, source: Source) -> Taken:
    """Import what is missing of these messages of one thread."""
    missing = missing_in(said, account, source)
    items = missing.items
    count = found.record(items, account, history=source.history) if items else 0
    return Taken(count, missing.is_all)


def missing_in(said: list[ThreadMessage], account: Account, source: Source) -> Missing:
    """Return what is missing of these messages of one thread, oldest first; nothing is written.

    Raises door.TooFullError.
    """
    return missing_of(_read(said, account, source), account)


def _read(said: list[ThreadMessage], account: Account, source: Source) -> list[Incoming | Echo]:
    """Return the messages that count, oldest first."""
    items = [
        one.as_item(account.instagram_id, is_ours=one.by in account.names())
        for one in said
        if source.has(one.at)
    ]
    # One that names no customer cannot be kept, nor what the account wrote to itself.
    theirs = [item for item in items if item.customer and item.customer not in account.names()]
    theirs.reverse()  # what Meta lists first of one second is the later one
    return sorted(theirs, key=lambda item: item.at)


def _kept_since(now: datetime) -> datetime:
    """Return from when on messages are kept: an older one would be deleted right away."""
    days = tuning.get("keep_messages_days")
    return now - timedelta(days=days) if days else datetime.min.replace(tzinfo=now.tzinfo)


def missing_of(items: Sequence[Incoming | Echo], account: Account) -> Missing:
    """Keep only what is neither stored, nor deleted, nor at our door.

    Raises door.TooFullError.
    """
    keys = {item.mid: key_of(account.pk, item.mid) for item in items}
    rows = Message.objects.filter(mid__in=keys.values())
    known = set(rows.values_list("mid", flat=True))
    known -= set(rows.announced().values_list("mid", flat=True))
    new = [
        mid for mid, key in keys.items()
        if key not in known and not digests.find(account.pk, key)
    ]  # fmt: skip
    told = door.unread(new) if new else set()
    missing = {*new} - told
    theirs = [replace(item, mid=keys[item.mid]) for item in items if item.mid in missing]
    return Missing(theirs, is_all=not told)
