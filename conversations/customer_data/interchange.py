"""The document as JSON, for machines: what the GDPR calls portable (Article 20)."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from conversations.customer_data.document import NOT_IN_IT, Document, Part

CONTENT_TYPE = "application/json"


def pieces(document: Document) -> Iterator[str]:
    """Return the file in pieces, a row each: it may be larger than memory."""
    about = {
        "made_at": document.made_at.isoformat(),
        "account": str(document.talk.account),
        "customer_id": document.talk.customer_id,
        "username": document.talk.username,
        "not_in_it": NOT_IN_IT,
    }
    yield f'{{\n"about": {_dump(about)}'
    for part in document.parts:
        yield f',\n"{part.name}": {{"what": {_dump(part.title)}, "rows": ['
        yield from _rows(part)
        yield "]}"
    yield "\n}\n"


def _rows(part: Part) -> Iterator[str]:
    before = "\n"
    for _, told in part.rows():
        yield before + _dump(told)
        before = ",\n"


def _read(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_read)
