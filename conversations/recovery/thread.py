"""Compares what Instagram shows of a thread with what is stored; the rest is written down."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils import timezone

from conversations.inbox import found
from conversations.models import Account, Message, key_of
from conversations.recovery import door
from conversations.retention import digests
from instagram.events import Echo, Incoming
from instagram.threads import ThreadMessage
from shop import tuning

LEFT_TO_WEBHOOK = timedelta(minutes=2)  # Meta tells of it right now, or once more


@dataclass(frozen=True, slots=True)
class Source:
    """Which messages are looked for: from then until then. history: they wait for nobody."""

    since: datetime
    until: datetime | None = None
    history: bool = False

    def has(self, at: datetime) -> bool:
        """Tell whether what was said then is looked for; its webhook may still come, or did."""
        now = timezone.now()
        until = min(self.until or now, now - LEFT_TO_WEBHOOK)
        return max(self.since, _kept_since(now)) <= at <= until


def take_in(said: list[ThreadMessage], account: Account, source: Source) -> int:
    """Import what is missing of these messages of one thread; return how many that were."""
    missing = missing_of(_read(said, account, source), account)
    return found.record(missing, account, history=source.history) if missing else 0


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


def missing_of(items: Sequence[Incoming | Echo], account: Account) -> list[Incoming | Echo]:
    """Keep only what is neither stored, nor deleted, nor at our door; with keys as their mids."""
    keys = {item.mid: key_of(account.pk, item.mid) for item in items}
    rows = Message.objects.filter(mid__in=keys.values())
    known = set(rows.values_list("mid", flat=True))
    new = [
        mid for mid, key in keys.items()
        if key not in known and not digests.find(account.pk, key)
    ]  # fmt: skip
    told = door.unread(new) if new else set()
    missing = {*new} - told
    return [replace(item, mid=keys[item.mid]) for item in items if item.mid in missing]
