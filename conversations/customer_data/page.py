"""The document as a page, for people: one file that opens anywhere and can be printed."""

import base64
import secrets
from collections.abc import Iterator, Mapping
from datetime import tzinfo
from functools import cache
from itertools import islice
from typing import Any

from django.template.loader import get_template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from conversations.customer_data import wording
from conversations.customer_data.document import NOT_IN_IT, Document, Part
from conversations.customer_data.record import Told
from conversations.models import Message, Picture
from shop.current import shop_of

CONTENT_TYPE = "text/html; charset=utf-8"
_AT_ONCE = 100  # rows
_TEMPLATES = "conversations/customer_data"
_TEMPLATE_OF = {Message: "messages", Picture: "pictures"}  # what is no list of facts
# Of a message: what its head and its text say already.
_SHOWN = ("conversation", "origin", "kind", "text", "at", "staff")
_MARK = secrets.token_hex(16)  # that nobody can have written

# By the hundred thousand, so they are no template.
_LINE = '<dt>{}</dt><dd><span class="value" dir="auto">{}</span></dd>\n'
_LINES = "<dl>\n{}</dl>\n"
_RAW = '<details><summary class="quiet">Raw data{}</summary><pre>{}</pre></details>\n'


def pieces(document: Document) -> Iterator[str]:
    """Return the page in pieces, a few rows each: it may be larger than memory."""
    zone = shop_of(document.talk.account_id).zone
    opted_out = document.talk.opted_out_at
    context = {
        "document": document,
        "zone": zone,
        "not_in_it": NOT_IN_IT,
        "made": wording.moment(document.made_at, zone),
        "opted_out": wording.moment(opted_out, zone) if opted_out else "",
    }
    before, after = _around("page", context)
    yield before
    for part in document.parts:
        yield from _part(part, zone)
    yield after


def _part(part: Part, zone: tzinfo) -> Iterator[str]:
    before, after = _around("part", {"part": part})
    yield before
    rows, is_empty = part.rows(), True
    while some := list(islice(rows, _AT_ONCE)):
        is_empty = False
        for kind, context in _contexts(part, some, zone):
            yield _render(kind, context)
    yield (_render("nothing", {}) if is_empty else "") + after


def _around(name: str, context: dict[str, Any]) -> list[str]:
    """Return what stands before and after the place that a template marks."""
    return _render(name, context | {"mark": _MARK}).split(_MARK)


def _render(name: str, context: dict[str, Any]) -> str:
    rendered: str = _template(name).render(context)
    return rendered


def _contexts(
    part: Part, some: list[tuple[Any, Told]], zone: tzinfo
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the templates of some rows, with what each shows."""
    words = wording.words_of(part.name, part.holding.words)
    template = _TEMPLATE_OF.get(type(some[0][0]), "rows")
    if template == "messages":
        rows = [_message(row, told, words, zone) for row, told in some]
        yield template, {"rows": rows, "talk": part.talk}
    elif template == "pictures":  # one at a time: they are large
        for row, told in some:
            yield template, {"facts": facts(row, told, words, zone), "data": _inline(row)}
    else:
        yield template, {"rows": [facts(row, told, words, zone) for row, told in some]}


def _message(row: Message, told: Told, words: Mapping[str, str], zone: tzinfo) -> dict[str, Any]:
    """Return what a message shows: its head, its text, and the rest below."""
    rest = {name: value for name, value in told.items() if name not in _SHOWN}
    return {
        "row": row,
        "colleague": told.get("staff"),
        "at": wording.moment(row.at, zone),
        "kind": wording.kind(row.kind),
        "facts": facts(row, rest, words, zone),
    }


def facts(row: Any, told: Told, words: Mapping[str, str], zone: tzinfo) -> SafeString:
    """Return what a row says, in words; what has none is folded below. What is empty is left out.

    words: what its columns are called.
    """
    said = [format_html(_LINE, *line) for line in wording.lines(row, told, words, zone)]
    shown = _LINES.format("".join(said)) if said else ""
    raw = wording.raw(told, words)
    number = f" of message {row.pk}" if isinstance(row, Message) else ""
    folded = format_html(_RAW, number, raw) if raw else ""
    return mark_safe(shown + folded)  # noqa: S308 - each value is escaped


def _inline(row: Picture) -> str:
    """Return a picture as an address that is the picture itself; it is read now."""
    return f"data:{row.content_type};base64,{base64.b64encode(bytes(row.data)).decode()}"


@cache
def _template(name: str) -> Any:
    return get_template(f"{_TEMPLATES}/{name}.html")
