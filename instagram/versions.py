"""Until when Meta takes calls of a version of the Graph API (changelog, read 2026-10-29)."""

from datetime import date

NEWEST_KNOWN = (26, 0)  # which has no end yet
_ENDS = {
    (20, 0): date(2026, 9, 24),
    (21, 0): date(2027, 1, 21),
    (22, 0): date(2027, 5, 20),
    (23, 0): date(2027, 10, 8),
    (24, 0): date(2028, 2, 18),
    (25, 0): date(2028, 7, 29),
}


def ends_on(version: str) -> date | None:
    """Return the day on which a version like v26.0 ends or has ended; None: no end is known."""
    major, minor = version.removeprefix("v").split(".")
    number = (int(major), int(minor))
    return _ENDS.get(number) or (min(_ENDS.values()) if number < min(_ENDS) else None)
