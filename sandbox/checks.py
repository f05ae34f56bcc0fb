"""Mistakes that can be seen at start. The id of a check is never used for another one."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004 - Django's name

REAL_TOKEN_PREFIXES = ("EAA", "IGAA")


@register()
def check_only_in_development(**_: Any) -> list[CheckMessage]:
    if not settings.SANDBOX or settings.DEBUG:
        return []
    return [
        Error(
            "SANDBOX is on and DEBUG is off: the sandbox must not run in production.",
            hint="In production set SANDBOX=off. On your own machine set DEBUG=on.",
            id="sandbox.E001",
        )
    ]


@register()
def check_secrets(**_: Any) -> list[CheckMessage]:
    if not settings.SANDBOX or (settings.WEBHOOK_SECRETS and settings.INSTAGRAM_PAGE_ACCESS_TOKEN):
        return []
    return [
        Error(
            "SANDBOX is on, but FACEBOOK_APP_SECRET or INSTAGRAM_PAGE_ACCESS_TOKEN is empty.",
            hint="The sandbox signs and checks like Instagram: set both to any random text.",
            id="sandbox.E002",
        )
    ]


@register()
def check_no_real_token(**_: Any) -> list[CheckMessage]:
    real = settings.INSTAGRAM_PAGE_ACCESS_TOKEN.startswith(REAL_TOKEN_PREFIXES)
    if not settings.SANDBOX or not real:
        return []
    return [
        Warning(
            "INSTAGRAM_PAGE_ACCESS_TOKEN looks real, but SANDBOX is on: nothing reaches Instagram.",
            hint=(
                "To answer real customers set SANDBOX=off in .env and leave GRAPH_API_URL empty. "
                "To stay in the sandbox set INSTAGRAM_PAGE_ACCESS_TOKEN to any other text."
            ),
            id="sandbox.W001",
        )
    ]
