"""What an XLSX file is packed in: a ZIP of XML, looked through before any of it is read.

A few kilobytes can unpack to gigabytes, and a small element becomes a large object: openpyxl makes
one of each cell of a row, and of each style. So all parts are counted first, element by element,
without keeping any; and what no spreadsheet has is refused: XML with entities, thousands of parts,
elements in elements without end.
"""

import time
import zipfile
from typing import IO, Any

# What parses is defusedxml; these are the error and what is told of the parts.
from xml.sax import SAXParseException  # nosec B406
from xml.sax.handler import ContentHandler  # nosec B406

from defusedxml import sax
from defusedxml.common import DefusedXmlException

from rules.transfer.limits import MAX_CELLS_OF_ROW, UnreadableError

MAX_UNPACKED_BYTES = 20 * 1024 * 1024
MAX_PARTS = 1000  # a spreadsheet has about ten
MAX_CELLS = 500_000  # 20,000 rules with a cell for each field
MAX_ROWS_OF_ALL = 100_000  # of all sheets, empty ones too
MAX_TEXTS = 200_000  # different ones
MAX_INSIDE = 5000  # elements of a cell or of a text: its parts that look different
MAX_OTHERS = 50_000  # elements beside these: styles, names, links
MAX_DEPTH = 50
MAX_SECONDS = 30
PACKED_AS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others ask for memory beforehand

TOO_BIG = "This spreadsheet is too big."
TOO_WIDE = f"A row of this spreadsheet has more than {MAX_CELLS_OF_ROW:,} cells."
TOO_MANY_CELLS = f"This spreadsheet has more than {MAX_CELLS:,} cells."
TOO_MANY_STYLES = (
    "This spreadsheet has too many styles, names or links. Copy the values into a new one, or save"
    " it as CSV."
)
TOO_SLOW = f"This spreadsheet takes longer than {MAX_SECONDS} seconds to read. Split it."
HAS_ENTITIES = "This spreadsheet has XML in it that is not read (a document type). Save it as CSV."
NO_SPREADSHEET = "This is not an XLSX spreadsheet, or it is damaged."


def look_through(file: IO[bytes]) -> None:
    """Raise UnreadableError, if this is no ZIP or more than a spreadsheet of rules can be."""
    try:
        with zipfile.ZipFile(file) as packed:
            parts = packed.infolist()
            _refuse_bomb(parts)
            counts = _Counts()
            for part in parts:
                with packed.open(part) as stream:
                    _count(stream, counts)
    except UnreadableError:
        raise
    except Exception:  # noqa: BLE001 - zipfile raises whatever a broken file leads it to
        raise UnreadableError(NO_SPREADSHEET) from None


def _refuse_bomb(parts: list[zipfile.ZipInfo]) -> None:
    """Nothing more than what a part says of its size is ever unpacked of it."""
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
        raise UnreadableError(TOO_BIG)
    if any(part.compress_type not in PACKED_AS for part in parts):
        raise UnreadableError(NO_SPREADSHEET)


def _count(stream: IO[bytes], counts: "_Counts") -> None:
    counts.begin()
    try:
        sax.parse(stream, counts, forbid_dtd=True)
    except DefusedXmlException:
        raise UnreadableError(HAS_ENTITIES) from None
    except (SAXParseException, UnicodeError):
        return  # a picture, say; of broken XML openpyxl reads no more than was counted


class _Counts(ContentHandler):
    """Counts the elements of all parts; inside: those of the cell or the text that is open."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = self.cells = self.of_row = self.texts = self.others = 0
        self.ends_at = time.monotonic() + MAX_SECONDS
        self.begin()

    def begin(self) -> None:
        self.depth = self.opened_at = self.inside = 0

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: ARG002, N802 - SAX's
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise UnreadableError(NO_SPREADSHEET)
        if self.opened_at:
            self.inside += 1
            _check(self.inside, MAX_INSIDE, TOO_BIG)
            return
        kind = name.rpartition(":")[2]
        if kind in ("c", "si"):
            self.opened_at, self.inside = self.depth, 0
        self._add(kind)

    def endElement(self, name: str) -> None:  # noqa: ARG002, N802 - SAX's
        if self.depth == self.opened_at:
            self.opened_at = 0
        self.depth -= 1

    def _add(self, kind: str) -> None:
        if kind == "c":
            self.of_row += 1
            self.cells += 1
            _check(self.of_row, MAX_CELLS_OF_ROW, TOO_WIDE)
            _check(self.cells, MAX_CELLS, TOO_MANY_CELLS)
        elif kind == "row":
            self.of_row = 0
            self.rows += 1
            _check(self.rows, MAX_ROWS_OF_ALL, TOO_BIG)
            check_time(self.ends_at)
        elif kind == "si":
            self.texts += 1
            _check(self.texts, MAX_TEXTS, TOO_BIG)
        else:
            self.others += 1
            _check(self.others, MAX_OTHERS, TOO_MANY_STYLES)


def _check(count: int, most: int, sentence: str) -> None:
    if count > most:
        raise UnreadableError(sentence)


def check_time(ends_at: float) -> None:
    """Raise UnreadableError after this moment of the process's clock."""
    if time.monotonic() > ends_at:
        raise UnreadableError(TOO_SLOW)
