"""Mistakes that can be seen at start, each with an id that is never used for anything else."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.db import DEFAULT_DB_ALIAS, DatabaseError
from django.utils.module_loading import import_string

from conversations.outbox import gate
from instabot import remedies
from instabot.variables import SettingError
from workqueue.postgresql import capacity

log = structlog.get_logger("checks")

ON_THIS_MACHINE = {"localhost", "127.0.0.1", "[::1]", "testserver"}
WEB_CONNECTIONS = 8  # of one gunicorn: two processes of four threads


@register()
def check_leases(**_: Any) -> list[CheckMessage]:
    spare = gate.hesitation()
    if spare > timedelta():
        return []
    longest = (settings.LEASE - spare).total_seconds()
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
            found, why = None, f"{error}."
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


@register()
def check_debug(**_: Any) -> list[CheckMessage]:
    """Refuse what is left of the sandbox's settings where others than this machine may call."""
    others = [name for name in settings.ALLOWED_HOSTS if name not in ON_THIS_MACHINE]
    if not settings.DEBUG or settings.SANDBOX or not others:
        return []
    message = "DEBUG is on and SANDBOX is off: an error page would show code and settings to all."
    hint = "Take out DEBUG=on as well, set what production needs (.env.example), and restart."
    return [Error(message, hint=hint, id="instabot.E004")]


@register(Tags.security, deploy=True)
def check_database(**_: Any) -> list[CheckMessage]:
    if settings.DATABASE_IS_SET:
        return []
    message = "DATABASE_URL is not set: all messages are kept in a SQLite file under var/."
    hint = (
        "Hosts such as Railway, Heroku, Render and Fly throw that file away with each new version."
        " Set DATABASE_URL to a PostgreSQL, or to sqlite:////path/to/file on a disk that stays."
    )
    return [Caution(message, hint=hint, id="instabot.W005")]


def refuse_mistakes() -> None:
    """Raise SettingError for what a worker would not start with either.

    Django checks before each command, and gunicorn runs none.
    """
    found = [*check_leases(), *check_engines(), *check_bell(), *check_debug()]
    if found:
        raise SettingError(" ".join(f"{one.msg} {one.hint}" for one in found))


def say_doubts() -> None:
    """Log what a live service is hardly meant to be: whoever deploys may never run a check."""
    for one in [] if settings.DEBUG else check_database():
        log.warning("doubtful_setting", said=one.msg, next=one.hint)


@register(Tags.database)
def check_connections(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Compare PostgreSQL's limit with what all processes may open; `migrate` asks for it, too."""
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    try:
        found = capacity.read()
    except DatabaseError as error:
        said, hint = remedies.say_away(error)
        return [Error(said, hint=hint, id="instabot.E005")]
    needed = max(found.claimed, settings.WORKER_CONNECTIONS + WEB_CONNECTIONS) if found else 0
    if found is None or needed <= found.allowed:
        return []
    message = f"instabot may open {needed} connections, and PostgreSQL allows {found.allowed}."
    return [Caution(message, hint=capacity.ADVICE, id="instabot.W004")]


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
