"""Webhook bodies as Meta writes them, one file for each kind of event.

Instagram Platform, Webhooks, "Examples", and captured deliveries; ids and texts are made up.
"""

import json
import time
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
WRITTEN_AT = 1763800120.0  # the files' present: shortly after the newest time in them
TIMES = ("time", "timestamp")


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def payload(name: str) -> bytes:
    """Return the body with its times moved to now, each in the unit in which it is written.

    The fixed times of the dashboard's test stay.
    """
    body = _move(json.loads((FOLDER / f"{name}.json").read_bytes()), time.time() - WRITTEN_AT)
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode()


def _move(said: Any, seconds: float) -> Any:
    if isinstance(said, list):
        return [_move(one, seconds) for one in said]
    if not isinstance(said, dict):
        return said
    return {
        key: _moved(value, seconds) if key in TIMES else _move(value, seconds)
        for key, value in said.items()
    }


def _moved(value: int | str, seconds: float) -> int | str:
    unit = 1000 if int(value) > 1e11 else 1
    if int(value) / unit < WRITTEN_AT - 1000:
        return value
    return type(value)(int(value) + int(seconds * unit))
