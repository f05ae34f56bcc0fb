"""Somebody chooses what to hear of customers, with the mouse, and tries the address."""

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from notices.models import Listener
from tests.browser import page
from tests.browser.conftest import Wait, log_in
from tests.support.receiver import Receiver

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.once]


def test_an_address_is_saved_tried_and_deleted(
    browser: Chrome, live_server: LiveServer, until_shown: Wait, settings: Settings
) -> None:
    settings.ALERT_HOSTS = ["127.0.0.1"]
    log_in(browser, live_server, User.objects.create_superuser("anna"))
    browser.get(f"{live_server.url}/admin/")
    page.until_ready(browser)
    page.click(browser, ".sidebar-user summary")
    page.click(browser, ".sidebar-choices a", "My notices")
    until_shown("Where messages go")
    with Receiver() as receiver:
        browser.find_element(By.NAME, "typed").send_keys(receiver.address)
        page.click(browser, "[name=waits]")
        # The foot with the button stays in sight, and may stand before it.
        whose = browser.find_element(By.CLASS_NAME, "notices-whose")
        browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", whose)
        page.click(browser, ".notices-whose label", "All that I may see")
        page.click(browser, ".settings-save", "Save")
        until_shown("No message has been sent there yet.")
        row = Listener.objects.get()
        assert (row.waits, row.whose, row.closing_hours) == (False, "all", 2)
        page.click(browser, ".notices-button", "Send a test message")
        until_shown("The last message was taken")
        assert receiver.titles == ["instabot: a test"]
    page.click(browser, ".setting-reset", "Tell me nothing")
    until_shown("Where messages go")
    assert not Listener.objects.exists()
