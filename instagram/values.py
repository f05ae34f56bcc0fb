"""Reads single values of Meta's JSON (ids, times, texts) so that every database can store them."""

import hashlib
import json
import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from instagram.limits import MAX_ID

KEY_PREFIX = "key:"  # of our own keys; Meta's mids do not begin so
EARLIEST = datetime(2010, 10, 6, tzinfo=UTC)  # Instagram's first day: 0 and 1 are no times
CLOCKS_DIFFER = timedelta(days=1)
A_THOUSAND_TIMES_FINER = 1e11  # as seconds it would be the year 5138
_NO_NUMBER = (ValueError, TypeError, OverflowError, OSError)
_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL and UTF-8 refuse them


def clean(value: Any) -> str:
    """Return a JSON value as text that can be stored; nothing for null."""
    return "" if value is None else _NOT_STORABLE.sub("\ufffd", str(value))


def clean_json(value: Any) -> Any:
    """Return a JSON value with every text in it cleaned."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(name): clean_json(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [clean_json(inner) for inner in value]
    return clean(value) if isinstance(value, float) and value - value != 0 else value


def read_id(value: Any) -> str:
    """Return an id: usually a text of digits, sometimes a number."""
    return clean(value)[:MAX_ID] if isinstance(value, str | int) else ""


def read_mid(value: Any) -> str:
    """Return Meta's mid, in which case matters; a digest if it is too long."""
    mid = clean(value) if isinstance(value, str) else ""
    return mid if len(mid) <= MAX_ID else "mid:" + _digest(mid)


def read_comment_id(value: dict[str, Any]) -> str:
    """Return a comment's id; empty: Meta gave none."""
    return read_id(value.get("id") or value.get("comment_id"))


def is_own_comment(account: str, value: dict[str, Any]) -> bool:
    """Tell whether a comment is of the account that it was made to."""
    by = read_object(value.get("from"))
    return bool(by.get("self_ig_scoped_id")) or read_id(by.get("id")) == account


def make_key(*parts: Any) -> str:
    """Return a key, made of its content, for an item without a mid."""
    return KEY_PREFIX + _digest(json.dumps(parts, sort_keys=True, default=str))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def read_time(value: Any) -> datetime | None:
    """Read a time as Meta writes it somewhere; None: it is none that an event can have.

    Seconds, milliseconds or finer, as a number or as text; or ISO text, in UTC unless it says.
    """
    try:
        return _read_number_of_seconds(value)
    except _NO_NUMBER:
        return _read_iso(value) if isinstance(value, str) else None


def first_time(received_at: datetime, *values: Any) -> datetime:
    """Return the first of these that is a time, else when it was received.

    What lies a day ahead of that is none: our clock and Meta's do not differ by so much.
    """
    latest = received_at + CLOCKS_DIFFER
    times = (read_time(value) for value in values)
    return next((at for at in times if at and at <= latest), received_at)


def _read_number_of_seconds(value: Any) -> datetime | None:
    if isinstance(value, bool):
        return None
    number = float(value)
    while math.isfinite(number) and number >= A_THOUSAND_TIMES_FINER:
        number /= 1000
    at = datetime.fromtimestamp(number, UTC)
    return at if at >= EARLIEST else None


def _read_iso(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text.strip())
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return at if at >= EARLIEST else None


def read_object(value: Any) -> dict[str, Any]:
    """Return the object; an empty one if Meta wrote something else."""
    return value if isinstance(value, dict) else {}
