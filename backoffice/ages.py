"""How long, when, and how long ago, in words for staff."""

from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

MINUTE = timedelta(minutes=1)
JUST_NOW = "just now"


def span(length: timedelta) -> str:
    """Say a length of time in few characters: 12 min, 1 h 40 min, 19 h, 3 d."""
    minutes = max(int(length.total_seconds() // 60), 0)
    hours, rest = divmod(minutes, 60)
    if hours == 0:
        return f"{minutes} min"
    if hours == 1 and rest:  # the minutes matter only in the last two hours
        return f"{hours} h {rest:02} min"
    return f"{hours} h" if hours < 48 else f"{hours // 24} d"  # noqa: PLR2004 - two days in hours


def age(length: timedelta) -> str:
    """Say how long something has been so: just now, 12 min."""
    return span(length) if length >= MINUTE else JUST_NOW


def time_since(length: timedelta) -> str:
    """Say how long ago something was, in a sentence: just now, 12 min ago."""
    return f"{span(length)} ago" if length >= MINUTE else JUST_NOW


def remaining(length: timedelta) -> str:
    """Say to the minute how long something lasts still, as head.js goes on: 2 h 14 min."""
    minutes = max(-(-int(length.total_seconds()) // 60), 0)
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min"


def clock(moment: datetime, now: datetime) -> str:
    """Say when: 14:20 today, else with the day."""
    local = timezone.localtime(moment)
    today = local.date() == timezone.localtime(now).date()
    return date_format(local, "H:i" if today else "j M, H:i")


def stamp(moment: datetime, *, seconds: bool = False) -> str:
    """Say when, the same on every page: 28 Nov, 04:14; with the year where it is another one."""
    local = timezone.localtime(moment)
    is_this_year = local.year == timezone.localtime().year
    on = "j M" if is_this_year else "j M Y"
    return date_format(local, f"{on}, H:i:s" if seconds else f"{on}, H:i")


def stamped(moment: datetime, *, seconds: bool = False) -> SafeString:
    """Say when, and the moment itself where the pointer rests."""
    return format_html(
        '<time class="nowrap" datetime="{}" title="{}">{}</time>',
        moment.isoformat(), precisely(moment), stamp(moment, seconds=seconds),
    )  # fmt: skip


def day(moment: date) -> str:
    """Say which day: 28 Nov 2026."""
    return date_format(moment, "j M Y")


def day_heading(moment: date) -> str:
    """Say which day, above what happened on it."""
    return date_format(moment, "l, j F Y")


def precisely(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S %Z}"


def at(moment: datetime) -> SafeString:
    """Say at which time of the day, and the moment itself where the pointer rests."""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(), precisely(moment), f"{timezone.localtime(moment):%H:%M}",
    )  # fmt: skip


def ago(moment: datetime, now: datetime) -> SafeString:
    """Say how long ago, and the moment itself where the pointer rests."""
    return format_html(
        '<time class="nowrap" datetime="{}" title="{}">{}</time>',
        moment.isoformat(), precisely(moment), age(now - moment),
    )  # fmt: skip
