"""Whoever may connect accounts gives instabot a token, and nobody gets it back."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from api.models import Token
from conversations.account import tokens
from conversations.models import Account
from tests.api.description import operations
from tests.instabot.test_roles import PAGES, _roles, address, as_role, things

pytestmark = [pytest.mark.django_db, pytest.mark.once]

__all__ = ["_roles", "things"]  # fixtures

TOKEN = "IGAA-MARK-of-the-account"


def test_no_page_and_no_call_shows_the_access_token_of_an_account(things: dict[str, Any]) -> None:
    account = Account.objects.ours()
    tokens.keep(account.pk, TOKEN, login="instagram")
    account.refresh_from_db()
    sealed = account.token
    assert tokens.read(account) == TOKEN != sealed
    client = as_role("Owner")
    owner = User.objects.filter(username="Owner")
    owner.update(is_superuser=True)  # who sees all that there is to see
    header = {"Authorization": f"Token {Token.objects.create(user=owner.get())[1]}"}
    answers = {name: client.get(address(name, things)) for name in PAGES}
    assert sum(answer.status_code == 200 for answer in answers.values()) > 50
    for method, path, _ in operations():
        if method == "get":
            url = path.replace("{id}", str(things["talk"]))
            answers[url] = client.get(url, headers=header)
    told = [
        name for name, answer in answers.items()
        if any(one.encode() in body_of(answer) for one in ("IGAA-MARK", sealed))
    ]  # fmt: skip
    assert not told


def body_of(answer: Any) -> bytes:
    return bytes(b"".join(answer) if answer.streaming else answer.content)
