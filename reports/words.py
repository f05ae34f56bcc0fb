"""Numbers as staff read them."""

from datetime import timedelta

from conversations.statistics import times

NOTHING = "–"
TIMES_SAID = 4
SECONDS_SAID = 100  # below that a time is said in seconds


def duration(seconds: float | None) -> str:
    """Say about how long something took: 4 s, 12 min, 1 h 40 min, 2 d."""
    if seconds is None:
        return NOTHING
    if seconds < SECONDS_SAID:
        return f"{max(round(seconds), 1)} s"
    minutes = round(seconds / times.MINUTE)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min"
    if hours < 48:  # noqa: PLR2004 - two days in hours
        return f"{hours} h {rest:02} min" if rest and hours < 10 else f"{hours} h"  # noqa: PLR2004
    return f"{round(timedelta(minutes=minutes) / timedelta(days=1), 1):g} d"


def share(part: float | None) -> str:
    return NOTHING if part is None else f"{round(100 * part)} %"


def change(now: float | None, before: float | None) -> str:
    """Say how a number compares with the one before: +12 %; empty without anything to compare.

    From four times as much on, nobody reads percents.
    """
    if not before or now is None:
        return ""
    if now >= TIMES_SAID * before:
        return f"{round(now / before):,} times"
    return _signed(round(100 * (now - before) / before), "%", "%")


def points(now: float | None, before: float | None) -> str:
    """Say by how many points a share has changed."""
    if now is None or before is None:
        return ""
    return _signed(round(100 * now) - round(100 * before), "point", "points")


def _signed(by: int, one: str, several: str) -> str:
    if not by:
        return ""
    sign = "+" if by > 0 else "−"  # noqa: RUF001 - a minus
    return f"{sign}{abs(by):,} {one if abs(by) == 1 else several}"
