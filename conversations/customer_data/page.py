"""The document as a page, for people: one file that opens anywhere and can be printed."""

import base64
import json
import secrets
from collections.abc import Iterator
from datetime import datetime, tzinfo
from functools import cache
from itertools import islice
from typing import Any

from django.template.loader import get_template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from conversations.customer_data.document import NOT_IN_IT, Document, Part
from conversations.customer_data.record import Told
from conversations.models import Message, Picture
from shop.current import shop_of

CONTENT_TYPE = "text/html; charset=utf-8"
_AT_ONCE = 100  # rows
_TEMPLATES = "conversations/customer_data"
_KINDS = {Message: "messages", Picture: "pictures"}  # what is no list of facts
# Of a message: what stands in its head, and what stands below its text; the rest is folded.
_IN_HEAD = ("id", "conversation", "origin", "kind", "text", "at", "staff")
_BELOW = (
    "verdict", "reason", "state", "error", "reaction", "text_before", "edited_at", "unsent_at",
    "payload", "attachments", "content",
)  # fmt: skip
_MOMENT = "j M Y, H:i:s"
_MARK = secrets.token_hex(16)  # that nobody can have written
_EMPTY: tuple[Any, ...] = (None, "", [], {}, False)


# Lines of a row. By the hundred thousand, so they are no template.
_LINE = '<dt>{}</dt><dd><span class="value" dir="auto">{}</span></dd>\n'
_CODE = "<dt>{}</dt><dd><pre>{}</pre></dd>\n"


def pieces(document: Document) -> Iterator[str]:
    """Return the page in pieces, a few rows each: it may be larger than memory."""
    zone = shop_of(document.talk.account_id).zone
    before, after = _around(
        "page", zone, {"document": document, "zone": zone, "not_in_it": NOT_IN_IT}
    )
    yield before
    for part in document.parts:
        yield from _part(part, zone)
    yield after


def _part(part: Part, zone: tzinfo) -> Iterator[str]:
    before, after = _around("part", zone, {"part": part})
    yield before
    rows, is_empty = part.rows(), True
    while some := list(islice(rows, _AT_ONCE)):
        is_empty = False
        for kind, context in _contexts(part, some):
            yield _render(kind, zone, context)
    yield (_render("nothing", zone, {}) if is_empty else "") + after


def _around(name: str, zone: tzinfo, context: dict[str, Any]) -> list[str]:
    """Return what stands before and after the place that a template marks."""
    return _render(name, zone, context | {"mark": _MARK}).split(_MARK)


def _render(name: str, zone: tzinfo, context: dict[str, Any]) -> str:
    with timezone.override(zone):  # for no longer: what reads the pieces has a zone of its own
        rendered: str = _template(name).render(context)
        return rendered


def _contexts(part: Part, some: list[tuple[Any, Told]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the templates of some rows, with what each shows."""
    kind = _KINDS.get(type(some[0][0]), "rows")
    if kind == "messages":
        rows = [(row, told.get("staff"), *_split(row, told)) for row, told in some]
        yield kind, {"rows": rows, "talk": part.talk}
    elif kind == "pictures":  # one at a time: they are large
        yield from ((kind, {"facts": facts(row, told), "data": _inline(row)}) for row, told in some)
    else:
        yield kind, {"rows": [facts(row, told) for row, told in some]}


def _split(row: Message, told: Told) -> tuple[SafeString, SafeString]:
    """Return what stands below a message's text, and what is folded."""
    below = {name: told[name] for name in _BELOW if name in told}
    rest = {name: told[name] for name in told if name not in (*_BELOW, *_IN_HEAD)}
    return facts(row, below), facts(row, rest)


def facts(row: Any, told: Told) -> SafeString:
    """Return the lines of a row, in words; what is empty is left out."""
    lines = (_line(row, name, value) for name, value in told.items() if value not in _EMPTY)
    return mark_safe("".join(lines))  # noqa: S308 - each is escaped


def _line(row: Any, name: str, value: Any) -> SafeString:
    words = name.replace("_", " ")
    if isinstance(value, dict | list):
        return format_html(
            _CODE, words, json.dumps(value, ensure_ascii=False, indent=1, default=str)
        )
    if isinstance(value, datetime):
        value = date_format(timezone.localtime(value), _MOMENT)
    elif say := getattr(row, f"get_{name}_display", None):
        value = say()
    return format_html(_LINE, words, value)


def _inline(row: Picture) -> str:
    """Return a picture as an address that is the picture itself; it is read now."""
    return f"data:{row.content_type};base64,{base64.b64encode(bytes(row.data)).decode()}"


@cache
def _template(name: str) -> Any:
    return get_template(f"{_TEMPLATES}/{name}.html")
