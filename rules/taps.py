"""Which rule a tap is for, where what it sends says so, whatever its words."""

import re

_NAMED = re.compile(r"rule:([1-9][0-9]{0,17})")


def payload_of(rule: int) -> str:
    """Return what a tap sends that is for this rule."""
    return f"rule:{rule}"


def rule_of(payload: str) -> int | None:
    """Return the rule that a tap is for, which may be gone; None: it names none."""
    named = _NAMED.fullmatch(payload)
    return int(named[1]) if named else None
