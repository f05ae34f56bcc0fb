"""Reads single values of Meta's JSON (ids, times, texts) so that every database can store them."""

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any

from instagram.limits import MAX_ID

KEY_PREFIX = "key:"  # of our own keys; Meta's mids do not begin so
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


def make_key(*parts: Any) -> str:
    """Return a key, made of its content, for an item without a mid."""
    return KEY_PREFIX + _digest(json.dumps(parts, sort_keys=True, default=str))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def read_time(value: Any) -> datetime:
    """Read a time in milliseconds, or in seconds if the number is small; a number or a text."""
    number = float(value)
    seconds = number / 1000 if number >= 1e11 else number  # noqa: PLR2004 - seconds until year 5138
    return datetime.fromtimestamp(seconds, UTC)


def read_object(value: Any) -> dict[str, Any]:
    """Return the object; an empty one if Meta wrote something else."""
    return value if isinstance(value, dict) else {}
