"""What the APIs of other tools nest in JSON: the list of their records, and texts in objects."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rules.record import NOT_STORABLE
from rules.transfer.limits import UnreadableError

MAX_DEPTH = 3
# Where an object has a text, the surest first.
TEXTS = ("html", "text", "value", "plain", "plain_text", "body", "content", "name", "title")
ZENDESK_REPLY = "comment_value"  # the field of a macro's action that writes to the customer


def find_records(found: Any) -> Any:
    """Return the only list that has objects in it: {"macros": [...], "count": 2}.

    It may be a few objects deep. What is no object, or has none or several such lists, comes back.
    """
    level = [found]
    for _ in range(MAX_DEPTH):
        parts = [part for one in level if isinstance(one, dict) for part in one.values()]
        lists = [part for part in parts if _has_objects(part)]
        if lists:
            return lists[0] if len(lists) == 1 else found
        level = parts
    empty = isinstance(found, dict) and any(part == [] for part in found.values())
    return [] if empty else found


def refuse_halves(records: Any) -> None:
    """JSON can name half of a character, which no page shows and no database stores."""
    try:
        json.dumps(records, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise UnreadableError(f"This file cannot be read. {NOT_STORABLE}") from None


def _has_objects(part: Any) -> bool:
    return isinstance(part, list) and any(isinstance(one, dict) for one in part)


def find_text(value: Any) -> str | None:
    """Return the text in an object or a list, a line for each of its texts; None: there is none."""
    if isinstance(value, Mapping):
        named = (value.get(name) for name in TEXTS)
        return next((one for one in named if isinstance(one, str) and one.strip()), None)
    if not isinstance(value, Sequence) or isinstance(value, str):
        return None
    if replies := [one["value"] for one in value if _is_reply(one)]:
        return _read_reply(replies[0])
    texts = [str(one) if isinstance(one, str | int) else find_text(one) for one in value]
    return None if None in texts else "\n".join(filter(None, texts))


def _is_reply(action: Any) -> bool:
    if not isinstance(action, Mapping) or "value" not in action:
        return False
    return str(action.get("field", "")).startswith(ZENDESK_REPLY)


def _read_reply(value: Any) -> str | None:
    """Read ["channel:all", "Hello"] too."""
    last = value[-1] if isinstance(value, list) and value else value
    return last if isinstance(last, str) else None
