"""What may stand in braces in a reply: {first_name|there}. Pure."""

import re
from collections.abc import Mapping

NAMES = ("first_name", "username", "shop_name", "opening_hours", "matched_word")
# Not known of every customer, so the reply should have something to say instead.
UNCERTAIN = ("first_name", "username", "matched_word")
_VARIABLE = re.compile(r"\{([a-z_]+)(?:\|([^{}\n]*))?\}")
_GAP = "\x00"  # marks a variable that was replaced by nothing


def fill(text: str, values: Mapping[str, str]) -> str:
    """Replace the variables by their values; an unknown one by what stands after the |, if any."""
    if "{" not in text:
        return text

    def replace(variable: re.Match[str]) -> str:
        name, default = variable[1], variable[2] or ""
        if name not in NAMES:
            return variable[0]
        return values.get(name, "").strip() or default.strip() or _GAP

    return _close_gaps(_VARIABLE.sub(replace, text))


def _close_gaps(text: str) -> str:
    """Remove the spaces around nothing: "Hello !" becomes "Hello!"."""
    if _GAP not in text:
        return text
    text = re.sub(rf"[ \t]*{_GAP}(?=\s|$)|{_GAP}[ \t]*", _GAP, text)
    text = re.sub(rf"[ \t]+{_GAP}([,.!?;:])", r"\1", text)
    return text.replace(_GAP, "").strip()


def find_problems(text: str) -> list[str]:
    """Return a sentence for each variable that does not exist."""
    names = dict.fromkeys(variable[1] for variable in _VARIABLE.finditer(text))
    known = ", ".join(f"{{{name}}}" for name in NAMES)
    return [f"There is no {{{name}}}; there are {known}." for name in names if name not in NAMES]


def find_without_default(text: str) -> list[str]:
    """Return the variables that may be unknown and have nothing to say instead."""
    variables = [(match[1], (match[2] or "").strip()) for match in _VARIABLE.finditer(text)]
    missing = [name for name, default in variables if name in UNCERTAIN and not default]
    return list(dict.fromkeys(missing))
