"""Times in templates, the same everywhere: 28 Nov, 04:14. No template has a format of its own."""

from datetime import date, datetime

from django import template
from django.utils.safestring import SafeString

from backoffice import ages

register = template.Library()


@register.filter
def stamped(moment: datetime | None) -> SafeString | str:
    return ages.stamped(moment) if moment else ""


@register.filter
def stamped_to_the_second(moment: datetime | None) -> SafeString | str:
    return ages.stamped(moment, seconds=True) if moment else ""


@register.filter
def stamp(moment: datetime | None) -> str:
    """For attributes, which hold no element."""
    return ages.stamp(moment) if moment else ""


@register.filter
def precisely(moment: datetime | None) -> str:
    return ages.precisely(moment) if moment else ""


@register.filter
def clocked(moment: datetime | None) -> SafeString | str:
    return ages.at(moment) if moment else ""


@register.filter
def day(moment: date | None) -> str:
    return ages.day(moment) if moment else ""


@register.filter
def day_heading(moment: date | None) -> str:
    return ages.day_heading(moment) if moment else ""


@register.filter
def iso(moment: date | None) -> str:
    """For machines: a day, or a moment."""
    return moment.isoformat() if moment else ""
