"""The values that no finding may show, wherever its words come from."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings

HIDDEN = "(hidden)"
SHORTEST = 5  # a value of fewer letters may stand in any word
NAMED = (
    "SECRET_KEY", "SECRET_KEY_FALLBACKS", "TOKEN_KEYS", "FACEBOOK_VERIFY_TOKEN",
    "FACEBOOK_APP_SECRET", "INSTAGRAM_APP_SECRET", "WEBHOOK_SECRETS", "INSTAGRAM_PAGE_ACCESS_TOKEN",
    "HEARTBEAT_URL", "MAIL_URL",
)  # fmt: skip
ADDRESSES = ("REDIS_URL", "MAIL_URL", "HTTPS_PROXY", "GRAPH_PROXY")

_of_accounts: set[str] = set()  # the tokens that this process has looked at


def remember(token: str) -> None:
    """Let no finding show this token, which is none of the settings."""
    _of_accounts.add(token)


def secrets() -> set[str]:
    """Return every secret: keys, tokens, and the passwords within addresses."""
    return {one for one in _secrets() if len(one) >= SHORTEST}


def _secrets() -> Iterator[str]:
    yield from tuple(_of_accounts)
    for name in NAMED:
        yield from _texts(getattr(settings, name, ""))
    for name in ADDRESSES:
        yield from _password(str(getattr(settings, name, "") or ""))
    for database in settings.DATABASES.values():
        yield str(database.get("PASSWORD") or "")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple | set):
        yield from map(str, value)


def _password(address: str) -> Iterator[str]:
    try:
        password = urlsplit(address).password or ""
    except ValueError:
        return
    yield from (password, unquote(password))


def hide(text: str) -> str:
    """Return a text without any secret, the longest first."""
    for secret in sorted(secrets(), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text
