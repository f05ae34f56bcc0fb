"""Times in templates, as they are everywhere: 28 Nov, 04:14."""

from datetime import datetime

from django import template
from django.utils.safestring import SafeString

from backoffice import ages

register = template.Library()


@register.filter
def stamped(moment: datetime | None) -> SafeString | str:
    return ages.stamped(moment) if moment else ""
