"""Staff go through those who wait, by keys and by hand, on a wide screen and on a phone."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from conversations.models import Account, Conversation, Label, Message, Origin, Verdict
from tests.browser.conftest import PATIENCE, Wait

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.once]

PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
CUSTOMERS_ON_A_PHONE = 8


@pytest.fixture
def queue(
    transactional_db: None, logged_in: Chrome, live_server: LiveServer, until_shown: Wait
) -> Iterator[Chrome]:
    """The list, where twelve wait: c0 for the longest time."""
    now = timezone.now()
    for number in range(12):
        since = now - timedelta(minutes=90 - number)
        talk = Conversation.objects.create(
            account=Account.objects.ours(), customer_id=f"1789{number}", username=f"c{number}",
            name="Mateusz Kowalski", last_inbound_at=since, waiting_since=since,
        )  # fmt: skip
        talk.labels.add(Label.objects.named("returns"))
        Message.objects.create(
            conversation=talk, origin=Origin.CUSTOMER, text=f"Where is my parcel {number}? " * 9,
            verdict=Verdict.NO_ANSWER, at=since,
        )  # fmt: skip
    logged_in.get(f"{live_server.url}/admin/conversations/conversation/")
    until_shown("@c0")
    yield logged_in
    logged_in.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def press(browser: Chrome, *keys: str) -> None:
    ActionChains(browser).send_keys(*keys).perform()


def rows(browser: Chrome) -> list[WebElement]:
    return browser.find_elements(By.CSS_SELECTOR, ".queue-row")


def until_first(browser: Chrome, name: str) -> None:
    """Wait until this customer stands at the top of the list."""
    patient = WebDriverWait(browser, PATIENCE, ignored_exceptions=[StaleElementReferenceException])
    patient.until(lambda _: name in rows(browser)[0].text, f"{name} does not come first")


def still_waiting() -> list[str]:
    found = Conversation.objects.filter(waiting_since__isnull=False).order_by("waiting_since")
    return list(found.values_list("username", flat=True))


def test_staff_go_through_the_queue_by_keys(queue: Chrome, until_shown: Wait) -> None:
    press(queue, "j", "j", "k", "e")  # the first one again
    until_first(queue, "@c1")
    assert still_waiting()[0] == "c1"
    press(queue, "e")  # it is where one was: in the first row, which is another one now
    until_first(queue, "@c2")
    until_shown("1 conversation marked as done.")
    press(queue, "j", "a")
    until_shown("1 conversation assigned to you.")
    assert Conversation.objects.get(assignee=User.objects.get()).username == "c3"
    press(queue, "k", "x", "j", "j", "x", "e")
    until_shown("2 conversations marked as done.")
    assert still_waiting()[:2] == ["c3", "c5"]
    press(queue, "k", "k", Keys.ENTER)
    until_shown("Where is my parcel 3?")
    assert "/change/" in queue.current_url


def test_keys_are_shown_and_do_nothing_while_one_types(queue: Chrome, until_shown: Wait) -> None:
    press(queue, "j", "?")
    until_shown("Show these keys")
    press(queue, "e", Keys.ESCAPE)
    press(queue, "/")
    press(queue, "parcel 7 e?")
    assert len(still_waiting()) == 12
    press(queue, Keys.BACKSPACE * 3, Keys.ENTER)
    until_shown("“parcel 7”")
    assert len(rows(queue)) == 1
    assert "tab=all" in queue.current_url


def test_a_tab_shows_a_number_only_where_there_is_one(queue: Chrome) -> None:
    mine = queue.find_element(By.XPATH, "//a[contains(@class, 'queue-tab')][contains(., 'Mine')]")
    assert mine.text == "Mine"
    write = "arguments[0].querySelector('.queue-count').textContent = arguments[1]"
    for number, shown in (("3", "Mine\n3"), ("0", "Mine")):
        queue.execute_script(write, mine, number)
        assert "".join(mine.text.split()) == "".join(shown.split())


def test_a_click_anywhere_in_a_row_opens_it_but_not_on_its_box(
    queue: Chrome, until_shown: Wait
) -> None:
    rows(queue)[0].find_element(By.CSS_SELECTOR, ".queue-tick").click()
    assert "/change/" not in queue.current_url
    row = rows(queue)[4]
    across = row.size["width"] // 2 - 200
    ActionChains(queue).move_to_element_with_offset(row, across, 12).click().perform()
    until_shown("Where is my parcel 4?")
    assert "/change/" in queue.current_url


def test_those_who_are_ticked_are_done_in_one_go(queue: Chrome, until_shown: Wait) -> None:
    done = queue.find_element(By.CSS_SELECTOR, "button[value=done]")
    assert not done.is_displayed()
    queue.find_element(By.CSS_SELECTOR, ".queue-all").click()
    rows(queue)[11].find_element(By.CSS_SELECTOR, ".queue-tick").click()
    assert done.is_displayed()
    done.click()
    until_shown("11 conversations marked as done.")
    assert still_waiting() == ["c11"]


def test_a_label_is_typed_and_a_filter_applies_itself(queue: Chrome, until_shown: Wait) -> None:
    rows(queue)[3].find_element(By.CSS_SELECTOR, ".queue-tick").click()
    queue.find_element(By.XPATH, "//summary[.='Label']").click()
    press(queue, Keys.TAB, "refund", Keys.ENTER)
    until_shown("1 conversation labelled “refund”.")
    queue.find_element(
        By.CSS_SELECTOR, ".queue-show"
    ).click()  # beside the list where there is room
    queue.find_element(By.XPATH, "//select[@name='labels__id__exact']/option[.='refund']").click()
    until_shown("Label: refund")
    assert ["@c3" in row.text for row in rows(queue)] == [True]
    assert "tab=waiting" in queue.current_url
    assert "paused=" not in queue.current_url


def test_a_phone_shows_rows_of_two_lines(queue: Chrome, until_shown: Wait) -> None:
    queue.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    queue.refresh()
    until_shown("@c0")
    boxes = queue.execute_script(
        "return [...document.querySelectorAll('.queue-row')].map(row => {"
        " const { top, bottom } = row.getBoundingClientRect(); return [top, bottom]; })"
    )
    assert sum(bottom <= PHONE["height"] for _, bottom in boxes) >= CUSTOMERS_ON_A_PHONE
    lines = queue.execute_script(
        "return [...document.querySelectorAll('.queue-row:first-child .queue-line')]"
        ".map(line => line.getBoundingClientRect().height)"
    )
    assert len(lines) == 2
    assert max(lines) <= 24
    shown = rows(queue)[0].text
    assert "@c0" in shown
    assert "Where is my parcel 0?" in shown
    assert "waits" in shown
