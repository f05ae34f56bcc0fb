"""A page that draws itself anew while a test looks: read it at once, click it patiently."""

from collections.abc import Callable
from typing import Any

from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    NoSuchElementException,
    StaleElementReferenceException,
)
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE = 30  # seconds until a page must have done what it was told, however slow the machine is
OFTEN = 0.1  # seconds between two looks
# What is looked at may be drawn anew, or have something over it for a moment.
PASSING = (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    NoSuchElementException,
    StaleElementReferenceException,
)
WIDE = {"width": 1440, "height": 900, "deviceScaleFactor": 1, "mobile": False}
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}


def until(browser: Chrome, is_so: Callable[[], Any], otherwise: str) -> Any:
    """Wait until something is so, and return what it says; fail with the words otherwise."""
    return WebDriverWait(browser, PATIENCE, OFTEN, PASSING).until(lambda _: is_so(), otherwise)


def until_true(browser: Chrome, script: str) -> None:
    """Wait until an expression of the page's own language is true."""
    until(browser, lambda: browser.execute_script(f"return {script}"), f"never: {script}")


def until_ready(browser: Chrome) -> None:
    """Wait until the page and its scripts have been loaded: before that, a click loads a page."""
    until_true(browser, "document.readyState === 'complete'")


def texts(browser: Chrome, selector: str) -> list[str]:
    """Return what can be read of each of these, all at the same moment."""
    script = (
        "return [...document.querySelectorAll(arguments[0])].map((one) => one.innerText.trim())"
    )
    return list(browser.execute_script(script, selector))


def text(browser: Chrome, selector: str) -> str:
    """Return what can be read of the first of these; nothing where there is none."""
    return next(iter(texts(browser, selector)), "")


def value(browser: Chrome, selector: str) -> str | None:
    """Return what is typed in the first of these; None where there is none."""
    found: str | None = browser.execute_script(
        "return document.querySelector(arguments[0])?.value ?? null", selector
    )
    return found


def count(browser: Chrome, selector: str) -> int:
    return len(browser.find_elements(By.CSS_SELECTOR, selector))


def click(browser: Chrome, selector: str, words: str = "", *, unseen: bool = False) -> None:
    """Click the first of these that is shown and has these words, as soon as there is one.

    unseen: also what is shown only where the pointer is.
    """

    def find() -> bool:
        for one in browser.find_elements(By.CSS_SELECTOR, selector):
            if (unseen or one.is_displayed()) and words in one.text:
                one.click()
                return True
        return False

    until(browser, find, f"{selector} {words!r} is not there to be clicked")


def press(browser: Chrome, *keys: str) -> None:
    ActionChains(browser).send_keys(*keys).perform()


def press_ctrl_enter(browser: Chrome) -> None:
    chain = ActionChains(browser).key_down(Keys.CONTROL).send_keys(Keys.ENTER)
    chain.key_up(Keys.CONTROL).perform()


def has_focus(browser: Chrome, selector: str) -> bool:
    script = "return Boolean(document.activeElement?.matches(arguments[0]))"
    return bool(browser.execute_script(script, selector))
