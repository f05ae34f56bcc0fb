"""Drills: a secret, a token and a login are changed while customers write, and nothing is lost."""

from typing import Any

import pytest
from pytest_django import Settings

from conversations.account import authorization, connection, identity
from conversations.account import pause as account_pause
from conversations.account.connection import NewToken
from conversations.models import FIRST, Account, Conversation, Message, State, Verdict
from instagram.client import Identity
from instagram.kinds import Kind
from tests.instabot.test_settings import settings_of  # noqa: F401 - the fixture
from tests.support.clock import Clock
from tests.support.graph import ACCOUNT, HANG, error, text_body
from tests.support.shop import Shop, at_rest, incoming, settled

OLD, NEW = "old-secret", "new-secret"
CUSTOMER = "870001"
ASKED = ("price?", "delivery?", "price, please")
ANSWERED = ["Ten euros.", "Two days.", "Ten euros."]


def delivers(shop: Shop, number: int, secret: str = NEW) -> int:
    """Meta posts one of the questions, signed with a secret; return what it is answered."""
    return shop.receives(text_body(CUSTOMER, ASKED[number], f"mid{number}"), secret)


def nothing_is_lost_or_said_twice(shop: Shop) -> None:
    assert [one.text for one in incoming()] == list(ASKED)
    assert {one.verdict for one in incoming()} == {Verdict.ANSWERED}
    assert shop.texts == ANSWERED
    assert at_rest()


APP_SECRETS = ("FACEBOOK_APP_SECRET", "INSTAGRAM_APP_SECRET")


@pytest.mark.parametrize("name", APP_SECRETS)
def test_an_app_secret_is_rotated(
    shop: Shop,
    settings: Settings,
    settings_of: Any,  # noqa: F811 - the fixture
    name: str,
) -> None:
    """As the docs have it: the new one is added, Meta changes over, the old one goes."""

    def starts_with(value: str) -> None:
        """Somebody writes this where instabot runs, and restarts."""
        written = settings_of(**dict.fromkeys(APP_SECRETS, "of-another-login") | {name: value})
        for each in (*APP_SECRETS, "WEBHOOK_SECRETS"):
            setattr(settings, each, written[each])

    starts_with(OLD)
    assert delivers(shop, 0, OLD) == 200
    starts_with(f"{NEW},{OLD}")
    login = authorization.make_login()
    app = login.facebook if name == APP_SECRETS[0] else login.instagram
    assert app.secrets == (NEW, OLD)
    assert delivers(shop, 1, OLD) == 200
    shop.works()
    assert delivers(shop, 2, NEW) == 200
    starts_with(NEW)
    assert delivers(shop, 1, NEW) == 200  # Meta delivers again what it thinks was not taken
    shop.works()
    nothing_is_lost_or_said_twice(shop)


def test_an_app_secret_that_was_changed_too_early_costs_a_delay(
    shop: Shop, settings: Settings
) -> None:
    settings.WEBHOOK_SECRETS = [NEW]
    for number in range(3):
        assert delivers(shop, number, OLD) == 401
    settings.WEBHOOK_SECRETS = [NEW, OLD]
    for number in range(3):  # Meta tries again for 36 hours
        assert delivers(shop, number, OLD) == 200
    shop.works()
    nothing_is_lost_or_said_twice(shop)


def connects(token: str, login: Kind, node: str) -> None:
    """Staff connect the account anew: a token of it is pasted, or somebody has logged in."""
    account = connection.connect(Identity(ACCOUNT, node, "shop"), NewToken(token, login))
    assert account.pk == FIRST
    identity.forget()  # half a second passes


def test_a_token_that_ended_is_replaced(shop: Shop) -> None:
    account_pause.look_after()
    delivers(shop, 0)
    shop.works()
    shop.graph.refused["IGAA-token-of-tests"] = error(190)
    for number in (1, 2):
        delivers(shop, number)
        shop.works()
    assert Account.objects.get().pause == Account.Pause.BROKEN
    assert shop.texts == ANSWERED[:1]
    connects("IGAA-new", Kind.INSTAGRAM, "918")
    account_pause.look_after()
    shop.works()
    nothing_is_lost_or_said_twice(shop)
    assert [one.token for one in shop.graph.sent][1:] == ["IGAA-new"] * 2


@pytest.mark.parametrize("configured", ["me", "917"])
def test_an_account_moves_from_one_login_to_another_while_a_send_is_not_confirmed(
    shop: Shop, time_stands: Clock, settings: Settings, configured: str
) -> None:
    """configured: with Facebook Login the Page's id, which Instagram Login does not know."""
    settings.INSTAGRAM_PAGE_ACCESS_TOKEN = "EAA-of-the-page"
    settings.INSTAGRAM_ACCOUNT_ID = configured
    shop.graph.me_of["EAA-of-the-page"] = {"id": "917", "user_id": ACCOUNT, "username": "shop"}
    shop.graph.me_of["IGAA-new"] = {"id": "918", "user_id": ACCOUNT, "username": "shop"}
    identity.forget()
    account_pause.look_after()
    delivers(shop, 0)
    shop.works()
    shop.graph.faults.append(HANG)
    delivers(shop, 1)
    shop.works()
    assert Message.objects.filter(state=State.UNKNOWN).count() == 1
    connects("IGAA-new", Kind.INSTAGRAM, "918")
    delivers(shop, 2)
    settled(shop, time_stands)
    nothing_is_lost_or_said_twice(shop)
    assert Account.objects.get().node_id == "918"
    assert Conversation.objects.count() == 1
    assert [one.token for one in shop.graph.sent] == ["EAA-of-the-page"] * 2 + ["IGAA-new"]
    sends = [call for call in shop.graph.calls if call.endswith("/messages")]
    nodes = [call.removesuffix("/messages").rpartition("/")[2] for call in sends]
    assert [*dict.fromkeys(nodes)] == [*dict.fromkeys([configured, "me"])]
