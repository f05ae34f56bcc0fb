"""From an invitation to a log-in with a code, in a browser."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from people import policy, roles
from people.models import AppDevice, Invitation
from tests.browser.conftest import Wait
from tests.browser.page import click, until, until_true, value
from tests.people.phone import codes_on, scan
from workqueue.snapshot import Snapshot

pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.once,
    pytest.mark.usefixtures("transactional_db"),
]
PASSWORD = "blue-lamp-42-street"


def fill(browser: Chrome, **fields: str) -> None:
    for name, text in fields.items():
        until_true(browser, f"document.getElementsByName('{name}').length")
        field = browser.find_element(By.NAME, name)
        field.clear()
        field.send_keys(text)


def test_somebody_invited_sets_up_a_second_factor_and_logs_in_with_a_code(
    logged_in: Chrome, live_server: LiveServer, until_shown: Wait
) -> None:
    browser, url = logged_in, live_server.url
    roles.create(apps)
    browser.get(f"{url}/admin/people/invitation/add/")
    fill(browser, who="Max")
    click(browser, "[name=_save]")
    until_shown("It is shown only now.")
    link = value(browser, "#link")
    assert link
    policy.require_second_factor(required=True)
    Snapshot.forget_everything()
    browser.delete_all_cookies()

    browser.get(link)
    until_shown("invites you")
    assert "#" not in browser.current_url  # it is not left in the list of pages
    fill(browser, username="max", first_name="Max", last_name="Muster")
    fill(browser, password1=PASSWORD, password2=PASSWORD)
    click(browser, "button[type=submit]", "Create my log-in")
    until_shown("A second factor is required")
    click(browser, "button[type=submit]", "Set up now")
    until_shown("Scan this")
    drawn = browser.find_element(By.CSS_SELECTOR, "svg.access-qr")
    assert drawn.size["width"] > 150
    phone = scan(browser.page_source)
    fill(browser, code=phone.show())
    click(browser, "button[type=submit]", "Switch on")
    until_shown("Keep these recovery codes")
    assert len(codes_on(value(browser, "#recovery-codes") or "")) == 10
    click(browser, "a", "I have kept them")
    until_shown("Home")

    AppDevice.objects.update(last_t=-1)  # the code of now was not taken
    browser.delete_all_cookies()
    browser.get(f"{url}/admin/rules/responserule/")
    fill(browser, username="max", password=PASSWORD)
    click(browser, "button[type=submit]", "Log in")
    until_shown("Hello max")
    fill(browser, code=phone.show())
    click(browser, "button[type=submit]", "Log in")
    until(browser, lambda: browser.current_url == f"{url}/admin/rules/responserule/", "not there")
    assert User.objects.get(username="max").groups.get() == Group.objects.get(name="Support")
    assert Invitation.objects.get().used_by == "max"
