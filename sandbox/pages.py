"""Lists of the Graph API: a page of them, and where the next one is."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sandbox.refusal import RefusedError

DEFAULT_ROWS, MAX_ROWS = 25, 100
MAX_DIGITS = 9
PAGED_BY = ("limit", "after", "before")


@dataclass(frozen=True, slots=True)
class Listed:
    """Rows that are asked for in pages. address: of the list itself, where its next page is.

    parameters: those of its next page beside the place; Meta writes the token there, too.
    """

    rows: Sequence[Any]
    key: Callable[[Any], str]
    address: str
    parameters: Mapping[str, str]

    def page(self, options: Mapping[str, Any], show: Callable[[Any], Any]) -> dict[str, Any]:
        """Return the page that is asked for by limit, and after or before."""
        limit = _read_limit(options.get("limit"))
        keys = [self.key(row) for row in self.rows]
        first = keys.index(_open(options["after"], keys)) + 1 if options.get("after") else 0
        if options.get("before"):
            first = max(0, keys.index(_open(options["before"], keys)) - limit)
        last = first + limit
        shown = keys[first:last]
        if not shown:
            return {"data": []}
        paging: dict[str, Any] = {"cursors": {"before": _seal(shown[0]), "after": _seal(shown[-1])}}
        if last < len(keys):
            paging["next"] = self._link(limit, after=_seal(shown[-1]))
        if first > 0:
            paging["previous"] = self._link(limit, before=_seal(shown[0]))
        return {"data": [show(row) for row in self.rows[first:last]], "paging": paging}

    def _link(self, limit: int, **place: str) -> str:
        kept = {name: value for name, value in self.parameters.items() if name not in PAGED_BY}
        return f"{self.address}?{urlencode({**kept, 'limit': str(limit), **place})}"


def _read_limit(given: Any) -> int:
    if given in (None, ""):
        return DEFAULT_ROWS
    text = str(given)
    if not (text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS and int(text)):
        raise RefusedError(100, "(#100) Param limit must be a positive integer")
    return min(int(text), MAX_ROWS)


def _seal(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _open(cursor: Any, keys: Sequence[str]) -> str:
    try:
        key = base64.urlsafe_b64decode(f"{cursor}===").decode()
    except (binascii.Error, ValueError):
        key = ""
    if key not in keys:
        raise RefusedError(100, "(#100) Invalid cursors values")
    return key
