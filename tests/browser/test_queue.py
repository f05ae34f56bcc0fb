"""Staff go through those who wait, by keys and by hand, on a wide screen and on a phone."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By

from conversations import waiting
from conversations.models import Conversation, Label
from tests.browser import page
from tests.browser.conftest import Wait
from tests.browser.page import PHONE, WIDE, press, until
from tests.support.talks import LIST, make_waiting

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.once]

CUSTOMERS_ON_A_PHONE = 8


@pytest.fixture
def queue(
    transactional_db: None, logged_in: Chrome, live_server: LiveServer, until_shown: Wait
) -> Iterator[Chrome]:
    """The list, where twelve wait: c0 for the longest time."""
    for talk in make_waiting(12, "Where is my parcel {number}? " * 9, name="Mateusz Kowalski"):
        talk.labels.add(Label.objects.named("returns"))
    logged_in.get(f"{live_server.url}{LIST}")
    until_shown("@c0")
    yield logged_in
    logged_in.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def rows(browser: Chrome) -> list[str]:
    return page.texts(browser, ".queue-row")


def tick(browser: Chrome, number: int) -> None:
    page.click(browser, f".queue-row:nth-child({number + 1}) .queue-tick", unseen=True)


def until_first(browser: Chrome, name: str) -> None:
    """Wait until this customer stands at the top of the list."""
    until(browser, lambda: name in rows(browser)[0], f"{name} does not come first")


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
    until(queue, lambda: "@c3" in page.text(queue, "[data-part=head]"), "@c3 is open")
    assert "/change/" in queue.current_url


@pytest.mark.parametrize(
    ("down", "done"),
    ["оу", "ξε", "تث"],  # noqa: RUF001 - letters of other alphabets
    ids=["Ukrainian", "Greek", "Arabic"],
)
def test_keys_are_found_by_their_place_where_letters_are_no_latin_ones(
    queue: Chrome, until_shown: Wait, down: str, done: str
) -> None:
    for key, code in ((down, "KeyJ"), (done, "KeyE")):
        event = {"type": "keyDown", "key": key, "code": code}
        queue.execute_cdp_cmd("Input.dispatchKeyEvent", event)
    until_shown("1 conversation marked as done.")
    assert still_waiting()[0] == "c1"


def test_keys_are_shown_and_do_nothing_while_one_types(queue: Chrome, until_shown: Wait) -> None:
    press(queue, "j", "?")
    until_shown("Show these keys")
    press(queue, "e", Keys.ESCAPE)
    press(queue, "/")
    press(queue, "parcel 7 e?")
    assert len(still_waiting()) == 12
    press(queue, Keys.BACKSPACE * 3, Keys.ENTER)
    until_shown("“parcel 7”")
    until(queue, lambda: len(rows(queue)) == 1, "it is the only one")
    assert "tab=all" in queue.current_url


def test_a_tab_shows_a_number_only_where_there_is_one(queue: Chrome) -> None:
    def mine() -> str:
        return "".join(page.text(queue, ".queue-tab[data-tab=mine]").split())

    assert mine() == "Mine"
    (anna,) = User.objects.all()
    for talk in Conversation.objects.all()[:3]:
        waiting.assign(talk.pk, anna.pk, None)
    until(queue, lambda: mine() == "Mine3", "three are hers")
    for talk in Conversation.objects.all():
        waiting.assign(talk.pk, None, None, anyway=True)
    until(queue, lambda: mine() == "Mine", "none is hers")


def test_a_click_anywhere_in_a_row_opens_it_but_not_on_its_box(queue: Chrome) -> None:
    tick(queue, 0)
    assert "/change/" not in queue.current_url

    def click_beside_the_name() -> bool:
        row = queue.find_elements(By.CSS_SELECTOR, ".queue-row")[4]
        across = row.size["width"] // 2 - 200
        ActionChains(queue).move_to_element_with_offset(row, across, 12).click().perform()
        return True

    until(queue, click_beside_the_name, "the row was not clicked")
    until(queue, lambda: "@c4" in page.text(queue, "[data-part=head]"), "@c4 is open")
    assert "/change/" in queue.current_url


def test_those_who_are_ticked_are_done_in_one_go(queue: Chrome, until_shown: Wait) -> None:
    done = "button[value=done]"
    assert not queue.find_element(By.CSS_SELECTOR, done).is_displayed()
    page.click(queue, ".queue-all")
    tick(queue, 11)
    page.click(queue, done)
    until_shown("11 conversations marked as done.")
    assert still_waiting() == ["c11"]


def test_a_label_is_typed_and_a_filter_applies_itself(queue: Chrome, until_shown: Wait) -> None:
    tick(queue, 3)
    page.click(queue, ".queue-acts summary", "Label")
    press(queue, Keys.TAB, "refund", Keys.ENTER)
    until_shown("1 conversation labelled “refund”.")
    page.click(queue, ".queue-show")
    page.click(queue, "[name=labels__id__exact] option", "refund")
    until_shown("Label: refund")
    assert ["@c3" in row for row in rows(queue)] == [True]
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
    shown = rows(queue)[0]
    assert "@c0" in shown
    assert "Where is my parcel 0?" in shown
    assert "waits" in shown


# Of each row, what a person can see: inside its row, not cut away, not folded.
SEEN = """
    return [...document.querySelectorAll(".queue-row")].map((row) => {
      const all = row.getBoundingClientRect();
      const isSeen = (one) => {
        const { left, right, top, bottom } = one.getBoundingClientRect();
        const [x, y] = [(left + right) / 2, (top + bottom) / 2];
        return one.checkVisibility({ checkOpacity: true }) && right - left > 4
          && all.left <= left && right <= all.right
          && row.contains(document.elementFromPoint(x, y));
      };
      const parts = ".queue-open, .chip, .queue-owner-short, .queue-words";
      return [...row.querySelectorAll(parts)].filter(isSeen).map((one) => one.innerText.trim());
    })
"""


def test_a_row_shows_the_wait_the_window_the_assignee_and_the_labels(
    queue: Chrome, until_shown: Wait
) -> None:
    hours_ago = {"c0": 1, "c1": 22.5, "c2": 30}  # that the customer wrote
    for name, hours in hours_ago.items():
        since = timezone.now() - timedelta(hours=hours, minutes=5)
        talk = Conversation.objects.filter(username=name)
        talk.update(last_inbound_at=since, assignee=User.objects.get())
    for size in (PHONE, *({**WIDE, "width": width} for width in (1280, 1440, 1920))):
        queue.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        queue.get(queue.current_url)
        until_shown("@c0")
        three = queue.execute_script(SEEN)[:3]
        for number, window in enumerate(("22 h left", "closes in", "closed")):
            for part in (f"@c{number}", "waits 1 h", window, "A", "returns"):
                seen = any(one.startswith(part) for one in three[number])
                assert seen, (size["width"], part, three[number])
