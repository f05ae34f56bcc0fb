"""The inbox in a real browser: one page, without loads, by mouse, by keys and on a phone."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By

from conversations.admin import bulk, labels
from conversations.display import thread
from conversations.models import Conversation, Label, Message, Origin, State
from tests.browser import page
from tests.browser.conftest import Wait
from tests.browser.page import PATIENCE, PHONE, WIDE, press, until
from tests.support.talks import make_waiting

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.once]

INBOX = "/admin/conversations/conversation/"

# Whose name, whose words and whose reply field are on the page: noted whenever anything changes.
WATCH = """
    window.mixed = [];
    const look = () => {
      const said = (selector) => document.querySelector(selector)?.textContent.match(/c\\d+/)?.[0];
      const pk = document.querySelector("[data-keep=composer]")?.dataset.conversation;
      const row = document.querySelector(`.queue-row[data-conversation="${pk}"] .queue-open`);
      const names = [said("[data-part=head] h2"), said("[data-part=thread] article"),
        said("[data-part=customer]"), row?.textContent.trim().slice(1)];
      const found = new Set(names.filter(Boolean));
      if (found.size > 1) window.mixed.push([...found].join());
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true });
    window.unloaded = true;
"""


@pytest.fixture
def inbox(
    transactional_db: None, logged_in: Chrome, live_server: LiveServer, until_shown: Wait
) -> Iterator[Chrome]:
    """The inbox on a wide screen, where eight customers wait: c0 for the longest time."""
    make_waiting(8, lines=20)
    logged_in.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", WIDE)
    logged_in.get(f"{live_server.url}{INBOX}")
    until_shown("Choose a conversation")
    logged_in.execute_script(WATCH)
    yield logged_in
    logged_in.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def row(browser: Chrome, name: str) -> None:
    page.click(browser, ".queue-open", f"@{name}")


def head(browser: Chrome) -> str:
    return page.text(browser, "[data-part=head] h2")


def until_open(browser: Chrome, name: str) -> None:
    until(browser, lambda: head(browser) == f"@{name}", f"@{name} was not opened")


def until_settled(browser: Chrome) -> None:
    """Give what came too late the time in which it would do harm."""
    browser.execute_async_script("setTimeout(arguments[0], 300)")


def never_loaded(browser: Chrome) -> bool:
    """Tell whether it is still the page that was loaded first, and no customers were mixed up."""
    assert browser.execute_script("return window.mixed") == []
    return bool(browser.execute_script("return window.unloaded === true"))


def is_on_top(browser: Chrome, selector: str) -> bool:
    """Tell whether nothing lies over the middle of an element."""
    return bool(
        browser.execute_script(
            "const one = document.querySelector(arguments[0]), box = one.getBoundingClientRect();"
            "const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];"
            "return one.contains(document.elementFromPoint(x, y))", selector,
        )
    )  # fmt: skip


def is_shown(browser: Chrome, selector: str) -> bool:
    script = "return document.querySelector(arguments[0]).checkVisibility()"
    return bool(browser.execute_script(script, selector))


def conversation(name: str) -> Conversation:
    return Conversation.objects.get(username=name)


@contextmanager
def held(patch: pytest.MonkeyPatch, room: Any, name: str, pk: int) -> Iterator[threading.Event]:
    """Stall what the server does for this conversation until told to go on."""
    go_on, real = threading.Event(), getattr(room, name)

    def stalled(*args: Any, **kwargs: Any) -> Any:
        if any(getattr(one, "pk", None) == pk for one in args):
            go_on.wait(PATIENCE)
        return real(*args, **kwargs)

    patch.setattr(room, name, stalled)
    yield go_on
    go_on.set()


def test_three_are_opened_and_gone_back_through_without_a_load(inbox: Chrome) -> None:
    for name in ("c0", "c3", "c5"):
        row(inbox, name)
        until_open(inbox, name)
        assert inbox.title.endswith(f"@{name} · Inbox")
        assert f"/{conversation(name).pk}/change/" in inbox.current_url
        marked = page.texts(inbox, ".queue-row[aria-current] .queue-open")
        assert marked == [f"@{name}"]
    for name in ("c3", "c0"):
        inbox.back()
        until_open(inbox, name)
    inbox.back()
    until(inbox, lambda: not head(inbox), "the list alone did not come back")
    assert inbox.title.endswith("Inbox")
    inbox.forward()
    until_open(inbox, "c0")
    assert never_loaded(inbox)
    inbox.refresh()
    until_open(inbox, "c0")


def test_another_tab_beside_an_open_conversation_leaves_it_open(
    inbox: Chrome, until_shown: Wait
) -> None:
    row(inbox, "c2")
    until_open(inbox, "c2")
    page.click(inbox, ".queue-tab", "Mine")
    until_shown("You have no open conversations.")
    assert head(inbox) == "@c2"
    inbox.refresh()
    until_shown("You have no open conversations.")
    until_open(inbox, "c2")


def test_fast_clicks_end_where_the_last_one_went(inbox: Chrome) -> None:
    for name in ("c1", "c4", "c2", "c6", "c0", "c7"):
        row(inbox, name)
    until_open(inbox, "c7")
    assert f"/{conversation('c7').pk}/change/" in inbox.current_url
    assert never_loaded(inbox)


def test_a_slow_answer_does_not_take_the_place_of_a_later_one(
    inbox: Chrome, monkeypatch: pytest.MonkeyPatch
) -> None:
    with held(monkeypatch, thread, "read", conversation("c1").pk) as go_on:
        row(inbox, "c1")
        row(inbox, "c3")
        until_open(inbox, "c3")
        go_on.set()
        until_settled(inbox)
        row(inbox, "c4")
        until_open(inbox, "c4")
    assert f"/{conversation('c4').pk}/change/" in inbox.current_url
    assert never_loaded(inbox)


def test_what_was_done_in_one_is_not_shown_in_another_that_was_opened_meanwhile(
    inbox: Chrome, until_shown: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    row(inbox, "c1")
    until_open(inbox, "c1")
    with held(monkeypatch, labels, "change", conversation("c1").pk) as go_on:
        inbox.execute_script("document.querySelector('.talk-label-form [name=label]').focus()")
        press(inbox, "gift", Keys.ENTER)
        row(inbox, "c2")
        until_open(inbox, "c2")
        go_on.set()
        until_shown("Label “gift” added.")
    assert head(inbox) == "@c2"
    assert [label.name for label in conversation("c1").labels.all()] == ["gift"]
    assert not conversation("c2").labels.exists()
    assert never_loaded(inbox)


def test_a_key_that_is_pressed_while_the_one_before_is_sent_is_about_the_row_one_is_in_by_then(
    inbox: Chrome, until_shown: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, real = threading.Event(), bulk._ticked

    def slow(request: Any) -> list[int]:
        go_on.wait(PATIENCE)
        return real(request)

    monkeypatch.setattr(bulk, "_ticked", slow)
    press(inbox, "j", "a", "a", "j", "e")
    go_on.set()
    until_shown("1 conversation marked as done.")
    first, second = conversation("c0"), conversation("c1")
    assert (first.assignee_id is None, first.waiting_since is None) == (False, False)
    assert (second.assignee_id is None, second.waiting_since is None) == (True, True)
    assert never_loaded(inbox)


NEWS = "document.dispatchEvent(new CustomEvent('instabot:refresh'))"
LABEL = (
    "const form = document.querySelector('.talk-label-form');"
    "form.querySelector('[name=label]').value = 'gift'; form.requestSubmit()"
)


@pytest.mark.parametrize("asked", [NEWS, LABEL], ids=["news", "an act"])
def test_what_is_asked_about_one_while_another_opens_does_not_bring_it_back(
    inbox: Chrome, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    row(inbox, "c1")
    until_open(inbox, "c1")
    first, second = conversation("c1").pk, conversation("c2").pk
    with (
        held(monkeypatch, thread, "read", second) as open_it,
        held(monkeypatch, thread, "read", first) as answer,
    ):
        row(inbox, "c2")
        inbox.execute_script(asked)
        until_settled(inbox)
        open_it.set()
        until_open(inbox, "c2")
        answer.set()
        until_settled(inbox)
        assert head(inbox) == "@c2"
    until_settled(inbox)
    assert head(inbox) == "@c2"
    assert f"/{second}/change/" in inbox.current_url
    assert never_loaded(inbox)


def test_an_act_changes_the_page_where_one_is(inbox: Chrome, until_shown: Wait) -> None:
    row(inbox, "c0")
    until_open(inbox, "c0")
    page.click(inbox, "[data-done]")
    until_shown("Marked as done.")
    until(inbox, lambda: page.text(inbox, ".queue-open") == "@c1", "@c1 is the next one")
    for part in ("[data-part=head] h2", "[data-part=head] summary", ".composer [type=submit]"):
        assert is_on_top(inbox, part), "what was said of it covers something"
    assert head(inbox) == "@c0"
    assert never_loaded(inbox)


def test_ticks_and_half_typed_filters_outlive_a_refresh(inbox: Chrome) -> None:
    page.click(inbox, ".queue-row:nth-child(3) .queue-tick", unseen=True)
    search = inbox.find_element(By.ID, "queue-search")
    search.send_keys("half a na")
    Conversation.objects.filter(username="c0").update(waiting_since=None)
    inbox.execute_script("document.dispatchEvent(new CustomEvent('instabot:refresh'))")
    until(inbox, lambda: "@c0" not in inbox.page_source, "the list did not change")
    second = "document.querySelector('.queue-row:nth-child(2) .queue-tick').checked"
    assert inbox.execute_script(f"return {second}")
    assert page.value(inbox, "#queue-search") == "half a na"
    assert page.has_focus(inbox, "#queue-search")


def test_the_first_key_leads_past_the_menu(inbox: Chrome) -> None:
    press(inbox, Keys.TAB)
    assert page.has_focus(inbox, ".frame-skip")
    until(inbox, lambda: is_on_top(inbox, ".frame-skip"), "one sees where one is")
    press(inbox, Keys.ENTER)
    until(inbox, lambda: page.has_focus(inbox, "main"), "one is past the menu")
    press(inbox, Keys.TAB)
    assert inbox.execute_script("return document.activeElement.closest('main, nav').id") == "main"


def test_one_opens_reads_and_replies_by_keys_alone(inbox: Chrome, until_shown: Wait) -> None:
    press(inbox, "j", "j", "k", "j", Keys.ENTER)
    until_open(inbox, "c1")
    until(inbox, lambda: page.has_focus(inbox, "#reply-text"), "one can type at once")
    press(inbox, "On its way, e j a ?")
    press(inbox, Keys.TAB, Keys.TAB)  # over the field of a picture
    assert inbox.execute_script("return document.activeElement.textContent.trim()") == "Send"
    press(inbox, Keys.ENTER)
    until_shown("Reply queued.")
    sent = Message.objects.get(origin=Origin.STAFF)
    assert (sent.text, sent.conversation) == ("On its way, e j a ?", conversation("c1"))
    inbox.find_element(By.ID, "reply-text").send_keys(Keys.ESCAPE)
    press(inbox, "j", "j", "a")  # back in the list
    until_shown("1 conversation assigned to you.")
    assert never_loaded(inbox)


@pytest.mark.parametrize("click", [".queue-row:nth-child(5) .queue-open", "[data-done]"])
def test_a_session_that_ended_leads_back_after_the_login(
    inbox: Chrome, until_shown: Wait, click: str
) -> None:
    if click == "[data-done]":
        row(inbox, "c4")
        until_open(inbox, "c4")
    inbox.delete_cookie("sessionid")
    page.click(inbox, click)
    until(inbox, lambda: page.count(inbox, "[name=username]"), "there is no log-in")
    inbox.find_element(By.NAME, "username").send_keys("anna")
    inbox.find_element(By.NAME, "password").send_keys("a-long-password", Keys.ENTER)
    until_open(inbox, "c4")


def test_a_server_that_is_away_loses_nothing_that_is_on_the_page(
    inbox: Chrome, until_shown: Wait
) -> None:
    row(inbox, "c4")
    until_open(inbox, "c4")
    offline = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    inbox.execute_cdp_cmd("Network.enable", {})
    inbox.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
    try:
        row(inbox, "c5")
        until_shown("This page could not be loaded.")
        page.click(inbox, "[data-done]")
        until_shown("Not done: the server could not be reached.")
    finally:
        inbox.execute_cdp_cmd("Network.emulateNetworkConditions", offline | {"offline": False})
    assert head(inbox) == "@c4"
    page.click(inbox, "[data-done]")
    until_shown("Marked as done.")


def test_on_a_phone_one_sees_whom_one_writes_to(
    inbox: Chrome, until_shown: Wait, live_server: LiveServer
) -> None:
    talk = conversation("c3")
    Message.objects.create(
        conversation=talk, origin=Origin.STAFF, text="A long word: " + "x" * 200, staff="anna",
        state=State.SENT,
    )  # fmt: skip
    long = {"first_name": "Maximiliana-Alexandrina", "last_name": "von und zu Hohenstaufen"}
    ben = User.objects.create_superuser("ben", **long)
    Conversation.objects.filter(pk=talk.pk).update(assignee=ben, name="Wolfeschlegel" * 5)
    inbox.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    row(inbox, "c3")
    until_open(inbox, "c3")
    assert not is_shown(inbox, ".inbox-side")
    for script in ("", "document.querySelector('.msg-scroll').scrollTo(0, -9999)"):
        inbox.execute_script(script)
        name, done, send = (
            inbox.execute_script(
                "const box = document.querySelector(arguments[0]).getBoundingClientRect();"
                "return [box.top, box.bottom, box.left, box.right]", selector,
            )
            for selector in ("[data-part=head] h2", "[data-done]", ".composer [type=submit]")
        )  # fmt: skip
        assert 0 <= name[0] < name[1] <= PHONE["height"] / 3
        assert PHONE["height"] / 2 < send[0] < send[1] <= PHONE["height"]
        for left, right in (name[2:], done[2:], send[2:]):
            assert 0 <= left < right <= PHONE["width"]
    assert page.text(inbox, "#reply-hint").startswith("The customer sees this. Open until ")
    page.click(inbox, "[data-done]")
    until_shown("Marked as done.")
    for part in ("[data-part=head] h2", ".composer [type=submit]"):
        assert is_on_top(inbox, part), "what was said of it covers something"
    wide = "return document.documentElement.scrollWidth"
    assert inbox.execute_script(wide) == PHONE["width"]
    page.click(inbox, ".inbox-back")
    until(inbox, lambda: not head(inbox), "there is no way back to the list")
    assert is_shown(inbox, ".inbox-side")
    page.click(inbox, ".page-menu")
    until_shown("Outbox")
    assert never_loaded(inbox)


def test_a_tab_of_labels_and_filters_works_as_a_plain_page_too(
    inbox: Chrome, until_shown: Wait
) -> None:
    conversation("c6").labels.add(Label.objects.named("gift"))
    inbox.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        inbox.refresh()
        row(inbox, "c6")
        until_shown("c6 asks 19")
        page.click(inbox, "[data-done]")
        until_shown("Marked as done.")
        page.click(inbox, ".queue-tab", "All")
        until_shown("Choose a conversation")
        assert page.count(inbox, ".queue-row") == 8
    finally:
        inbox.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
