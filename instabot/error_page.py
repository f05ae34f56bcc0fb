"""What Django's page about an error leaves out, which it shows while DEBUG is on."""

import re

from django.views.debug import SafeExceptionReporterFilter


class Filter(SafeExceptionReporterFilter):
    """Django's own, which also hides what has a password in its address."""

    hidden_settings = re.compile(
        rf"{SafeExceptionReporterFilter.hidden_settings.pattern}|URL|DSN|PROXY|DATABASE|HUEY|CACHE",
        re.IGNORECASE,
    )
