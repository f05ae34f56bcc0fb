"""Regular expressions that staff write."""

import re
import unicodedata
from collections.abc import Iterator

import re2

from rules.matching.folding import fold
from rules.matching.phrases import Entry, Hit

_HALVES = re.compile("[\ud800-\udfff]")
_MEMORY = 1 << 20  # bytes a pattern may take


def compiled(pattern: str) -> "re2._Regexp":
    """Return a pattern of RE2, whose time is linear in the text whatever the pattern.

    Raises re2.error.
    """
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _MEMORY
    return re2.compile(pattern.encode(errors="replace"), options)


def forms(text: str) -> list[bytes]:
    """Return the forms of a message in which a pattern is looked for: as written, and folded."""
    written = unicodedata.normalize("NFC", encodable(text))
    return [form.encode() for form in dict.fromkeys((written, fold(text)))]


def encodable(text: str) -> str:
    """Return the text with the halves of letters that some clients send replaced."""
    return _HALVES.sub("\ufffd", text)


class Patterns:
    """Regular expressions, looked for one by one."""

    def __init__(self) -> None:
        self._patterns: list[tuple[re2._Regexp, Entry]] = []

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def add(self, pattern: str, entry: Entry) -> bool:
        """Add a pattern; return whether it can be looked for."""
        try:
            self._patterns.append((compiled(pattern), entry))
        except re2.error:
            return False
        return True

    def hits(self, text: str) -> Iterator[Hit]:
        """Return the patterns that are found, in one form or both."""
        for form in forms(text):
            for pattern, entry in self._patterns:
                if match := pattern.search(form):
                    found = fold(match[0].decode(errors="replace"))
                    yield Hit(entry, len(found.replace(" ", "")))
