"""A real browser for the tests beside this file: it must be there in CI, elsewhere it may not."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.core.signals import request_finished, request_started
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By

from people.sessions.store import SessionStore
from tests.browser.page import PATIENCE, until

BROWSER, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
MOMENT = 0.4  # seconds within which a page that was left sends what it has to send
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
)


class _Requests:
    """What the live server is answering now."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.running = 0
        request_started.connect(self.begin)
        request_finished.connect(self.end)

    def begin(self, **_: object) -> None:
        with self.changed:
            self.running += 1
            self.changed.notify_all()

    def end(self, **_: object) -> None:
        with self.changed:
            self.running = max(self.running - 1, 0)
            self.changed.notify_all()

    def wait_until_done(self) -> None:
        """Wait until nothing is answered, and nothing new comes for a moment."""
        ends = time.monotonic() + PATIENCE
        with self.changed:
            while time.monotonic() < ends:
                if not self.changed.wait(MOMENT) and not self.running:
                    return


_requests = _Requests()


@pytest.fixture(scope="session")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """One browser for all tests of a process; `browser` makes it new for each."""
    driver = _start(tmp_path_factory.mktemp("chromium"))
    yield driver
    driver.quit()


@pytest.fixture
def second(tmp_path: Path, browser: Chrome) -> Iterator[Chrome]:
    """The browser of somebody else, who shares nothing with the first one."""
    driver = _start(tmp_path / "chromium")
    yield driver
    driver.quit()  # before the first one: its end waits until nothing is asked any more


def _start(profile: Path) -> Chrome:
    missing = [str(path) for path in (BROWSER, DRIVER) if not path.exists()]
    if missing:
        reason = f"Browser tests need {' and '.join(missing)}."
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    options = ChromeOptions()
    options.binary_location = str(BROWSER)
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    driver = Chrome(options=options, service=ChromeService(str(DRIVER)))
    driver.set_page_load_timeout(2 * PATIENCE)
    driver.set_script_timeout(2 * PATIENCE)
    return driver


@pytest.fixture
def browser(chrome: Chrome, settings: Settings, live_server: LiveServer) -> Iterator[Chrome]:
    """A browser that knows nobody, while the live server runs without TLS."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    forget(chrome, live_server)
    yield chrome
    # Nothing may still be loading when the server's database is emptied: not what a page sends when
    # it is left, either.
    chrome.get("about:blank")
    _requests.wait_until_done()


def forget(browser: Chrome, server: LiveServer) -> None:
    """Take from a browser all that it keeps of the server, also what a page wrote while left."""
    of = {"origin": server.url, "storageTypes": "all"}
    browser.execute_cdp_cmd("Storage.clearDataForOrigin", of)


Wait = Callable[[str], None]


@pytest.fixture
def until_shown(browser: Chrome) -> Wait:
    """Wait until the page's text has these words."""

    def wait(words: str) -> None:
        # The page may be replaced while it is looked at.
        until(
            browser,
            lambda: words in browser.find_element(By.TAG_NAME, "body").text,
            f"{words!r} did not appear",
        )

    return wait


@pytest.fixture
def logged_in(browser: Chrome, live_server: LiveServer) -> Chrome:
    """The browser of a staff member who has logged in. No page is open."""
    log_in(browser, live_server, User.objects.create_superuser("anna", password="a-long-password"))
    return browser


def log_in(browser: Chrome, live_server: LiveServer, user: User) -> None:
    """Give the browser a session, in the time in which nobody could type a password."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "people.login.passwords.Backend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    browser.get(f"{live_server.url}/health")  # a cookie belongs to the site that is open
    browser.add_cookie({"name": "sessionid", "value": str(session.session_key), "path": "/"})
