"""The sandbox's page in a real browser: what is pressed there reaches Instagram's side."""

import pytest
from django.core.servers.basehttp import WSGIRequestHandler
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from instagram.content import Button, Buttons, Card, Cards, Content, Media, QuickReply, Text
from sandbox import shapes
from sandbox.models import Customer, Fault, Message
from tests.browser.conftest import Wait
from tests.browser.page import click, until, value
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


@pytest.fixture
def page(server: str, browser: Chrome, until_shown: Wait) -> Chrome:  # noqa: F811 - the fixture
    browser.get(f"{server}/sandbox/")
    until_shown("Where is my order?")
    return browser


def press(page: Chrome, selector: str) -> None:
    click(page, selector)


def write(page: Chrome, text: str) -> None:
    page.find_element(By.ID, "text").send_keys(text)


def test_a_text_is_sent_edited_reacted_to_and_unsent(page: Chrome, until_shown: Wait) -> None:
    write(page, "Do you chip?" + Keys.ENTER)
    until_shown("Do you chip?")
    message = wait_for(Message.objects.first)
    press(page, ".bubble.mine")
    press(page, "[data-act=edit]")
    until_shown("Editing")
    page.find_element(By.ID, "text").clear()
    write(page, "Do you ship?" + Keys.ENTER)
    until_shown("Edited")
    press(page, ".bubble.mine")
    press(page, "[data-act=react][data-text='❤️']")
    until_shown("❤️")
    press(page, ".bubble.mine")
    press(page, "[data-act=unsend]")
    until_shown("Unsent")
    message.refresh_from_db()
    assert (message.edits, message.reaction, message.unsent) == (1, "❤️", True)


def test_the_menu_sends_what_is_no_text(page: Chrome, until_shown: Wait) -> None:
    press(page, "#kinds-toggle")
    press(page, "[data-kind=voice]")
    until_shown("0:04")
    press(page, "#kinds-toggle")
    press(page, "[data-kind=comment]")
    until_shown("Type some text first.")
    write(page, "How much?")
    press(page, "#kinds-toggle")
    press(page, "[data-kind=comment]")
    until_shown("Your comment on a post")
    kinds = Message.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["voice", "comment"]
    until(page, lambda: value(page, "#text") == "", "what was said is no draft")


def test_whoever_only_opens_the_chat_has_said_nothing(page: Chrome, until_shown: Wait) -> None:
    write(page, "spring")
    press(page, "#kinds-toggle")
    press(page, "[data-move=ref]")
    until_shown("Opened the chat through the link “spring”")
    shown = page.execute_script("return document.body.innerText")
    assert "Unsent" not in shown
    assert "“”" not in shown
    assert "You: " not in shown
    write(page, "Hello" + Keys.ENTER)
    until_shown("You: Hello")


def test_what_the_shop_offers_is_tapped(page: Chrome, server: str, until_shown: Wait) -> None:  # noqa: F811 - the fixture
    customer = Customer.objects.order_by("pk")[0]
    written = {"customer": customer, "from_customer": False}
    offers: list[Content] = [
        Text("What now?", (QuickReply("Sizes", "MENU_SIZES"),)),
        Buttons("Or?", (Button("Person", payload="HUMAN"), Button("Shop", "https://s.example"))),
        Cards((Card("Coat", "Wool", buttons=(Button("Buy", payload="BUY_1"),)),)),
        Media("file", "https://s.example/a.pdf"),
    ]
    for number, said in enumerate(offers):
        shape = shapes.read(said.shape())
        Message.objects.create(
            mid=f"aWdf{number}", text=shape.text, quick_replies=shape.quick_replies,
            attachment=shape.attachment, **written,
        )  # fmt: skip
    until_shown("Wool")
    until_shown("Sizes")
    until_shown("File ↗")
    links = "return [...document.querySelectorAll('#thread a.offer')].map((link) => link.href)"
    assert page.execute_script(links) == ["https://s.example/"]
    press(page, "#quick-replies button")
    wait_for(Message.objects.filter(kind="quick_reply", payload="MENU_SIZES").first)
    press(page, "[data-payload=HUMAN]")
    wait_for(Message.objects.filter(kind="postback", text="Person", payload="HUMAN").first)
    press(page, ".cards [data-payload=BUY_1]")
    wait_for(Message.objects.filter(kind="postback", text="Buy", payload="BUY_1").first)
    assert not page.find_element(By.ID, "acts").is_displayed()


def test_a_fault_is_made_and_mended(page: Chrome, until_shown: Wait) -> None:
    press(page, ".trouble summary")
    Select(page.find_element(By.ID, "fault")).select_by_value("login")
    Select(page.find_element(By.ID, "fault-for")).select_by_value("everybody")
    press(page, "#trouble button[type=submit]")
    until_shown("Login refused (190): everybody, each time")
    [fault] = Fault.objects.all()
    assert (fault.customer, fault.once) == (None, False)
    press(page, "#faults button")
    wait_for(lambda: not Fault.objects.exists())


def test_a_person_answers_in_the_app(page: Chrome, until_shown: Wait) -> None:
    press(page, ".trouble summary")
    page.find_element(By.ID, "app-text").send_keys("I am Olena." + Keys.ENTER)
    until_shown("Typed by a person")
    press(page, "#elsewhere")
    wait_for(lambda: Message.objects.get().customer.elsewhere)


def thread(page: Chrome) -> list[str]:
    """Return the last line of each bubble, at once: the page may change between two calls."""
    return list(
        page.execute_script(
            "return [...document.querySelectorAll('#thread .bubble')]"
            ".map(bubble => bubble.innerText.split('\\n').pop())"
        )
    )


def choose(page: Chrome, customer: Customer, said: list[str]) -> None:
    """Click a customer, and wait until nothing but what they said is on the phone."""
    # The list is drawn anew every second: an element found by one call may be gone at the next.
    page.execute_script(f"document.querySelector(\"[data-igsid='{customer.igsid}']\").click()")
    until(page, lambda: thread(page) == said, f"not the thread of {customer}")


def test_each_customer_has_a_thread_and_a_draft_of_their_own(
    page: Chrome, until_shown: Wait
) -> None:
    Customer.objects.create(igsid="990004", name="Dora Four", username="dora")
    customers = list(Customer.objects.order_by("pk"))
    said = {one: [f"{one.name} asks {number}" for number in range(2)] for one in customers}
    for one, texts in said.items():
        for text in texts:
            Message.objects.create(mid=f"aWdf{text}", text=text, customer=one, from_customer=True)
    until_shown("Dora Four")
    assert len(customers) >= 4
    for one in (*customers, *reversed(customers), *customers[::2]):
        choose(page, one, said[one])
    first, second = customers[:2]
    choose(page, first, said[first])
    write(page, "half a sen")
    choose(page, second, said[second])
    until(page, lambda: value(page, "#text") == "", "it belongs to the one before")
    choose(page, first, said[first])
    until(page, lambda: value(page, "#text") == "half a sen", "the draft did not come back")
