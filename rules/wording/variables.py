"""What may stand in braces in an answer: {first_name|there}. Pure."""

import re
from collections.abc import Mapping

NAMES = ("first_name", "username", "shop_name", "opening_hours", "matched_word")
# Not every customer has one, so the answer should say what stands instead.
UNSURE = ("first_name", "username", "matched_word")
_VARIABLE = re.compile(r"\{([a-z_]+)(?:\|([^{}\n]*))?\}")
_GAP = "\x00"  # where nothing was put in


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put the values in; where one is not known, what stands behind the |, or nothing."""
    if "{" not in text:
        return text

    def value(found: re.Match[str]) -> str:
        name, instead = found[1], found[2] or ""
        if name not in NAMES:
            return found[0]
        return values.get(name, "").strip() or instead.strip() or _GAP

    return _closed(_VARIABLE.sub(value, text))


def _closed(text: str) -> str:
    """Close the gaps: "Hello !" becomes "Hello!"."""
    if _GAP not in text:
        return text
    text = re.sub(rf"[ \t]*{_GAP}(?=\s|$)|{_GAP}[ \t]*", _GAP, text)
    text = re.sub(rf"[ \t]+{_GAP}([,.!?;:])", r"\1", text)
    return text.replace(_GAP, "").strip()


def problems(text: str) -> list[str]:
    """Return a sentence for each name that there is not."""
    names = dict.fromkeys(found[1] for found in _VARIABLE.finditer(text))
    known = ", ".join(f"{{{name}}}" for name in NAMES)
    return [f"There is no {{{name}}}; there are {known}." for name in names if name not in NAMES]


def without_fallback(text: str) -> list[str]:
    """Return the names that may be unknown and for which the text has nothing to say instead."""
    found = [(one[1], (one[2] or "").strip()) for one in _VARIABLE.finditer(text)]
    return list(dict.fromkeys(name for name, instead in found if name in UNSURE and not instead))
