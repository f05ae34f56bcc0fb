"""Takes a customer's parts out of an event's body; those of others stay as they are.

Each part leaves a mark in its place, so that all others keep theirs, and the parser knows it again.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from instagram.limits import MAX_ID
from instagram.values import (
    first_time,
    is_own_comment,
    read_comment_id,
    read_id,
    read_object,
    read_time,
)

MARK = {"erased": True}  # in the place of an item, or of a body that nobody can read
ABOUT_ENTRY = ("id", "time", "uid", "erased")
NO_IDS = ("text", "time", "timestamp")
_DIGITS = re.compile(rb"\d+")
_TIME = re.compile(rb'"time(?:stamp)?"\s*:\s*"?(\d+)')


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an event, which goes or stays as a whole.

    account: whose entry it is. ids: of all that stands in it. said_at: by Meta's clock, which may
    be ahead of ours. came_at: by ours. own: of a comment of the account's, its id and its parent's.
    """

    account: str
    ids: set[str]
    said_at: datetime
    came_at: datetime
    own: set[str] = field(default_factory=set)

    @property
    def at(self) -> datetime:
        """Return when it was said at the latest: nothing comes before it is said."""
        return min(self.said_at, self.came_at)


Goes = Callable[[Part], bool]


def is_mark(raw: Any) -> bool:
    return bool(raw == MARK)


def take_out(body: bytes, received_at: datetime, goes: Goes) -> bytes | None:
    """Return the body without the items that go; None: none does, or nobody can read it."""
    try:
        said = json.loads(body)
        changed = isinstance(said, dict) and _strip(said, received_at, goes)
    except (ValueError, RecursionError):
        return None
    return write(said) if changed else None


def is_readable(body: bytes) -> bool:
    """Tell whether the parts of a body can be told from each other."""
    try:
        return isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        return False


def write(said: Any) -> bytes:
    """Return a body as Meta writes it."""
    return json.dumps(said, separators=(",", ":")).replace("/", "\\/").encode()


def _strip(said: dict[str, Any], received_at: datetime, goes: Goes) -> bool:
    changed = False
    entries = said.get("entry")
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict):
            changed = _strip_entry(entry, received_at, goes) or changed
    # What lies beside the entries, or is there without any.
    beside = {name: raw for name, raw in said.items() if name not in ("entry", "object")}
    at = first_time(received_at, *_times(beside))
    part = Part("", set(ids_in(beside)), at, received_at)
    if beside and not is_mark(beside) and goes(part):
        for name in beside:
            del said[name]
        said.update(MARK)
        changed = True
    return changed


def _strip_entry(entry: dict[str, Any], received_at: datetime, goes: Goes) -> bool:
    account, changed = read_account(entry), False
    for place, listed in list(entry.items()):
        if place in ABOUT_ENTRY:
            continue
        items = listed if isinstance(listed, list) else [listed]
        gone = []
        for number, raw in enumerate(items):
            at = first_time(received_at, *_times(raw), entry.get("time"))
            own = read_own_comment(account, raw)
            part = Part(account, set(ids_in(raw)), at, received_at, own)
            if not is_mark(raw) and goes(part):
                gone.append(number)
        for number in gone:
            items[number] = dict(MARK)
        if gone:
            entry[place] = items if isinstance(listed, list) else items[0]
            changed = True
    return changed


def read_account(entry: dict[str, Any]) -> str:
    """Return whose entry it is."""
    return read_id(entry.get("id"))


def _times(raw: Any) -> Iterator[Any]:
    said = read_object(raw)
    value = read_object(said.get("value"))
    yield from (said.get("timestamp"), value.get("timestamp"), value.get("created_time"))


def read_own_comment(account: str, raw: Any) -> set[str]:
    """Return the ids of a comment that the account wrote and of the one above it; else none."""
    said = read_object(raw)
    value = read_object(said.get("value")) or said
    if not account or not is_own_comment(account, value):
        return set()
    return {read_comment_id(value), read_id(value.get("parent_id"))} - {""}


def ids_in(raw: Any) -> Iterator[str]:
    """Return every id that stands in an item, at whatever depth, in kinds that are unknown too."""
    if isinstance(raw, dict):
        for name, said in raw.items():
            one = read_id(said)
            if name == "id" or name.endswith("_id") or (one.isdecimal() and name not in NO_IDS):
                yield one
            yield from ids_in(said)
            if name.isdecimal():
                yield name
    elif isinstance(raw, list):
        for one in raw:
            if (listed := read_id(one)).isdecimal():
                yield listed
            yield from ids_in(one)


def ids_of(body: bytes) -> set[str]:
    """Return every id that stands in a body; of one that nobody can read, all digits in a row."""
    try:
        return set(ids_in(json.loads(body)))
    except (ValueError, RecursionError):
        return {one.decode()[:MAX_ID] for one in _DIGITS.findall(body)}


def earliest_in(body: bytes) -> datetime | None:
    """Return the earliest time that stands in a body which nobody can read; None: there is none."""
    times = (read_time(one.decode()) for one in _TIME.findall(body))
    return min((at for at in times if at), default=None)
