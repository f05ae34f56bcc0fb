"""What staff are told of a token that ends: on the account's page, and above every page."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from conversations.account import identity, tokens
from conversations.models import Account
from workqueue.snapshot import Snapshot

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def ends_in(left: timedelta | None, login: str = "instagram", **fields: object) -> Account:
    now = timezone.now()
    account = identity.read().first  # with the environment's token
    tokens.keep(account.pk, "IGAA", login=login, made_at=now, ends_at=now + left if left else None)
    Account.objects.filter(pk=account.pk).update(username="shop", **fields)
    Snapshot.forget_everything()
    return account


def shown(client: Client, address: str = "/admin/password_change/") -> str:
    return client.get(address).content.decode()


def page_of(account: Account) -> str:
    return f"/admin/conversations/account/{account.pk}/change/"


@pytest.mark.parametrize(
    ("left", "says"),
    [
        (None, "Meta has not said that the token ends."),
        (52 * DAY + DAY / 2, "The token ends in 52 days"),
        (7 * DAY + DAY / 2, "The token ends in 7 days"),
        (DAY + DAY / 2, "The token ends in 1 day,"),
        (DAY / 2, "The token ends within a day"),
        (-DAY, "The token ended on"),
    ],
)
def test_the_accounts_page_says_how_long_its_token_lasts(
    staff: Client, left: timedelta | None, says: str
) -> None:
    page = shown(staff, page_of(ends_in(left)))
    assert says in page
    assert "Connected by Instagram Login" in page
    assert "instabot renews the token every week." in page


@pytest.mark.parametrize(
    ("app", "says"),
    [
        ("2222222222", "Meta does not renew such tokens. instabot asks once a day how long it"),
        ("", "Meta does not renew such tokens.<"),
    ],
)
def test_what_instabot_asks_of_a_token_that_ends_depends_on_the_app(
    staff: Client, settings: Settings, app: str, says: str
) -> None:
    settings.FACEBOOK_APP_ID = app
    page = shown(staff, page_of(ends_in(30 * DAY, "page")))
    assert says in re.sub(r"\s*<", "<", page)


NO_ANSWER = "Meta did not say how long it lasts"
BUSY = "Instagram asked us to slow down."


@pytest.mark.parametrize(
    ("login", "pause", "says"),
    [
        ("instagram", {}, "It could not be renewed"),
        ("page", {}, NO_ANSWER),
        ("unified", {}, NO_ANSWER),
        ("page", {"pause": "throttled", "pause_reason": BUSY}, NO_ANSWER),
        ("page", {"pause": "broken", "pause_reason": "A permission is missing."}, NO_ANSWER),
        ("page", {"pause": "broken", "pause_reason": BUSY}, "Meta refuses it"),
        ("instagram", {"pause": "broken", "pause_reason": BUSY}, "Meta refuses it"),
    ],
)
def test_a_renewal_that_failed_is_said_with_the_next_try(
    staff: Client, login: str, pause: dict[str, str], says: str
) -> None:
    """The token itself was refused where the account is paused for that very reason."""
    now = timezone.now()
    failed: dict[str, Any] = {"renewal_problem": BUSY, "renewal_failed_at": now, **pause}
    page = shown(staff, page_of(ends_in(30 * DAY, login, renewal_at=now + DAY, **failed)))
    assert f"{says} since" in page
    assert "Instagram asked us to slow down. Next try:" in page


def test_what_can_be_done_is_for_those_who_may(client: Client, staff: Client) -> None:
    account = ends_in(30 * DAY)
    page = shown(staff, page_of(account))
    assert f"/admin/conversations/account/{account.pk}/disconnect/" in page
    assert "/admin/conversations/account/add/by/instagram/" in page
    user = User.objects.create_user("sam", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_account"))
    client.force_login(user)
    assert "/disconnect/" not in shown(client, page_of(account))


def test_a_disconnected_account_says_since_when(staff: Client) -> None:
    account = ends_in(30 * DAY)
    tokens.drop(account.pk)
    Account.objects.update(active=False, disconnected_at=timezone.now())
    page = shown(staff, page_of(account))
    assert "Disconnected" in page
    assert "nothing is sent" in page


BAR = "Reconnect @shop"


@pytest.mark.parametrize(
    ("left", "who_sees", "everybody"),
    [
        (None, False, False),
        (15 * DAY + DAY / 2, False, False),
        (14 * DAY + DAY / 2, True, False),
        (4 * DAY + DAY / 2, True, False),
        (3 * DAY + DAY / 2, True, True),
        (DAY / 2, True, True),
        (-DAY, True, True),
    ],
)
def test_the_bar_warns_those_who_can_act_and_at_last_everybody(
    client: Client, left: timedelta | None, who_sees: bool, everybody: bool
) -> None:
    ends_in(left)
    user = User.objects.create_user("sam", is_staff=True)
    client.force_login(user)
    assert (BAR in shown(client)) is everybody
    user.user_permissions.add(Permission.objects.get(codename="view_account"))
    page = shown(client)
    assert (BAR in page) is who_sees
    assert ("#connection" in page) is who_sees


def test_an_account_that_is_not_active_warns_nobody(staff: Client) -> None:
    ends_in(DAY, active=False)
    assert BAR not in shown(staff)
