"""Reads the items of an event: every entry, every item; a bad item does not stop the others."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from instagram.events import (
    OWN_COMMENT,
    Broken,
    Incoming,
    Known,
    Parsed,
    Unknown,
)
from instagram.items import (
    IncompleteError,
    check_customer,
    find_kind,
    is_test,
    keep_test,
    read_item,
)
from instagram.limits import MAX_ID, MAX_ITEMS
from instagram.removal import is_mark
from instagram.values import (
    clean,
    clean_json,
    first_time,
    is_own_comment,
    make_key,
    read_comment_id,
    read_id,
    read_object,
)

OWN_COMMENT_NOTE = "The shop's own comment."
ERASED_KIND = "erased"
ERASED_NOTE = "Its customer was erased."
OTHER_PRODUCTS = {"page": "Facebook Messenger"}  # by the object of their events
OTHER_PRODUCT_NOTE = "This came from {}, not from Instagram: instabot does not answer there."
_ENVELOPE = ("object", "entry")
_ABOUT_ENTRY = ("id", "time", "uid")  # whose it is, and from when
_EMPTY: tuple[Any, ...] = (None, "", [], {})
COMMENT_FIELDS = ("comments", "live_comments")


class UnreadableError(ValueError):
    """The body is not an Instagram event; the text says why, for staff."""


# What reading hostile or broken JSON can raise.
_UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    OverflowError,
    OSError,
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A part of an event, about one account."""

    raw: dict[str, Any]
    received_at: datetime

    @property
    def account(self) -> str:
        return read_id(self.raw.get("id"))

    def time_of(self, *values: Any) -> datetime:
        """Return the first of these that is a time, else when Meta sent the entry."""
        return first_time(self.received_at, *values, self.raw.get("time"))


def parse(body: bytes, received_at: datetime | None = None) -> list[Parsed]:
    """Read every item of every entry, in their order; raise UnreadableError if there is none.

    Meta may send 1000 updates in one body, for several accounts. received_at: the time of what has
    none of its own; now, if it is left out.
    """
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"The body is not JSON ({type(error).__name__}).") from error
    if isinstance(envelope, dict) and "field" in envelope and "entry" not in envelope:
        # A test of the dashboard, without an envelope.
        envelope = {"entry": [{"id": "0", "changes": [envelope]}]}
    if not isinstance(envelope, dict) or not _has_entries(envelope):
        raise UnreadableError("The body has no list of entries, so it is not an Instagram webhook.")
    every = _parse_envelope(envelope, received_at or datetime.now(UTC))
    items = list(islice(every, MAX_ITEMS))
    if not items:
        raise UnreadableError("The body has no item that instabot knows.")
    if next(every, None) is not None:
        items.append(Broken(f"The rest was not read: more than {MAX_ITEMS} items."))
    return items


def parse_readable(body: bytes, received_at: datetime) -> list[Parsed]:
    """Read every item, as parse() does; nothing, of a body that cannot be read."""
    try:
        return parse(body, received_at)
    except UnreadableError:
        return []


def _has_entries(envelope: dict[str, Any]) -> bool:
    """Tell whether it is a webhook's: one of a named product may have them in a new place."""
    if "entry" not in envelope and isinstance(envelope.get("object"), str):
        return len(envelope) > 1
    return isinstance(envelope.get("entry"), list)


def _parse_envelope(envelope: dict[str, Any], received_at: datetime) -> Iterator[Parsed]:
    """Read the entries, and keep what lies beside them."""
    is_empty = True
    for item in _parse_entries(envelope.get("entry", []), envelope.get("object"), received_at):
        is_empty = False
        yield item
    beside = _Entry(
        {name: envelope[name] for name in envelope if name not in _ENVELOPE}, received_at
    )
    yield from _keep_others(beside, alone=is_empty)


def _parse_entries(entries: list[Any], about: Any, received_at: datetime) -> Iterator[Parsed]:
    product = clean(about).strip().lower() if isinstance(about, str) else ""
    for raw in entries:
        if not isinstance(raw, dict):
            yield Broken("The entry is not an object.")
        elif product in ("", "instagram"):
            yield from _parse_entry(_Entry(raw, received_at))
        else:
            yield from _keep_entry(_Entry(raw, received_at), product)


def _parse_entry(entry: _Entry) -> Iterator[Parsed]:
    is_empty = True
    for place, read in _PLACES.items():
        for raw in _list_items(entry.raw.get(place)):
            is_empty = False
            if is_mark(raw):
                yield Unknown("", "", entry.time_of(), make_key(raw), ERASED_KIND, ERASED_NOTE)
                continue
            try:
                yield read(entry, raw)
            except _UNREADABLE as error:
                yield Broken(f"An item in {place} couldn't be read: {_explain(error)}.")
    if "field" in entry.raw and not entry.raw.get("changes"):  # Meta's sample has no `changes`
        head = {"id": entry.raw.get("id"), "time": entry.raw.get("time")}
        yield from _parse_entry(_Entry({**head, "changes": entry.raw}, entry.received_at))
        return
    yield from _keep_others(entry, alone=is_empty)


