"""The frame is one: our own pages and Unfold's have the same menu, head and ground."""

from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome

from tests.browser.page import PHONE, WIDE, until_ready

pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.slow,
    pytest.mark.once,
    pytest.mark.usefixtures("transactional_db"),
]

SMALL = {"width": 1024, "height": 768, "deviceScaleFactor": 1, "mobile": False}
OURS, UNFOLDS = "/admin/conversations/dayfigures/", "/admin/conversations/label/"
INBOX = "/admin/conversations/conversation/"
LOOK = """
    const [isDark] = arguments;
    document.documentElement.classList.toggle("dark", isDark);
    const look = (selector, ...names) => {
      const one = document.querySelector(selector);
      const { x, width, height } = one.getBoundingClientRect();
      const style = getComputedStyle(one);
      return [x, width, height, ...names.map((name) => style[name])];
    };
    const menu = look(".sidebar", "backgroundColor", "borderRightColor", "position");
    const words = look(".sidebar .menu-words", "visibility", "fontSize", "fontWeight", "color");
    const head = document.querySelector(".page-head");
    if (!head) return [menu, words];  // the inbox has one above each column
    const [x, _, height, ...title] = look(".page-head h1", "fontSize", "fontWeight", "color");
    const line = look(".page-head", "borderBottomColor");
    const ground = getComputedStyle(document.body).backgroundColor;
    return [menu, words, line, look(".page-menu", "display"), [x, height, title], ground];
"""


def looks(browser: Chrome, address: str) -> list[Any]:
    """Return what a page's frame looks like at each size, light and dark."""
    browser.get(address)
    until_ready(browser)
    found = []
    for size in (WIDE, SMALL, PHONE):
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        browser.execute_async_script("setTimeout(arguments[0], 150)")  # the menu's width glides
        found += [browser.execute_script(LOOK, is_dark) for is_dark in (False, True)]
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    return found


def test_every_page_has_the_same_frame(logged_in: Chrome, live_server: LiveServer) -> None:
    ours = looks(logged_in, f"{live_server.url}{OURS}")
    assert looks(logged_in, f"{live_server.url}{UNFOLDS}") == ours
    assert looks(logged_in, f"{live_server.url}{INBOX}") == [look[:2] for look in ours]
    assert [look[0][1] for look in ours[::2]] == [240, 64, 0], "words, symbols, and a drawer"
