"""Regular expressions that staff write."""

import re
import unicodedata
from collections.abc import Iterator

import re2

from rules.matching.folding import fold
from rules.matching.phrases import Entry, Hit

_SURROGATES = re.compile("[\ud800-\udfff]")
_MAX_PATTERN_BYTES = 1 << 20  # of memory


def compile_pattern(pattern: str) -> "re2._Regexp":
    """Compile a pattern with RE2: its time is linear in the text, whatever the pattern.

    Raises re2.error.
    """
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _MAX_PATTERN_BYTES
    return re2.compile(pattern.encode(errors="replace"), options)


def list_forms(text: str) -> list[bytes]:
    """Return the forms of a message that patterns are searched in: as written, and folded."""
    written = unicodedata.normalize("NFC", make_encodable(text))
    return [form.encode() for form in dict.fromkeys((written, fold(text)))]


def make_encodable(text: str) -> str:
    """Replace lone surrogates, which some clients send, so that the text can be encoded."""
    return _SURROGATES.sub("\ufffd", text)


class Patterns:
    """Regular expressions, searched one by one."""

    def __init__(self) -> None:
        self._patterns: list[tuple[re2._Regexp, Entry]] = []

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def add(self, pattern: str, entry: Entry) -> bool:
        """Add a pattern; tell whether it can be searched."""
        try:
            self._patterns.append((compile_pattern(pattern), entry))
        except re2.error:
            return False
        return True

    def find(self, text: str) -> Iterator[Hit]:
        """Return a hit for each form in which a pattern is found."""
        for form in list_forms(text):
            for pattern, entry in self._patterns:
                if match := pattern.search(form):
                    text_found = fold(match[0].decode(errors="replace"))
                    yield Hit(entry, len(text_found.replace(" ", "")))
