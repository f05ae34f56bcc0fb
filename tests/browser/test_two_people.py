"""Two people at a browser each, in one conversation: each sees what the other does."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome, Keys

from conversations.models import Conversation, Draft, Message, Origin
from tests.browser import page
from tests.browser.conftest import log_in
from tests.browser.page import WIDE, until
from tests.support.talks import LIST, make_waiting

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.once]

# A window that lies behind another one: what comes there now, nobody has seen.
LOOK_AWAY = """
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" });
    Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
"""


@dataclass
class Person:
    """Somebody who has the conversation open."""

    user: User
    browser: Chrome

    def types(self, *words: str) -> None:
        self.until(lambda: page.has_focus(self.browser, "#reply-text"), "one can type at once")
        page.press(self.browser, *words)

    def sends(self) -> None:
        page.press_ctrl_enter(self.browser)

    def typed(self) -> str | None:
        return page.value(self.browser, "#reply-text")

    def sees(self, part: str, words: str) -> None:
        self.until(lambda: words in page.text(self.browser, part), f"no {words!r} in {part}")

    def sees_no(self, part: str, words: str) -> None:
        self.until(lambda: words not in page.text(self.browser, part), f"{words!r} in {part}")

    def until(self, is_so: Callable[[], object], otherwise: str) -> None:
        until(self.browser, is_so, f"{self.user.username}: {otherwise}")


@pytest.fixture
def talk(transactional_db: None) -> Conversation:
    (talk,) = make_waiting(1, "Where is my parcel?")
    return talk


def sit_down(browser: Chrome, live_server: LiveServer, name: str, talk: Conversation) -> Person:
    user = User.objects.create_superuser(name.lower(), first_name=name)
    log_in(browser, live_server, user)
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", WIDE)
    browser.get(f"{live_server.url}{LIST}{talk.pk}/change/")
    person = Person(user, browser)
    person.sees("[data-part=thread]", "Where is my parcel?")
    page.until_ready(browser)
    return person


@pytest.fixture
def anna(browser: Chrome, live_server: LiveServer, talk: Conversation) -> Iterator[Person]:
    yield sit_down(browser, live_server, "Anna", talk)
    browser.execute_script("localStorage.clear()")
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.fixture
def bob(second: Chrome, live_server: LiveServer, talk: Conversation, anna: Person) -> Person:
    return sit_down(second, live_server, "Bob", talk)


def written() -> list[tuple[str, str]]:
    rows = Message.objects.filter(origin=Origin.STAFF).order_by("pk")
    return list(rows.values_list("staff", "text"))


def test_who_was_slower_is_asked_before_a_second_reply_goes_and_keeps_the_text(
    anna: Person, bob: Person
) -> None:
    anna.types("I have it: ", "<b>#42</b>")
    bob.sees(".composer-writers", "Anna is writing…")
    bob.types("I will look")
    anna.sees(".composer-writers", "Bob is writing…")
    bob.browser.execute_script(LOOK_AWAY)
    anna.sends()
    anna.sees("[data-part=thread]", "I have it: <b>#42</b>")
    bob.sends()
    bob.sees(".composer-conflict-title", "Anna replied ")
    bob.sees(".composer-conflict-title", "Nothing has been sent.")
    bob.sees(".composer-conflict-lines", "I have it: <b>#42</b>")
    assert bob.typed() == "I will look"
    assert written() == [("anna", "I have it: <b>#42</b>")]
    page.click(bob.browser, "#composer-reply [data-send]", "Send anyway")
    bob.sees("[data-part=thread]", "I will look")
    anna.sees("[data-part=thread]", "I will look")
    assert written() == [("anna", "I have it: <b>#42</b>"), ("bob", "I will look")]
    bob.until(lambda: page.text(bob.browser, "[data-send]") == "Send", "it is as it was")
    assert not page.count(bob.browser, ".composer-conflict li")
    anna.sees_no(".composer-writers", "Bob")
    assert not Draft.objects.exists()


def test_who_has_seen_the_other_s_reply_is_not_asked(anna: Person, bob: Person) -> None:
    bob.types("One more thing: ")
    anna.types("It left yesterday.")
    anna.sends()
    bob.sees("[data-part=thread]", "It left yesterday.")
    newest = str(Message.objects.latest("pk").pk)
    seen = "#composer-reply [name=seen]"
    bob.until(lambda: page.value(bob.browser, seen) == newest, "it was seen")
    bob.types("it is the red one.")
    bob.sends()
    anna.sees("[data-part=thread]", "One more thing: it is the red one.")
    assert [by for by, _ in written()] == ["anna", "bob"]


def test_what_one_does_with_it_the_other_sees_without_a_load(
    anna: Person, bob: Person, talk: Conversation
) -> None:
    """Assigned, a note, labelled, done: each is on the other's page, whose draft stays."""
    bob.types("Half a sen")
    page.click(anna.browser, ".head-assign summary")
    page.click(anna.browser, "[data-take]")
    bob.sees("[data-part=head]", "Anna")
    page.click(anna.browser, "#tab-note")
    anna.until(lambda: page.has_focus(anna.browser, "#note-text"), "one can type a note")
    page.press(anna.browser, "He wrote by mail, too.")
    bob.sees(".composer-writers", "Anna is writing a note…")
    anna.sends()
    bob.sees("[data-part=thread] .note", "He wrote by mail, too.")
    anna.browser.execute_script("document.querySelector('.talk-label-form [name=label]').focus()")
    page.press(anna.browser, "refund", Keys.ENTER)
    bob.sees("[data-part=customer]", "refund")
    page.click(anna.browser, "[data-done]")
    bob.until(lambda: not page.count(bob.browser, "[data-done]"), "there is nothing to be done")
    assert bob.typed() == "Half a sen"
    talk.refresh_from_db()
    assert (talk.assignee, talk.waiting_since) == (anna.user, None)
