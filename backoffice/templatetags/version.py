from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def version() -> str:
    """Return the version that runs, as it is told in the CHANGELOG."""
    return str(settings.VERSION)
