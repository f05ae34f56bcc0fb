"""The commonest tasks of staff, counted in a real browser: clicks, and pages that are loaded.

Each takes no more than Chatwoot's or Help Scout's. Typing is not counted, nor is a worker's work.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By

from conversations import bot_pause, bot_switch
from conversations.models import Account, Conversation, Mention, Message, State
from people import roles
from rules.models import ResponseRule
from tests.browser import page
from tests.browser.conftest import Wait
from tests.browser.page import WIDE
from tests.support.graph import error
from tests.support.shop import Shop
from tests.support.talks import LIST, ask, say

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.once]

# Each document that is loaded, and each click that a person makes, is counted over all pages.
COUNT = """
    const add = (name) => sessionStorage.setItem(name, Number(sessionStorage.getItem(name)) + 1);
    if (window === top) {
      add("loads");
      addEventListener("click", (event) => event.detail && event.isTrusted && add("clicks"), true);
    }
"""


@dataclass
class Hand:
    """A person at the screen; what they click is counted."""

    browser: Chrome
    shop: Shop

    def begins(self) -> None:
        self.browser.execute_script("sessionStorage.clear()")

    def counted(self) -> tuple[int, int]:
        """Return the clicks and the loads since one began."""
        found = self.browser.execute_script(
            "return ['clicks', 'loads'].map((name) => Number(sessionStorage.getItem(name)))"
        )
        return found[0], found[1]

    def clicks(self, selector: str, words: str = "") -> None:
        page.click(self.browser, selector, words)

    def types(self, words: str) -> None:
        """Into the field of the reply, where one stands once a conversation is open."""
        self.until(lambda: page.has_focus(self.browser, "#reply-text"), "one can type at once")
        page.press(self.browser, words)

    def until(self, is_so: Callable[[], object], what: str) -> None:
        page.until(self.browser, is_so, what)

    def reads(self, part: str) -> str:
        return page.text(self.browser, f"[data-part={part}]")

    def sees(self, part: str, words: str) -> None:
        self.until(lambda: words in self.reads(part), f"{words!r} is seen in {part}")

    def sees_no(self, part: str, words: str) -> None:
        self.until(lambda: words not in self.reads(part), f"{words!r} is gone from {part}")


@pytest.fixture
def hand(
    transactional_db: None, shop: Shop, logged_in: Chrome, live_server: LiveServer
) -> Iterator[Hand]:
    """The inbox, where Olga waits for the longest time, and then two others."""
    ResponseRule.objects.get(name="Fallback").delete()
    for number, name in enumerate(("olga", "carlos", "mia")):
        shop.hears(f"huh? {name}", customer=f"87000{number}")
        shop.works()
        Conversation.objects.filter(customer_id=f"87000{number}").update(username=name)
    logged_in.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", WIDE)
    added = logged_in.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": COUNT})
    logged_in.get(f"{live_server.url}{LIST}")
    hand = Hand(logged_in, shop)
    hand.sees("list", "@olga")
    hand.begins()
    yield hand
    logged_in.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)
    logged_in.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.fixture
def olga(hand: Hand) -> Conversation:
    """Her conversation is open."""
    hand.clicks(".queue-open", "@olga")
    hand.sees("thread", "huh? olga")
    hand.begins()
    return Conversation.objects.get(username="olga")


def test_who_waits_longest_is_seen_without_a_click(hand: Hand) -> None:
    assert "@olga" in page.text(hand.browser, ".queue-row")
    assert hand.counted() == (0, 0)


def test_the_next_one_is_answered_and_the_answer_seen_sent_with_two_clicks(hand: Hand) -> None:
    hand.clicks(".queue-open", "@olga")
    hand.sees("thread", "huh? olga")
    hand.types("It left yesterday.")
    hand.clicks("button", "Send")
    hand.sees("thread", "It left yesterday.")
    hand.shop.works()
    hand.sees_no("thread", "Sending…")
    hand.sees_no("list", "@olga")
    assert Message.objects.get(origin="staff").state == State.SENT
    assert hand.counted() == (2, 0)


def test_one_is_done_with_one_click(hand: Hand, olga: Conversation) -> None:
    hand.clicks("[data-done]")
    hand.sees_no("list", "@olga")
    olga.refresh_from_db()
    assert olga.waiting_since is None
    assert hand.counted() == (1, 0)


def test_one_is_done_from_the_list_with_two_clicks(hand: Hand) -> None:
    hand.browser.execute_script("document.querySelector('.queue-tick').focus()")
    page.press(hand.browser, Keys.SPACE)
    hand.clicks(".queue-acts button", "Done")
    hand.sees_no("list", "@olga")
    clicks, loads = hand.counted()
    assert clicks <= 2
    assert loads == 0


def test_the_bot_is_resumed_with_one_click(hand: Hand, olga: Conversation) -> None:
    bot_pause.pause(olga.pk, "ben")
    hand.sees("head", "Bot paused for")
    hand.clicks("#resume_form button")
    hand.sees_no("head", "Bot paused for")
    olga.refresh_from_db()
    assert olga.bot_paused_until is None
    assert hand.counted() == (1, 0)


def test_the_bot_is_paused_with_two_clicks(hand: Hand, olga: Conversation) -> None:
    hand.clicks("details:has(#pause_form) summary")
    hand.clicks("#pause_form button", "3 hours")
    hand.sees("head", "Bot paused for 3 h 00 min by anna")
    assert hand.counted() == (2, 0)


def test_a_failed_message_is_sent_again_with_one_or_two_clicks(
    hand: Hand, olga: Conversation
) -> None:
    hand.shop.graph.faults.append(error(100))
    hand.types("It left yesterday.")
    page.press_ctrl_enter(hand.browser)
    hand.until(lambda: Message.objects.filter(origin="staff").exists(), "it is queued")
    hand.shop.works()
    hand.until(lambda: Message.objects.get(origin="staff").state == State.FAILED, "it failed")
    hand.sees("thread", "Resend")
    hand.begins()
    hand.clicks("[data-part=thread] button", "Resend")
    hand.until(lambda: Message.objects.get(origin="staff").state == State.QUEUED, "queued again")
    hand.shop.works()
    hand.sees_no("thread", "Resend")
    assert Message.objects.get(origin="staff").state == State.SENT
    clicks, loads = hand.counted()
    assert clicks <= 2
    assert loads == 0


def test_it_is_handed_to_a_colleague_with_two_clicks(hand: Hand, olga: Conversation) -> None:
    ben = User.objects.create_superuser("ben", first_name="Ben")
    hand.browser.refresh()
    hand.sees("thread", "huh? olga")
    hand.begins()
    hand.clicks(".head-assign summary")
    hand.browser.execute_script("document.querySelector('.head-note').focus()")
    page.press(hand.browser, "Please check.")
    hand.clicks("#assign_form button", "Ben")
    hand.sees("thread", "Handed over to @Ben: Please check.")
    olga.refresh_from_db()
    assert olga.assignee == ben
    assert Mention.objects.get().user == ben
    hand.sees("head", "Ben")
    # The note is clicked into as well, by whoever writes one.
    clicks, loads = hand.counted()
    assert clicks <= 2
    assert loads == 0


def test_it_is_put_off_with_two_clicks_and_back_with_one(hand: Hand, olga: Conversation) -> None:
    hand.clicks("details:has(#put_off_form) summary")
    hand.clicks("#put_off_form button", "tomorrow")
    hand.sees("head", "put off until")
    hand.sees_no("list", "@olga")
    assert hand.counted() == (2, 0)
    hand.begins()
    hand.clicks("#back_form button")
    hand.sees("list", "@olga")
    assert hand.counted() == (1, 0)


def test_an_open_inbox_says_that_the_bot_was_switched_off(hand: Hand, olga: Conversation) -> None:
    account = Account.objects.ours().pk
    bot_switch.switch_off(account, "ben")
    hand.sees("bar", "The bot is off since")
    bot_switch.switch_on(account, "ben")
    hand.sees_no("bar", "The bot is off")
    assert hand.counted() == (0, 0)


def test_a_staff_day_from_log_in_to_the_next_one_who_waits(
    hand: Hand, browser: Chrome, live_server: LiveServer, until_shown: Wait
) -> None:
    """Log in, open the inbox, answer, say that it is done, go on, hand over, be left with none."""
    User.objects.create_superuser("ben", first_name="Ben")
    browser.delete_all_cookies()
    browser.get(f"{live_server.url}{LIST}")
    browser.find_element(By.NAME, "username").send_keys("anna")
    browser.find_element(By.NAME, "password").send_keys("a-long-password")
    browser.find_element(By.CSS_SELECTOR, "[type=submit]").click()
    hand.sees("list", "@olga")  # the log-in leads to where one wanted to go
    page.until_ready(browser)
    hand.begins()
    hand.clicks(".queue-open", "@olga")
    hand.sees("thread", "huh? olga")
    hand.types("It left yesterday.")
    hand.clicks("button", "Send and done")
    hand.until(lambda: Message.objects.filter(origin="staff").exists(), "it is queued")
    hand.shop.works()
    hand.sees_no("list", "@olga")
    hand.clicks(".composer a, .composer button", "Next waiting")
    hand.sees("thread", "huh? carlos")
    hand.clicks(".head-assign summary")
    hand.clicks("#assign_form button", "Ben")
    hand.sees("thread", "Handed over to @Ben.")
    hand.clicks(".composer a, .composer button", "Next waiting")
    hand.sees("thread", "huh? mia")
    hand.clicks("[data-done]")
    hand.sees_no("list", "@mia")
    hand.sees("list", "@carlos")  # it is Ben's now, and still waits
    assert hand.counted() == (7, 0)
    assert [row.text for row in Message.objects.filter(origin="staff")] == ["It left yesterday."]
    assert hand.shop.texts[-1] == "It left yesterday."


def test_a_day_by_keys_alone(hand: Hand, browser: Chrome, live_server: LiveServer) -> None:
    """From the log-in to the last one who waits, nothing is clicked or loaded."""
    browser.delete_all_cookies()
    browser.get(f"{live_server.url}{LIST}")
    hand.until(lambda: page.has_focus(browser, "[name=username]"), "one can type one's name")
    page.press(browser, "anna", Keys.TAB, "a-long-password", Keys.ENTER)
    hand.sees("list", "@olga")
    page.until_ready(browser)
    hand.begins()
    page.press(browser, "?")
    hand.until(lambda: "Send what you typed" in page.text(browser, "#queue-keys"), "the keys")
    page.press(browser, Keys.ESCAPE)
    gone = "return !document.getElementById('queue-keys').open"
    hand.until(lambda: browser.execute_script(gone), "the keys are put away")
    page.press(browser, "j", "j", "k")
    hand.until(lambda: row_in_focus(browser) == "@olga", "it is olga")
    page.press(browser, Keys.ENTER)
    hand.sees("thread", "huh? olga")
    hand.types("It left yesterday, e?")
    page.press_ctrl_enter(browser)
    hand.sees("thread", "It left yesterday, e?")
    hand.shop.works()
    hand.sees_no("list", "@olga")
    page.press(browser, Keys.ESCAPE)  # out of the field, to the first one who waits now
    hand.until(lambda: row_in_focus(browser) == "@carlos", "it is carlos")
    page.press(browser, "a")
    hand.until(Conversation.objects.filter(username="carlos", assignee__isnull=False).exists, "own")
    page.press(browser, Keys.ENTER)
    hand.sees("thread", "huh? carlos")
    hand.until(lambda: page.has_focus(browser, "#reply-text"), "one can type at once")
    page.press(browser, Keys.ESCAPE)
    hand.until(lambda: not page.has_focus(browser, "#reply-text"), "a key is a key again")
    page.press(browser, "e")
    hand.sees_no("list", "@carlos")
    hand.until(lambda: row_in_focus(browser) == "@mia", "it is mia, where carlos was")
    page.press(browser, Keys.ENTER)
    hand.sees("thread", "huh? mia")
    hand.types("Hello Mia")
    page.press_ctrl_enter(browser)
    hand.sees("thread", "Hello Mia")
    hand.shop.works()
    hand.sees("list", "No one is waiting")
    assert hand.counted() == (0, 0)
    said = Message.objects.filter(origin="staff").order_by("pk").values_list("text", flat=True)
    assert list(said) == ["It left yesterday, e?", "Hello Mia"]
    assert not Conversation.objects.filter(waiting_since__isnull=False).exists()


def row_in_focus(browser: Chrome) -> str:
    """Return whose row has the focus."""
    script = "return document.activeElement.closest('.queue-row')?.querySelector('.queue-open')"
    return str(browser.execute_script(f"{script}?.textContent.trim() ?? ''"))


def test_an_old_message_is_found_with_two_clicks_and_one_load(hand: Hand) -> None:
    """The field of the search, and the hit; the list of hits is loaded."""
    talk = Conversation.objects.get(username="olga")
    at = timezone.now() - timedelta(days=40)
    old = ask(talk, "I want the blue kimono", at=at)
    for number in range(120):
        say(talk, f"hello {number}", at=at + timedelta(days=1, minutes=number))
    hand.clicks("input[name=q]")
    page.press(hand.browser, "kimono", Keys.ENTER)
    hand.until(lambda: page.text(hand.browser, ".queue-row mark") == "kimono", "it is found")
    hand.clicks(".queue-open")
    place = f"const one = document.getElementById('message-{old.pk}')?.getBoundingClientRect();"
    in_view = f"{place} return !!one && one.top >= 0 && one.bottom <= innerHeight"
    hand.until(lambda: hand.browser.execute_script(in_view), "the message is in view")
    clicks, loads = hand.counted()
    assert clicks == 2
    assert loads <= 1


def test_todays_numbers_are_seen_without_a_click(hand: Hand, live_server: LiveServer) -> None:
    """Where one comes in after the log-in."""
    hand.browser.get(f"{live_server.url}/admin/")
    page.until_ready(hand.browser)
    hand.begins()
    hand.until(lambda: "Messages in" in page.text(hand.browser, "main"), "the figures are seen")
    assert "3 customers waiting" in page.text(hand.browser, "main")
    assert hand.counted() == (0, 0)


def test_a_new_colleague_gets_a_role_with_three_clicks(hand: Hand, live_server: LiveServer) -> None:
    """From the list of people: add, the role, save."""
    roles.create(apps)
    hand.browser.get(f"{live_server.url}/admin/auth/user/")
    page.until_ready(hand.browser)
    hand.begins()
    hand.clicks("a[href$='/auth/user/add/']")
    hand.until(lambda: page.count(hand.browser, "#id_username"), "the form is there")
    page.until_ready(hand.browser)
    fields = {"username": "ben", "password1": "a-long-password", "password2": "a-long-password"}
    for name, words in fields.items():
        hand.browser.find_element(By.ID, f"id_{name}").send_keys(words)
    role = Group.objects.get(name="Reviewer")
    hand.clicks(f"#id_groups input[value='{role.pk}']")  # its label would count twice
    hand.clicks("[name=_save]")
    hand.until(lambda: User.objects.filter(username="ben").exists(), "Ben is there")
    ben = User.objects.get(username="ben")
    assert "Reviewer" in ben.groups.values_list("name", flat=True)
    assert ben.is_staff
    page.until_ready(hand.browser)
    assert hand.counted()[0] == 3
