"""Takes what was unsent out of the raw events: Meta asks that nothing of it stays."""

import json
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Min, QuerySet

from conversations.account import identity
from conversations.models import Message, key_of
from conversations.retention import digests
from instagram import parser
from instagram.events import Unsent
from instagram.values import read_mid
from webhooks import mids as hashes
from webhooks.models import WebhookEvent

PAGE = 500  # events that are read in one query
KEPT = ("mid", "is_deleted", "is_echo", "num_edit")  # of a message that is erased


def erase(mids: Collection[str], event_id: int | None = None) -> None:
    """Erase these messages from every event that may hold them; safe to do again.

    event_id: the one that is being processed, which nothing finds yet. One that nobody has begun
    to read is left: whoever reads it learns that the message is unsent, and erases it there.
    """
    if event_id is not None:
        erase_from(event_id, mids)
    # In this order: what is closed or indexed meanwhile is found by its hash.
    for pk in _without_hashes(mids):
        erase_from(pk, mids)
    for pk in WebhookEvent.objects.about([hashes.hash_of(mid) for mid in mids]):
        erase_from(pk, mids)


def _without_hashes(mids: Collection[str]) -> Iterator[int]:
    """Read the bodies of those that the index does not know: few, and mostly none.

    They are being processed, or an earlier version closed them and it is not their turn yet.
    """
    needles = [mid.replace("/", "\\/").encode() for mid in mids] + [mid.encode() for mid in mids]
    events = WebhookEvent.objects
    ours = [account.pk for account in identity.accounts().rows]
    keys = {key_of(account, mid) for account in ours for mid in mids}
    # Nobody knows when that was said which was deleted for its age.
    is_gone = any(digests.find(account, key_of(account, mid)) for account in ours for mid in mids)
    since = None
    if not is_gone:
        since = Message.objects.filter(mid__in=keys).aggregate(Min("at"))["at__min"]
    # Of what we never had no earlier version has an event that is worth reading all of them.
    had = is_gone or since is not None
    unread = (events.being_read(), events.unindexed()) if had else (events.being_read(),)
    for rows in unread:
        for pk, body in _newest_first(rows, since):
            if any(needle in body for needle in needles):
                yield pk


def _newest_first(
    rows: QuerySet[WebhookEvent], since: datetime | None
) -> Iterator[tuple[int, bytes]]:
    """Walk events back to this moment: Meta posts nothing before it is said."""
    listed = rows.order_by("-pk").values_list("pk", "received_at", "body")
    before = None
    while True:
        page = list((listed.filter(pk__lt=before) if before else listed)[:PAGE])
        for pk, received_at, body in page:
            if since and received_at < since:
                return
            yield pk, bytes(body)
        if len(page) < PAGE:
            return
        before = page[-1][0]


def unsent_among(found_by: Collection[int]) -> set[str]:
    """Return the mids with these hashes that an event says are unsent, closed or being read.

    For what has no message, whose row would say so.
    """
    events = WebhookEvent.objects
    told = set(events.about(found_by))
    rows = [*events.filter(pk__in=told), *events.being_read().exclude(pk__in=told)]
    items = [
        item
        for event in rows
        for item in parser.parse_readable(bytes(event.body), event.received_at)
    ]
    unsent = {item.mid for item in items if isinstance(item, Unsent)}
    return {mid for mid in unsent if hashes.hash_of(mid) in found_by}


@transaction.atomic
def erase_from(pk: int, mids: Collection[str]) -> None:
    """Erase these messages from an event, and write nothing where it holds none of them."""
    event = WebhookEvent.objects.select_for_update().filter(pk=pk).first()
    if event is None:  # it is not kept any longer
        return
    try:
        said = json.loads(bytes(event.body))
        changed = _strip(said, mids)
    except (ValueError, RecursionError):
        said, changed = {"erased": True}, True  # nobody can read it, and it may hold the text
    if changed:
        body = json.dumps(said, separators=(",", ":")).replace("/", "\\/").encode()
        WebhookEvent.objects.filter(pk=pk).update(body=body)


def _strip(said: Any, mids: Collection[str]) -> bool:
    """Leave only the id of each of these messages in the object; tell whether there was more."""
    inner = said.values() if isinstance(said, dict) else said
    if not isinstance(said, dict | list):
        return False
    changed = False
    for one in inner:
        changed = _strip(one, mids) or changed
    if isinstance(said, list) or read_mid(said.get("mid")) not in mids:
        return changed
    more = [name for name in said if name not in KEPT]
    for name in more:
        del said[name]
    return changed or bool(more)
