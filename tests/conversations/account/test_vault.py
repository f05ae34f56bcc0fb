"""Tokens are stored sealed; which keys open them, and what becomes of those that none opens."""

from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from pytest_django import Settings

from conversations.account import tokens, vault
from conversations.account.vault import SealedError
from conversations.models import Account
from instagram.errors import LoginError
from instagram.kinds import Kind

NEW, OLD, OTHER = "new " * 8, Fernet.generate_key().decode(), "other" * 8
SECRET = "a secret of Django's"


def set_keys(settings: Settings, keys: dict[str, Any]) -> None:
    settings.SECRET_KEY = keys.get("secret", SECRET)
    settings.SECRET_KEY_FALLBACKS = keys.get("fallbacks", [])
    settings.TOKEN_KEYS = keys.get("keys", [])


@pytest.mark.no_database
@pytest.mark.parametrize(
    ("before", "after", "opens"),
    [
        ({}, {}, True),
        ({}, {"secret": "another"}, False),
        ({}, {"secret": "another", "fallbacks": [SECRET]}, True),
        ({}, {"secret": "another", "fallbacks": ["older", SECRET]}, True),
        # The first TOKEN_KEYS takes nothing away, nor does a secret that changes with it.
        ({}, {"keys": [NEW]}, True),
        ({}, {"keys": [NEW], "secret": "another"}, False),
        ({"keys": [OLD]}, {"keys": [NEW, OLD]}, True),
        ({"keys": [OLD]}, {"keys": [OLD], "secret": "another"}, True),
        ({"keys": [OLD]}, {"keys": [NEW]}, False),
        ({"keys": [OLD]}, {}, False),
        ({"keys": [NEW, OLD]}, {"keys": [NEW]}, True),
        ({"keys": [NEW, OLD]}, {"keys": [OLD]}, False),
    ],
)
def test_which_keys_open_a_token(
    settings: Settings, before: dict[str, Any], after: dict[str, Any], opens: bool
) -> None:
    set_keys(settings, before)
    sealed = vault.seal("IGAA-secret")
    assert "IGAA" not in sealed
    set_keys(settings, after)
    if opens:
        assert vault.unseal(sealed) == "IGAA-secret"
    else:
        with pytest.raises(SealedError) as caught:
            vault.unseal(sealed)
        assert "TOKEN_KEYS" in caught.value.advice
        assert isinstance(caught.value, LoginError)


@pytest.mark.no_database
@pytest.mark.parametrize("stored", ["", "nonsense", "gAAAAA", "ключ"])
def test_what_is_no_sealed_token_is_said_to_be_none(stored: str) -> None:
    with pytest.raises(SealedError):
        vault.unseal(stored)


@pytest.fixture
def stored(settings: Settings, db: None) -> list[Account]:
    """Three accounts, each with a token that another key has sealed."""
    made = []
    for number, key in enumerate([NEW, OLD, OTHER]):
        set_keys(settings, {"keys": [key]})
        account = Account.objects.create(username=f"shop{number}", instagram_id=f"1784{number}")
        tokens.keep(account.pk, f"IGAA-{number}", login=Kind.INSTAGRAM)
        made.append(account)
    return made


def test_the_command_seals_all_with_the_first_key_and_names_those_that_none_opens(
    settings: Settings, stored: list[Account]
) -> None:
    set_keys(settings, {"keys": [NEW, OLD]})
    out = StringIO()
    with pytest.raises(CommandError, match="the access token of @shop2"):
        call_command("encrypt_tokens", stdout=out)
    assert out.getvalue() == "Encrypted with the first key: 2.\n"
    set_keys(settings, {"keys": [NEW]})
    for number, account in enumerate(stored[:2]):
        account.refresh_from_db()
        assert (tokens.read(account), account.token_version) == (f"IGAA-{number}", 1)
    with pytest.raises(SealedError):
        tokens.read(Account.objects.get(pk=stored[2].pk))
    set_keys(settings, {"keys": [NEW, OTHER]})
    call_command("encrypt_tokens", stdout=out)
    set_keys(settings, {"keys": [NEW]})
    assert tokens.read(Account.objects.get(pk=stored[2].pk)) == "IGAA-2"
