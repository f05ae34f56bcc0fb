"""Tokens in the admin and by command: made for a user, shown once, ended by deletion."""

import re
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from api.models import Token
from tests.api.caller import VIEW, Caller, problem, user_who_may

pytestmark = pytest.mark.once

ADD, LIST = "/admin/api/token/add/", "/admin/api/token/"


def add(client: Client, user: User, **more: Any) -> str:
    """Make a token in the admin; return the page that comes then."""
    form = {"user": user.pk, "name": "shop backend", "expiry_0": "", "expiry_1": ""} | more
    return client.post(ADD, form, follow=True).content.decode()


def shown(page: str) -> str:
    [token] = re.findall("<code>(instabot_[0-9a-f]+)</code>", page)
    return str(token)


def test_a_token_made_in_the_admin_opens_the_api_and_is_shown_once(
    staff: Client, server: str
) -> None:
    user = user_who_may(*VIEW, name="backend")
    token = shown(add(staff, user))
    assert Caller(server, {"Authorization": f"Token {token}"}).get("rules/")
    page = staff.get(LIST).content.decode()
    assert "shop backend" in page
    assert token not in page
    assert token[:15] in page


def test_a_deleted_token_is_over(staff: Client, server: str) -> None:
    token = shown(add(staff, user_who_may(*VIEW, name="backend")))
    data = {"action": "delete_selected", "_selected_action": Token.objects.get().pk, "post": "yes"}
    staff.post(LIST, data)
    found = Caller(server, {"Authorization": f"Token {token}"}).call("get", "rules/")
    problem(found, 401, "not-authenticated")


@pytest.fixture
def helper(db: None) -> Client:
    """Staff who may make tokens, and cannot do everything."""
    user = User.objects.create_user("helper", is_staff=True)
    rights = ["add_token", "view_token", "delete_token", "view_responserule"]
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = Client()
    client.force_login(user)
    return client


def test_nobody_makes_a_token_for_somebody_who_may_more(helper: Client) -> None:
    boss = User.objects.create_superuser("boss")
    assert "Select a valid choice" in add(helper, boss)
    assert not Token.objects.exists()
    assert shown(add(helper, User.objects.get(username="helper")))


def test_nobody_sees_or_deletes_the_tokens_of_others(helper: Client) -> None:
    boss = User.objects.create_superuser("boss")
    token, _ = Token.objects.create(boss, name="the boss's own")
    assert "boss" not in helper.get(LIST).content.decode()
    data = {"action": "delete_selected", "_selected_action": token.pk, "post": "yes"}
    helper.post(LIST, data)
    assert helper.post(f"{LIST}{token.pk}/delete/", {"post": "yes"}).status_code == 302
    assert Token.objects.filter(pk=token.pk).exists()


def test_the_command_prints_a_token_and_nothing_else(server: str) -> None:
    user_who_may(*VIEW, name="backend")
    out = StringIO()
    call_command("api_token", "backend", name="shop backend", days=30, stdout=out)
    token = out.getvalue().strip()
    assert Caller(server, {"Authorization": f"Token {token}"}).get("rules/")
    made = Token.objects.get()
    assert made.name == "shop backend"
    assert 29 <= (made.expiry - timezone.now()).days <= 30


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nobody"], "There is no active user 'nobody'."),
        (["backend", "--days=0"], "--days 0: enter a number from 1 to 36500."),
        (["backend", f"--name={'x' * 101}"], "--name: enter at most 100 characters."),
        (["gone"], "There is no active user 'gone'."),
    ],
)
def test_the_command_says_what_is_wrong(db: None, arguments: list[str], sentence: str) -> None:
    user_who_may(name="backend")
    user_who_may(name="gone", is_active=False)
    with pytest.raises(CommandError, match=re.escape(sentence)):
        call_command("api_token", *arguments)
    assert not Token.objects.exists()
