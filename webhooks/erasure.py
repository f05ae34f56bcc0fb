"""Takes what was unsent out of the raw events: Meta asks that nothing of it stays."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Min

from conversations.account import identity
from conversations.models import Message, key_of
from instagram.values import read_mid
from webhooks.models import WebhookEvent

PAGE = 500  # events that are read in one query
KEPT = ("mid", "is_deleted", "is_echo", "num_edit")  # of a message that is erased


def erase(mids: Collection[str]) -> None:
    """Erase these messages from every event that may hold them; safe to do again."""
    ours = [account.pk for account in identity.accounts().rows]
    keys = {key_of(account, mid) for account in ours for mid in mids}
    since = Message.objects.filter(mid__in=keys).aggregate(Min("at"))["at__min"]
    if since is None:
        return
    needles = [mid.replace("/", "\\/").encode() for mid in mids] + [mid.encode() for mid in mids]
    for pk, body in _newest_first(since):
        if any(needle in body for needle in needles):
            _erase_from(pk, mids)


def _newest_first(since: datetime) -> Any:
    """Walk the events back to this moment: Meta posts nothing before it is said."""
    rows = WebhookEvent.objects.order_by("-pk").values_list("pk", "received_at", "body")
    before = None
    while True:
        page = list((rows.filter(pk__lt=before) if before else rows)[:PAGE])
        for pk, received_at, body in page:
            if received_at < since:
                return
            yield pk, bytes(body)
        if len(page) < PAGE:
            return
        before = page[-1][0]


@transaction.atomic
def _erase_from(pk: int, mids: Collection[str]) -> None:
    event = WebhookEvent.objects.select_for_update().get(pk=pk)
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
