"""Everything about one customer as a file: JSON, a page, or both in a ZIP with the pictures.

It is written to a file without a name before it is handed out: it may be larger than memory, and
whoever downloads it slowly holds nothing up.
"""

import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import BoundedSemaphore
from typing import IO

from audit import trail
from conversations.customer_data import document, interchange, page
from conversations.customer_data.document import Document
from conversations.customer_data.holdings import picture_name
from conversations.models import Conversation

MOST_AT_ONCE = 1  # in a process, whose few threads answer webhooks, too
BUSY = "Another export is being made. Try again in a minute."
_slots = BoundedSemaphore(MOST_AT_ONCE)


class BusyError(RuntimeError):
    """As many exports as may are being made; the text says so to staff."""

    def __init__(self) -> None:
        super().__init__(BUSY)


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: what it is called, and who writes it."""

    title: str
    content_type: str
    write: Callable[[Document, IO[bytes]], None]


def make(talk: Conversation, format_name: str, now: datetime) -> IO[bytes]:
    """Return a file of everything about a customer, at its beginning, and note that it was made.

    format_name: one of FORMATS. Raises BusyError at once where another one is being made.
    """
    file = tempfile.TemporaryFile(prefix="export-")  # noqa: SIM115 - whoever hands it out closes it
    try:
        with _slot():
            FORMATS[format_name].write(document.read(talk, now), file)
        record(talk, format_name)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def record(talk: Conversation, format_name: str) -> None:
    """Note in the audit log that a customer's data was exported; format_name: one of FORMATS."""
    said = f"exported the data of conversation {talk.pk}, as {format_name.upper()}"
    trail.record(trail.Kind.EXPORT, said)


@contextmanager
def _slot() -> Iterator[None]:
    """Hold one of the few slots; nobody waits for one. The one place that bounds exports."""
    if not _slots.acquire(blocking=False):
        raise BusyError
    try:
        yield
    finally:
        _slots.release()


def write_json(made: Document, file: IO[bytes]) -> None:
    _write(interchange.pieces(made), file)


def write_page(made: Document, file: IO[bytes]) -> None:
    _write(page.pieces(made), file)


def write_archive(made: Document, file: IO[bytes]) -> None:
    """Write both, and the pictures as files."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, pieces in (("export.json", interchange.pieces), ("export.html", page.pieces)):
            with archive.open(name, "w", force_zip64=True) as inner:
                _write(pieces(made), inner)
        pictures = next(part for part in made.parts if part.name == "pictures")
        for row, _ in pictures.rows():
            archive.writestr(picture_name(row), bytes(row.data), zipfile.ZIP_STORED)


def _write(pieces: Iterable[str], file: IO[bytes]) -> None:
    for piece in pieces:
        # Half of a surrogate pair, which a customer may send, as JSON writes it.
        file.write(piece.encode(errors="backslashreplace"))


FORMATS: Mapping[str, Format] = {
    "zip": Format("Everything, with pictures (ZIP)", "application/zip", write_archive),
    "html": Format("To read (HTML)", page.CONTENT_TYPE, write_page),
    "json": Format("For machines (JSON)", interchange.CONTENT_TYPE, write_json),
}
