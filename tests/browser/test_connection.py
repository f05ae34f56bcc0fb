"""From *Add account* to the first answer, in a browser, with the sandbox as Meta."""

import threading
from collections.abc import Iterator

import pytest
from django.core.servers.basehttp import ServerHandler, WSGIRequestHandler
from django.db import connection
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from conversations import turns
from conversations.account import tokens
from conversations.models import Account, Conversation, Message, Origin, State
from rules.models import ResponseRule
from sandbox import phone
from sandbox.models import Customer
from sandbox.models import Message as Bubble
from sandbox.tokens import SAMPLES
from shop import tuning
from tests.browser.conftest import Wait
from tests.browser.page import click, texts, until, value
from tests.sandbox.calls import wait_for
from tests.sandbox.conftest import sandbox, server  # noqa: F401 - fixtures
from webhooks.models import WebhookEvent
from webhooks.tasks import process_due_event

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
def works() -> Iterator[None]:
    """Events are processed and answered, as a worker does."""
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(0.1):
            for pk in list(
                WebhookEvent.objects.filter(state="received").values_list("pk", flat=True)
            ):
                process_due_event.answer(pk)
            for pk in list(Conversation.objects.exclude(due_at=None).values_list("pk", flat=True)):
                turns.take(pk)
        connection.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield
    ended.set()
    thread.join(30)


@pytest.fixture
def page(
    server: str,  # noqa: F811 - the fixture
    settings: Settings,
    logged_in: Chrome,
    live_server: LiveServer,
) -> Chrome:
    """*Add account* of an instabot that is nobody's yet."""
    settings.INSTAGRAM_PAGE_ACCESS_TOKEN = ""
    settings.PUBLIC_URL, settings.CSRF_TRUSTED_ORIGINS = live_server.url, []
    settings.GRAPH_TIMEOUT, settings.GRAPH_DEADLINE = (
        (10.0, 20.0),
        25.0,
    )  # it computes beside Chrome
    tuning.put("conversation_rate", "0")
    ResponseRule.objects.create(name="Delivery", keywords="delivery", reply="Two days.")
    logged_in.get(f"{live_server.url}/admin/conversations/account/")
    click(logged_in, "a[href='/admin/conversations/account/add/']", unseen=True)
    return logged_in


def test_from_add_account_to_the_first_answer(page: Chrome, works: None, until_shown: Wait) -> None:
    until_shown("Choose how Instagram lets instabot in")
    click(page, "a", "Use Instagram Login")
    until_shown("Connect with Instagram")
    click(page, "button", "Connect with Instagram")
    until_shown("wants to access an Instagram account")
    click(page, "button", "Allow")
    until_shown("@your.shop is connected")
    until_shown("Meta posts what is needed")
    until_shown("Waiting for a message")
    customer = Customer.objects.ensure_some()[0]
    phone.write(customer=customer, text="How long is delivery?", kind="text")
    until_shown("It came: at ")
    answer = wait_for(Bubble.objects.filter(from_customer=False).first)
    assert answer.text == "Two days."
    sent = wait_for(Message.objects.filter(origin=Origin.BOT, state=State.SENT).first)
    assert sent.conversation.account == Account.objects.get()


def test_whoever_cancels_is_back_where_they_began(page: Chrome, until_shown: Wait) -> None:
    click(page, "a", "Use Instagram Login")
    click(page, "button", "Connect with Instagram")
    until_shown("wants to access an Instagram account")
    click(page, "button", "Cancel")
    until_shown("You cancelled at Instagram")
    assert not Account.objects.exclude(token="").exists()


def test_a_wrong_token_says_so_and_the_right_one_connects(page: Chrome, until_shown: Wait) -> None:
    click(page, "a", "Use Facebook Login")
    until_shown("Paste a token")
    page.find_element(By.ID, "token").send_keys(SAMPLES["page_bare"].key)
    click(page, "button", "Check and connect")
    until_shown("to which no professional Instagram account is linked")
    assert page.switch_to.active_element.get_attribute("id") == "problem"
    page.find_element(By.ID, "token").send_keys(SAMPLES["page"].key)
    click(page, "button", "Check and connect")
    until_shown("@your.shop is connected")
    assert tokens.read(Account.objects.get()) == SAMPLES["page"].key


def test_what_meta_wants_to_know_is_copied(page: Chrome, until_shown: Wait) -> None:
    click(page, "a", "Use Unified Login")
    until_shown("Paste a token")
    assert (value(page, "#callback") or "").endswith("/webhooks/instagram")
    click(page, "[data-copy=callback]")
    until(page, lambda: "Copied" in texts(page, "[data-copy=callback]")[0], "it does not say so")


def test_an_account_is_disconnected_and_says_so(page: Chrome, until_shown: Wait) -> None:
    click(page, "a", "Use Instagram Login")
    until_shown("Or paste a token")
    page.find_element(By.ID, "token").send_keys(SAMPLES["shop"].key)
    click(page, "button", "Check and connect")
    until_shown("@your.shop is connected")
    host = page.current_url.partition("/admin/")[0]
    page.get(f"{host}/admin/conversations/account/{Account.objects.get().pk}/change/")
    until_shown("instabot renews the token every week")
    click(page, "a", "Disconnect")
    until_shown("Its access token is forgotten")
    click(page, "button", "Disconnect")
    until_shown("Its messages are kept")
    assert not Account.objects.get().active
