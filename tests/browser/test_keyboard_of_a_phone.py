"""A phone whose keyboard covers half of it: whom one writes to, the thread, and *Send* stay."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from conversations.models import Conversation, Origin, State
from tests.browser import page
from tests.browser.conftest import Wait
from tests.browser.page import PHONE, until
from tests.support.talks import LIST, ask, make_conversation, say

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.once]

LEFT_OVER = ((390, 450), (390, 380), (360, 330))  # by keyboards of usual phones
A_FEW_LINES = 90  # pixels
# What of each stands in the window, from its top; null: it is not all there.
STANDS = """
    return arguments[0].map((selector) => {
      const { top, bottom, left, right } = document.querySelector(selector).getBoundingClientRect();
      const isThere = top >= 0 && bottom <= innerHeight && left >= 0 && right <= innerWidth;
      return isThere && bottom > top ? [top, bottom] : null;
    })
"""


@pytest.fixture
def talk(transactional_db: None) -> Conversation:
    now = timezone.now()
    talk = make_conversation("maria.gonzalez", last_inbound_at=now, waiting_since=now)
    for number in range(9):
        ask(talk, f"Where is my parcel {number}?")
    return talk


@pytest.fixture
def phone(logged_in: Chrome) -> Iterator[Chrome]:
    """The smallest window of Chromium is larger than this: the size is that of its screen."""
    logged_in.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    yield logged_in
    logged_in.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("state", ["plain", "paused", "failed"])
def test_beside_the_keyboard_there_is_room_for_the_thread_and_for_send(
    phone: Chrome, live_server: LiveServer, until_shown: Wait, talk: Conversation, state: str
) -> None:
    if state != "plain":
        until_when = timezone.now() + timedelta(hours=2)
        Conversation.objects.update(bot_paused_until=until_when, bot_paused_by="anna")
    if state == "failed":
        say(
            talk, "It is on its way to you. " * 9, origin=Origin.STAFF, state=State.FAILED,
            staff="anna", error="More than 24 hours have passed since the customer wrote.",
        )  # fmt: skip
    phone.get(f"{live_server.url}{LIST}{talk.pk}/change/")
    until_shown("Not delivered" if state == "failed" else "Where is my parcel 8?")
    phone.find_element(By.ID, "reply-text").send_keys("It is on its way. " * 9)
    for width, height in LEFT_OVER:
        resize(phone, width, height)
        parts = ("[data-part=head] h2", ".inbox-thread", "#reply-text", "[data-send]")
        head, thread, field, send = stands(phone, *parts)
        seen = (width, height, head, thread, field, send)
        assert all(seen), seen
        assert thread[1] - thread[0] >= A_FEW_LINES, seen
        assert head[1] <= thread[0] < thread[1] <= field[0] < field[1] <= send[0], seen
        if state == "failed":
            assert all(stands(phone, ".composer-failed [data-take]")), seen


def test_what_one_does_with_a_conversation_is_back_once_one_does_not_type(
    phone: Chrome, live_server: LiveServer, until_shown: Wait, talk: Conversation
) -> None:
    phone.get(f"{live_server.url}{LIST}{talk.pk}/change/")
    until_shown("Where is my parcel 8?")
    phone.find_element(By.ID, "reply-text").click()
    resize(phone, 390, 380)
    assert not phone.find_element(By.CSS_SELECTOR, ".head-acts").is_displayed()
    page.click(phone, "[data-part=head] h2")
    until(phone, lambda: all(stands(phone, "[data-done]", "[data-send]")), "both can be tapped")
    page.click(phone, "[data-done]")
    until_shown("Marked as done.")


def resize(phone: Chrome, width: int, height: int) -> None:
    size = PHONE | {"width": width, "height": height}
    phone.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    phone.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0], 50))")


def stands(phone: Chrome, *selectors: str) -> list[list[float]]:
    found: list[list[float]] = phone.execute_script(STANDS, selectors)
    return found
