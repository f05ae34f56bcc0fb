"""Browsers in words, as they name themselves."""

import ua_parser

from people.models.session import MAX_BROWSER

UNKNOWN = "An unknown program"
MAX_READ = 500  # characters: whatever a client sends is looked through
PLAIN = {"Mac OS X": "macOS", "Mobile Safari": "Safari", "Chrome Mobile": "Chrome"}


def describe(agent: str) -> str:
    """Return `Chrome on Windows` for what a browser says of itself in User-Agent."""
    found = ua_parser.parse(agent[:MAX_READ])
    names = [part.family for part in (found.user_agent, found.os) if part]
    return " on ".join(PLAIN.get(name, name) for name in names)[:MAX_BROWSER] or UNKNOWN
