"""A token that opens several accounts: staff choose one of them, and the token stays sealed."""

import re

import pytest
from django.test import Client
from pytest_django import Settings

from conversations.account import tokens
from conversations.models import Account
from tests.conversations.admin.test_connection import BY_UNIFIED, shown
from tests.support.graph import Graph, error

pytestmark = pytest.mark.once

TOKEN = "EAAG" + "xY7zQ" * 30
MUTE, SHOP, SECOND = "17841400000000003", "17841400000000004", "17841400000000005"
NAMES = {MUTE: "mute", SHOP: "shop", SECOND: "second"}
PROBLEM = "instagram_manage_messages is missing"


@pytest.fixture
def pages(staff: Client, graph: Graph, settings: Settings) -> Client:
    """A system user was given three accounts, of one of which the app may not read messages."""
    settings.INSTAGRAM_PAGE_ACCESS_TOKEN = ""
    granted = [{"scope": "instagram_basic", "target_ids": [*NAMES]}]
    facts = {
        "app_id": settings.FACEBOOK_APP_ID, "type": "SYSTEM_USER", "is_valid": True,
        "scopes": ["instagram_basic", "instagram_manage_messages"], "user_id": "70010001",
        "granular_scopes": granted,
    }  # fmt: skip
    graph.answers["GET debug_token"] = {"data": facts}
    for number, name in NAMES.items():
        graph.answers[f"GET {number}"] = {"id": number, "username": name}
        graph.answers[f"GET {number}/conversations"] = {"data": []}
        graph.subscribed[number] = []
    graph.answers[f"GET {MUTE}/conversations"] = error(10)
    return staff


def paste(client: Client) -> tuple[str, str]:
    """Paste the token; return the page that asks which one, and what it keeps of the token."""
    page = client.post(BY_UNIFIED, {"token": TOKEN}).content.decode()
    [sealed] = re.findall(r'name="sealed" value="([^"]+)"', page)
    return page, sealed


def connected() -> list[str]:
    return [row.username for row in Account.objects.exclude(token="")]


def test_who_pastes_it_chooses_among_those_that_can_be_connected(pages: Client) -> None:
    page, sealed = paste(pages)
    radios = re.findall(r'<input type="radio"\s+name="account"\s+value="(\d+)"([^>]*)>', page)
    assert {number: "disabled" in rest for number, rest in radios} == {
        MUTE: True, SHOP: False, SECOND: False,
    }  # fmt: skip
    assert page.count(PROBLEM) == 1
    assert TOKEN not in page
    assert TOKEN[:20] not in sealed
    assert connected() == []


@pytest.mark.parametrize("number", [SHOP, SECOND])
def test_the_chosen_one_is_connected(pages: Client, number: str) -> None:
    _, sealed = paste(pages)
    answer = pages.post(BY_UNIFIED, {"sealed": sealed, "account": number})
    account = Account.objects.get()
    assert answer["Location"] == f"/admin/conversations/account/{account.pk}/connected/?after=0"
    assert (account.instagram_id, account.username) == (number, NAMES[number])
    assert tokens.read(account) == TOKEN


def test_one_that_cannot_be_connected_says_why_whoever_asks_for_it(pages: Client) -> None:
    _, sealed = paste(pages)
    answer = pages.post(BY_UNIFIED, {"sealed": sealed, "account": MUTE})
    assert answer.status_code == 400
    assert PROBLEM in shown(answer)
    assert connected() == []


@pytest.mark.parametrize("account", ["", "178", "second"])
def test_who_chooses_none_of_them_is_asked_again(pages: Client, account: str) -> None:
    _, sealed = paste(pages)
    answer = pages.post(BY_UNIFIED, {"sealed": sealed, "account": account})
    assert "This token opens several accounts. Which one?" in shown(answer)
    assert connected() == []


@pytest.mark.parametrize("change", [lambda sealed: f"{sealed[:-4]}AAAA", lambda _: TOKEN])
def test_what_was_not_sealed_here_is_not_taken(pages: Client, change: object) -> None:
    _, sealed = paste(pages)
    assert callable(change)
    answer = pages.post(BY_UNIFIED, {"sealed": change(sealed), "account": SHOP})
    assert answer.status_code == 400
    assert "Paste it again." in shown(answer)
    assert connected() == []


def test_the_token_is_asked_about_once_more_when_somebody_has_chosen(
    pages: Client, graph: Graph
) -> None:
    _, sealed = paste(pages)
    graph.answers[f"GET {SHOP}/conversations"] = error(190, 463)
    graph.answers[f"GET {SHOP}"] = error(190, 463)
    answer = pages.post(BY_UNIFIED, {"sealed": sealed, "account": SHOP})
    assert "This token has expired." in shown(answer)
    assert connected() == []
