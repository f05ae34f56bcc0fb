"""The log-in in a browser, in each of its states, and one's own sessions."""

import pytest
from django.contrib.auth.models import User
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By

from tests.browser.conftest import Wait

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.slow, pytest.mark.once]

PASSWORD = "a-long-password"


def enter(browser: Chrome, password: str) -> None:
    browser.find_element(By.NAME, "username").clear()
    browser.find_element(By.NAME, "username").send_keys("anna")
    browser.find_element(By.NAME, "password").send_keys(password, Keys.ENTER)


@pytest.mark.django_db(transaction=True)
def test_wrong_passwords_lock_it_and_the_page_says_for_how_long(
    browser: Chrome, live_server: LiveServer, until_shown: Wait
) -> None:
    User.objects.create_superuser("anna", password=PASSWORD)
    browser.get(f"{live_server.url}/admin/login/?next=/admin/people/session/")
    assert browser.switch_to.active_element.get_attribute("name") == "username"
    for said in ("Wrong username or password.", "3 more tries", "2 more tries", "1 more try"):
        enter(browser, "wrong")
        until_shown(said)
    enter(browser, "wrong")
    until_shown("Too many wrong passwords. Log-in is locked for a minute.")
    browser.find_element(By.LINK_TEXT, "Back to log-in").click()
    until_shown("Username")
    assert browser.current_url.endswith("/admin/login/?next=/admin/people/session/")


@pytest.mark.django_db(transaction=True)
def test_whoever_logs_in_comes_where_they_wanted_and_sees_this_browser(
    browser: Chrome, live_server: LiveServer, until_shown: Wait
) -> None:
    User.objects.create_superuser("anna", password=PASSWORD)
    browser.get(f"{live_server.url}/admin/login/?next=/admin/people/session/")
    enter(browser, PASSWORD)
    until_shown("Where you are logged in")
    until_shown("on Linux")
    until_shown("127.0.0.1")
    browser.find_element(By.CSS_SELECTOR, ".sidebar-user summary").click()
    browser.find_element(By.LINK_TEXT, "My sessions")
