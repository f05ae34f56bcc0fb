"""The browser of a test knows nothing of the tests before it."""

import pytest
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome

from tests.browser.conftest import forget

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.once]


def test_a_browser_forgets_who_was_logged_in_and_what_was_typed(
    logged_in: Chrome, live_server: LiveServer
) -> None:
    logged_in.get(f"{live_server.url}/health")
    logged_in.execute_script("localStorage.setItem('instabot-draft-1-2-reply', '{}')")
    assert logged_in.get_cookie("sessionid") is not None
    logged_in.get("about:blank")  # where the next test begins, and what Selenium asks has no origin
    forget(logged_in, live_server)
    logged_in.get(f"{live_server.url}/health")
    assert logged_in.execute_script("return localStorage.length") == 0
    assert logged_in.get_cookie("sessionid") is None
