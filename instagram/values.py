"""Single values of Meta's JSON: ids, times and texts, in a form that every database holds."""

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any

from instagram.limits import MAX_ID

KEY = "key:"  # begins what is not Meta's own mid
_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL and UTF-8 refuse them


def clean(value: Any) -> str:
    """Return the text of a JSON value with what cannot be stored replaced; nothing for null."""
    return "" if value is None else _NOT_STORABLE.sub("\ufffd", str(value))


def clean_json(value: Any) -> Any:
    """Return the JSON value with every text in it cleaned."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key): clean_json(held) for key, held in value.items()}
    if isinstance(value, list):
        return [clean_json(held) for held in value]
    return clean(value) if isinstance(value, float) and value - value != 0 else value


def identity(value: Any) -> str:
    """Return an id; they are numeric texts, seen as numbers too."""
    return clean(value)[:MAX_ID] if isinstance(value, str | int) else ""


def message_id(value: Any) -> str:
    """Return Meta's mid as it is: case matters. A digest stands in for one that is too long."""
    mid = clean(value) if isinstance(value, str) else ""
    return mid if len(mid) <= MAX_ID else "mid:" + _digest(mid)


def key(*said: Any) -> str:
    """Return a key for what has no mid, made of what it says."""
    return KEY + _digest(json.dumps(said, sort_keys=True, default=str))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def moment(value: Any) -> datetime:
    """Read milliseconds, or seconds where the number is small; a number or its text."""
    number = float(value)
    seconds = number / 1000 if number >= 1e11 else number  # noqa: PLR2004 - seconds until year 5138
    return datetime.fromtimestamp(seconds, UTC)


def mapping(value: Any) -> dict[str, Any]:
    """Return the object, or an empty one where Meta wrote something else."""
    return value if isinstance(value, dict) else {}
