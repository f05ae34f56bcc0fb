"""Finding what was said, and going anywhere, by keys alone."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.conftest import Wait
from tests.browser.page import PATIENCE
from tests.rules.records import simple
from tests.support.talks import LIST, ask, make_conversation, say

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.once]


def press(browser: Chrome, *keys: str) -> None:
    ActionChains(browser).send_keys(*keys).perform()


def ctrl_k(browser: Chrome) -> None:
    ActionChains(browser).key_down(Keys.CONTROL).send_keys("k").key_up(Keys.CONTROL).perform()


def until(browser: Chrome, script: str) -> None:
    WebDriverWait(browser, PATIENCE).until(lambda _: browser.execute_script(f"return {script}"))


def test_an_old_message_is_found_with_one_load(
    transactional_db: None, logged_in: Chrome, live_server: LiveServer, until_shown: Wait
) -> None:
    talk = make_conversation("mia", last_inbound_at=timezone.now())
    old = ask(talk, "I want the <b>blue</b> kimono", at=timezone.now() - timedelta(days=40))
    for number in range(120):
        say(talk, f"hello {number}")
    logged_in.get(f"{live_server.url}{LIST}")
    until_shown("No one is waiting")
    press(logged_in, "/", "kimo", Keys.ENTER)
    until(logged_in, "document.querySelector('.queue-row mark')?.textContent === 'kimono'")
    logged_in.execute_script("window.same = true")
    logged_in.find_element(By.CSS_SELECTOR, ".queue-open").click()
    place = f"document.getElementById('message-{old.pk}')?.getBoundingClientRect()"
    in_view = (
        f"(() => {{ const one = {place};"
        " return one && one.top >= 0 && one.bottom <= innerHeight && window.same; })()"
    )
    until(logged_in, in_view)
    assert "<b>blue</b>" in logged_in.find_element(By.ID, f"message-{old.pk}").text


@pytest.mark.parametrize("page", [LIST, "/admin/rules/responserule/", "/admin/"])
def test_ctrl_k_goes_to_a_customer_from_every_page(
    transactional_db: None, logged_in: Chrome, live_server: LiveServer, page: str
) -> None:
    talk = make_conversation("carlos")
    simple("Ask Carlos")
    logged_in.get(f"{live_server.url}{page}")
    until(logged_in, "document.readyState === 'complete'")
    ctrl_k(logged_in)
    until(logged_in, "document.querySelector('dialog.palette')?.open")
    press(logged_in, "carlos")
    chosen = "document.querySelector('.palette [aria-selected=true]')?.textContent"
    until(logged_in, f"{chosen}?.includes('@carlos')")
    press(logged_in, Keys.ARROW_DOWN)
    until(logged_in, f"{chosen}.includes('Ask Carlos')")
    press(logged_in, Keys.ARROW_UP, Keys.ENTER)
    until(logged_in, f"location.pathname === '{LIST}{talk.pk}/change/'")


def test_the_palette_closes_and_leaves_the_page_as_it_was(
    transactional_db: None, logged_in: Chrome, live_server: LiveServer
) -> None:
    logged_in.get(f"{live_server.url}{LIST}")
    ctrl_k(logged_in)
    until(logged_in, "document.querySelectorAll('.palette [role=option]').length > 3")
    press(logged_in, Keys.ESCAPE)
    until(logged_in, "!document.querySelector('dialog.palette').open")
    ctrl_k(logged_in)
    until(logged_in, "document.querySelector('dialog.palette').open")
