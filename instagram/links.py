"""Finds the link in what Meta says of something that was sent: it has many names and places."""

import re
from collections.abc import Iterator
from typing import Any

MAX_DEPTH = 4
# The best first: what was sent itself, then where it stands, then pictures of it.
_NAMES = [
    re.compile(pattern)
    for pattern in (
        r"url",
        r"(?!.*(preview|thumb|image|picture|icon|profile)).*_?(url|uri|src)",
        r".*(link|href)",
        r"(?!.*(preview|thumb|icon|profile)).*(image|picture).*_?(url|uri|src)",
        r".*(url|uri|src)",
    )
]
_NOT_SENT = ("elements", "buttons", "default_action")  # of a template: what tapping opens


def find_link(said: Any) -> str:
    """Return the best link in an object of Meta's, however deep; empty: there is none."""
    found = min(_links(said, 0), default=None)
    return found[-1] if found else ""


def _links(said: Any, depth: int) -> Iterator[tuple[int, int, str]]:
    """Walk the links in an object, each with how good its name and its place are."""
    if depth > MAX_DEPTH:
        return
    if isinstance(said, list):
        for inner in said:
            yield from _links(inner, depth + 1)
    elif isinstance(said, dict):
        for name, inner in said.items():
            if isinstance(inner, dict | list) and name not in _NOT_SENT:
                yield from _links(inner, depth + 1)
            elif isinstance(inner, str) and inner.startswith(("https://", "http://")):
                rank = next((n for n, one in enumerate(_NAMES) if one.fullmatch(str(name))), None)
                if rank is not None:
                    yield rank, depth, inner
