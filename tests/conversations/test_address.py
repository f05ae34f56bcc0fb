"""One answer to where we are reached from outside, for all who tell Meta of it."""

import pytest
from pytest_django import Settings

from conversations.address import callback_address, public_address

pytestmark = pytest.mark.no_database

BOT, OTHER, LOCAL = "https://bot.example.com", "https://other.example.com", "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("named", "origins", "found"),
    [
        (BOT, [OTHER], BOT),
        (f"{BOT}/", [], BOT),
        ("", [OTHER, BOT], OTHER),
        (LOCAL, [BOT], BOT),
        ("", ["https://*.example.com", "https://10.0.0.1", BOT], BOT),
        (LOCAL, ["https://bot.local"], ""),
        ("", [], ""),
    ],
)
def test_the_first_address_that_is_public_is_ours(
    settings: Settings, named: str, origins: list[str], found: str
) -> None:
    settings.PUBLIC_URL, settings.CSRF_TRUSTED_ORIGINS = named, origins
    assert public_address() == found
    assert callback_address() == f"{found or named}/webhooks/instagram"
