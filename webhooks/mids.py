"""Which messages an event speaks of, as hashes that an index finds: no body is read for that.

An unsend looks for the events that may hold what was said, and whoever has a message for the events
that told of it. They are found by 64 bits of each mid. The one of an ordinary event stands in its
row, written by the statement that closes it; those of a batch stand beside it. Two mids that have
the same hash find an event too many, and whoever found it looks into it.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable

from conversations.recovery.door import TooFullError
from instagram.events import Broken, Parsed
from instagram.values import read_mid
from webhooks.models import WebhookEvent

NONE = 0  # in the place of a hash: the event speaks of no message
OF_COMMENT = "comment:"  # before the id, as instagram.parser has it
MOST_UNREAD = 1000  # events that are looked into
_HASH_BYTES = 8  # a bigint

_STRING = rb'("(?:[^"\\]|\\.)*")'
_MID = re.compile(rb'"mid"\s*:\s*' + _STRING)
# Nothing but the mid: what a message replies to, or up to which one was read. It holds no words.
_BARE = re.compile(rb'\{\s*"mid"\s*:\s*' + _STRING + rb"\s*\}")


def hash_of(mid: str) -> int:
    """Return the hash of a mid, as a bigint."""
    digest = hashlib.sha256(mid.encode(errors="surrogatepass")).digest()
    return int.from_bytes(digest[:_HASH_BYTES], "big", signed=True) or 1  # 0 is NONE


def hashes_of(body: bytes, items: Iterable[Parsed]) -> list[int]:
    """Return the hashes of all mids in an event: those of its items first, then what else is there.

    A body that nobody can read is searched all the same: it may hold a text.
    """
    mids = [item.mid for item in items if not isinstance(item, Broken) and item.mid]
    quoted = _MID.findall(body)
    if len(mids) == 1 and quoted == [b'"%b"' % mids[0].encode(errors="surrogatepass")]:
        return [hash_of(mids[0])]  # as nearly always
    said = Counter(quoted)
    said -= Counter(_BARE.findall(body))
    found = dict.fromkeys([*mids, *(mid for mid in map(_read, said) if mid)])
    return [hash_of(mid) for mid in found] or [NONE]


def named_in(body: bytes) -> set[str]:
    """Return the mids that stand in a body, whether or not anybody can read the rest of it."""
    return {mid for mid in map(_read, _MID.findall(body)) if mid}


def _read(quoted: bytes) -> str:
    try:
        return read_mid(json.loads(quoted))
    except ValueError:
        return ""


def unread(mids: Collection[str]) -> set[str]:
    """Return which of these mids an event speaks of that is stored and not closed yet.

    Raises TooFullError where so much is unread that nobody can tell.
    """
    rows = WebhookEvent.objects.filter(due_at__isnull=False)
    if rows[: MOST_UNREAD + 1].count() > MOST_UNREAD:
        raise TooFullError
    bodies = list(rows.values_list("body", flat=True))
    told = {mid for body in bodies for mid in named_in(bytes(body))}
    comments = {mid for mid in mids if mid.startswith(OF_COMMENT)}  # which have an id alone
    ids = {mid: f'"{mid.removeprefix(OF_COMMENT)}"'.encode() for mid in comments}
    told |= {mid for mid, one in ids.items() if any(one in bytes(body) for body in bodies)}
    return told & {*mids}