def _keep_others(entry: _Entry, *, alone: bool) -> Iterator[Known]:
    """Keep what lies in places that instabot does not know."""
    for place, raw in _list_others(entry, alone=alone):
        about, at = clean(f"new place: {place}")[:MAX_ID], entry.time_of(_read_stamp(raw))
        yield Unknown(entry.account, "", at, make_key(entry.account, place, raw), about)


def _keep_entry(entry: _Entry, product: str) -> Iterator[Known]:
    """Keep what another product of Meta's tells: its customers are none of Instagram's."""
    note = OTHER_PRODUCT_NOTE.format(OTHER_PRODUCTS.get(product, repr(product)))
    known = [(place, raw) for place in _PLACES for raw in _list_items(entry.raw.get(place))]
    for place, raw in (*known, *_list_others(entry, alone=not known)):
        said = read_object(raw)
        if is_test(said):
            yield keep_test("message", entry.time_of(), raw)
            continue
        kind = said.get("field") or find_kind(said) or place
        about, at = clean(f"{product}: {kind}")[:MAX_ID], entry.time_of(_read_stamp(raw))
        yield Unknown("", "", at, make_key(product, raw), about, note)


def _list_items(listed: Any) -> list[Any]:
    return listed if isinstance(listed, list) else [listed] if listed else []


def _list_others(entry: _Entry, *, alone: bool) -> Iterator[tuple[str, Any]]:
    """List what lies in places that instabot does not know, whatever it is.

    alone: there is nothing else, so that an empty place is something, too.
    """
    for place, listed in entry.raw.items():
        if place in _PLACES or place in _ABOUT_ENTRY:
            continue
        items = [raw for raw in _list_items(listed) if raw not in _EMPTY]
        yield from ((place, raw) for raw in items or ([listed] if alone else []))


def _read_stamp(raw: Any) -> Any:
    return read_object(raw).get("timestamp")


def _explain(error: Exception) -> str:
    return str(error) if isinstance(error, IncompleteError) else type(error).__name__


def _read_field(entry: _Entry, raw: Any) -> Known:
    """Read the name of a changed field: Meta can be told to leave out the values."""
    key = make_key(entry.account, raw)
    raw_type = clean(f"changed_fields: {raw}")[:MAX_ID]
    return Unknown(entry.account, "", entry.time_of(), key, raw_type)


def _read_change(entry: _Entry, raw: Any) -> Known:
    """Read a comment, or an item that came as a change; keep a mention or a dashboard's test."""
    account, name = entry.account, clean(raw["field"])
    value = read_object(raw.get("value"))
    at = entry.time_of(value.get("timestamp"), value.get("created_time"))
    if name in COMMENT_FIELDS and account != "0":
        return read_comment(account, at, value)
    if account == "0" or is_test(value):
        return keep_test(name, at, raw)
    if isinstance(value.get("sender"), dict):
        return read_item(account, at, value, standby=name == "standby")
    return Unknown(account, "", at, make_key(account, raw), clean(f"changes: {name}")[:MAX_ID])


def read_comment(account: str, at: datetime, value: dict[str, Any]) -> Known:
    """Read a comment; the shop's own is none to answer."""
    comment = read_comment_id(value)
    by = read_object(value.get("from"))
    customer = read_id(by.get("id"))
    mid = f"comment:{comment}" if comment else make_key(account, value)
    if is_own_comment(account, value):
        below = f"comment:{parent}" if (parent := read_id(value.get("parent_id"))) else ""
        return Unknown(account, "", at, mid[:MAX_ID], OWN_COMMENT, OWN_COMMENT_NOTE, below)
    about = {"comment": comment, "media": clean_json(read_object(value.get("media")))}
    if value.get("parent_id"):
        about["parent"] = read_id(value["parent_id"])
    text, username = clean(value.get("text")), clean(by.get("username"))[:MAX_ID]
    head = check_customer((account, customer, at, mid[:MAX_ID]))
    return Incoming(*head, "comment", text, about=about, username=username)


def _read_item(entry: _Entry, raw: dict[str, Any], *, standby: bool = False) -> Known:
    return read_item(entry.account, entry.time_of(raw.get("timestamp")), raw, standby=standby)


_PLACES: dict[str, Callable[[_Entry, Any], Known]] = {
    "messaging": _read_item,
    "standby": lambda entry, raw: _read_item(entry, raw, standby=True),
    "changes": _read_change,
    "changed_fields": _read_field,
}
