"""From editing an ice breaker to the tap that its rule answers, with the sandbox as Meta."""

import pytest
from django.core.servers.basehttp import ServerHandler, WSGIRequestHandler
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

from conversations.models import Message, Origin
from rules.models import ResponseRule
from sandbox.models import Message as Bubble
from shop import tuning
from tests.browser.conftest import Wait
from tests.browser.page import click, count, texts, until
from tests.browser.test_connection import works  # noqa: F401 - the fixture
from tests.sandbox.calls import wait_for
from tests.sandbox.conftest import sandbox, server  # noqa: F401 - fixtures

pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.once,
    pytest.mark.usefixtures("transactional_db"),
]


@pytest.fixture(autouse=True)
def _one_request_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser keeps its connections, and each keeps a thread that the server's end waits for."""
    monkeypatch.setattr(WSGIRequestHandler, "protocol_version", "HTTP/1.0")
    # What instabot itself calls must know that the connection ends.
    monkeypatch.setattr(ServerHandler, "http_version", "1.0")


@pytest.fixture
def page(
    server: str,  # noqa: F811 - the fixture
    settings: Settings,
    logged_in: Chrome,
    live_server: LiveServer,
) -> Chrome:
    """The page of the only account, at which somebody has left something."""
    settings.CSRF_TRUSTED_ORIGINS = []
    settings.GRAPH_TIMEOUT, settings.GRAPH_DEADLINE = (10.0, 20.0), 25.0
    tuning.put("conversation_rate", "0")
    ResponseRule.objects.create(name="Hours", keywords="opening hours", reply="Nine to five.")
    ResponseRule.objects.create(name="Delivery", keywords="delivery", reply="Two days.")
    logged_in.get(f"{live_server.url}/admin/conversations/menu/")
    return logged_in


def write(page: Chrome, field: str, text: str) -> None:
    there = page.find_element(By.ID, field)
    there.clear()
    there.send_keys(text)


def choose(page: Chrome, field: str, choice: str) -> None:
    Select(page.find_element(By.ID, field)).select_by_visible_text(choice)


def test_from_editing_to_a_tap_that_its_rule_answers(
    page: Chrome,
    works: None,  # noqa: F811 - the fixture
    server: str,  # noqa: F811 - the fixture
    until_shown: Wait,
) -> None:
    until_shown("Instagram has some that were not made here.")
    write(page, "ice_breakers-0-text", "Is delivery open on Sunday?")
    assert not page.find_element(By.ID, "ice_breakers-0-payload").is_displayed()
    choose(page, "ice_breakers-0-answer", "Rule Hours")
    write(page, "persistent_menu-0-text", "How it is sent")
    choose(page, "persistent_menu-0-answer", "Whichever rule has this word or code")
    write(page, "persistent_menu-0-payload", "delivery")
    click(page, "button", "Save and publish")
    until_shown("Published. Instagram has exactly what is saved here.")
    assert len([one for one in texts(page, ".taps-state") if "At Instagram since" in one]) == 2
    page.get(f"{server}/sandbox/")
    until_shown("Is delivery open on Sunday?")
    assert count(page, "#menu-toggle:not([hidden])") == 0  # until the customer has written
    click(page, "#questions button", "Is delivery open on Sunday?")
    answered = wait_for(Bubble.objects.filter(from_customer=False).first)
    assert answered.text == "Nine to five."
    until_shown("Nine to five.")
    assert not page.find_element(By.ID, "ice-breakers").is_displayed()
    click(page, "#menu-toggle")
    click(page, "#menu button", "How it is sent")
    until_shown("Two days.")
    tapped = Message.objects.filter(origin=Origin.CUSTOMER).order_by("pk")
    assert [one.reason for one in tapped] == [
        "the tap is for rule Hours",
        "matched 'delivery' in rule Delivery",
    ]


def test_what_instagram_has_is_taken_over_and_put_in_order(page: Chrome, until_shown: Wait) -> None:
    click(page, "button", "Use what Instagram has")
    until_shown("Instagram's menu and ice breakers are here now.")
    click(page, "button[value='up ice_breakers-1']")
    until(
        page,
        lambda: (
            page.find_element(By.ID, "ice_breakers-0-text").get_attribute("value")
            == "How much is delivery?"
        ),
        "it is not a place higher",
    )
    click(page, "button", "Save and publish")
    until_shown("Published. Instagram has exactly what is saved here.")
