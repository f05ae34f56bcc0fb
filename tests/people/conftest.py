import html
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.test import Client
from pytest_django import Settings

from people import roles
from tests.people import hashing

PASSWORD = "a-long-password"
PAGE = "/admin/login/"
HOME, ABROAD = "203.0.113.9", "198.51.100.66"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/126.0.0.0 Safari/537.36"
)
SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5{} Safari/605.1.15"
Try = Callable[..., Any]


def words(response: Any) -> str:
    """What one reads on a page."""
    text = re.sub(
        r"<(script|style|head|nav).*?</\1>", " ", response.content.decode(), flags=re.DOTALL
    )
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.fixture
def hashes(settings: Settings) -> Iterator[Callable[[], int]]:
    """How many passwords have been hashed since it was last asked."""
    settings.PASSWORD_HASHERS = [hashing.PATH]
    before = hashing.counted

    def count() -> int:
        nonlocal before
        found, before = hashing.counted - before, hashing.counted
        return found

    yield count
    hashing.meanwhile.clear()


@pytest.fixture
def anna(db: None) -> User:
    return User.objects.create_superuser("anna", password=PASSWORD)


@pytest.fixture
def attempt() -> Try:
    """Try to log in; from a browser that nobody has used, unless one is given."""

    def go(
        name: str = "anna",
        password: str = "wrong",
        *,
        address: str = HOME,
        browser: Client | None = None,
        **more: Any,
    ) -> Any:
        sent = {"username": name, "password": password}
        return (browser or Client()).post(PAGE, sent, REMOTE_ADDR=address, **more)

    return go


@pytest.fixture
def _roles(db: None) -> None:
    """What the migration made; the tables are emptied by tests that commit."""
    if not Group.objects.filter(name="Owner").exists():
        roles.create(apps)
