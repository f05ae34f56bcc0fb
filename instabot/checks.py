"""Mistakes that can be seen at start, each with an id that is never used for anything else."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from conversations.outbox.gate import SLOT_WAIT
from workqueue.leases import YOUNG


@register()
def check_leases(**_: Any) -> list[CheckMessage]:
    connect, read = settings.GRAPH_TIMEOUT
    # Bytes may drip in until the deadline, and the last wait for them takes one read more.
    call = max(settings.GRAPH_DEADLINE, connect) + read
    longest = (YOUNG + SLOT_WAIT).total_seconds() + call
    if longest < settings.LEASE.total_seconds():
        return []
    return [
        Error(
            f"A call to Instagram may take {longest:g} s, but a worker's lease ends after"
            f" {settings.LEASE.total_seconds():g} s: another worker would take over in the middle.",
            hint="Raise LEASE, or lower GRAPH_TIMEOUT and GRAPH_DEADLINE.",
            id="instabot.E001",
        )
    ]


@register()
def check_engines(**_: Any) -> list[CheckMessage]:
    problems: list[CheckMessage] = []
    for path in settings.RESPONSE_ENGINES:
        try:
            found = import_string(path)
        except ImportError as error:
            found, why = None, str(error)
        else:
            why = f"{path} has no method answer()."
        if not callable(getattr(found, "answer", None)):
            hint = "List dotted paths of classes that follow conversations.engine.Engine."
            message = f"RESPONSE_ENGINES names {path}, which is not an engine: {why}"
            problems.append(Error(message, hint=hint, id="instabot.E002"))
    return problems


@register()
def check_bell(**_: Any) -> list[CheckMessage]:
    if not settings.HUEY.get("immediate"):
        return []
    message = "HUEY is immediate: a webhook would answer the customer before it answers Meta."
    return [Error(message, hint='Set HUEY["immediate"] to False.', id="instabot.E003")]


def refuse_mistakes() -> None:
    """Raise ImproperlyConfigured for what a worker would not start with either.

    Django checks before each command, and gunicorn runs none.
    """
    found = [*check_leases(), *check_engines(), *check_bell()]
    if found:
        raise ImproperlyConfigured(" ".join(f"{one.msg} {one.hint}" for one in found))


@register(Tags.security, deploy=True)
def check_meta(**_: Any) -> list[CheckMessage]:
    """What a live service needs from Meta: without it webhooks are refused.

    Tokens are not looked at: accounts are connected in the admin. W003 said that one was missing.
    """
    secrets, token = settings.WEBHOOK_SECRETS, settings.FACEBOOK_VERIFY_TOKEN
    needed = [
        ("W001", "FACEBOOK_APP_SECRET", secrets, "every webhook will be refused"),
        ("W002", "FACEBOOK_VERIFY_TOKEN", token, "Meta cannot verify the webhook"),
    ]
    return [
        Caution(
            f"{name} is not set: {consequence}.",
            hint="README.md, 'Connect a real Instagram account', says where to find it.",
            id=f"instabot.{number}",
        )
        for number, name, value, consequence in needed
        if not value
    ]
