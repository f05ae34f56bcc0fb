"""What axe-core finds where people work all day: nothing that matters, light and dark."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Protocol

import pytest
from django.core.servers.basehttp import WSGIRequestHandler
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import ActionChains, Chrome, Keys

from conversations.models import Conversation, Verdict
from sandbox.models import Customer
from sandbox.models import Message as SandboxMessage
from tests.browser import page
from tests.browser.conftest import Wait
from tests.browser.test_layout import list_pages, shop, staff  # noqa: F401 - fixtures
from tests.sandbox.conftest import sandbox, server  # noqa: F401 - fixtures
from tests.support import npm
from tests.support.talks import ask, make_conversation

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.slow, pytest.mark.once]

AXE = "axe-core@4.14.1"
SIZES = [(1440, 900), (390, 844)]
INBOX = "/admin/conversations/conversation/"
# Of colours alone a theme changes anything; some things a phone alone shows.
LOOKS = [("light", None, SIZES), ("dark", ["color-contrast"], SIZES)]
IN_THEME = """
    const [isDark] = arguments;
    if (matchMedia("(prefers-color-scheme: dark)").matches !== isDark) throw new Error("its theme");
    const still = new CSSStyleSheet();
    still.replaceSync("*, ::before, ::after { transition: none !important; }");
    document.adoptedStyleSheets = [still];
    document.documentElement.classList.toggle("dark", isDark);  // some do it at a load alone
"""
RUN = """
    const [rules, impacts, done] = arguments;
    const options = { resultTypes: ["violations"], ...rules && { runOnly: rules } };
    axe.run(document, options).then(({ violations }) => done(
      violations.filter(({ impact }) => impacts.includes(impact)).flatMap(
        ({ id, nodes }) => nodes.map(({ target, failureSummary }) =>
          `${id}: ${target.join(" ")} ${failureSummary.replace(/\\s+/g, " ").slice(0, 200)}`))),
      (error) => done([String(error)]));
"""


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The one file that looks at a page; the driver injects it, and the page's policy stays."""
    folder = npm.install(AXE, tmp_path_factory.mktemp("axe"))
    return (folder / "axe.min.js").read_text()


GRAVE = ("serious", "critical")
NOT_MINOR = ("moderate", *GRAVE)  # what is asked of pages that are all ours


class Examine(Protocol):
    def __call__(self, browser: Chrome, impacts: Sequence[str] = GRAVE) -> list[str]: ...


@pytest.fixture
def examine(browser: Chrome, axe: str) -> Iterator[Examine]:
    """Return what is so grave on a page, light at each size and dark, and what was blocked.

    The theme is the system's, which all pages follow unless told otherwise.
    """

    def show_in(theme: str) -> None:
        wanted = [{"name": "prefers-color-scheme", "value": theme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wanted})

    def found(browser: Chrome, impacts: Sequence[str] = GRAVE) -> list[str]:
        grave: list[str] = []
        browser.execute_script(axe)
        for theme, rules, sizes in LOOKS:
            show_in(theme)
            browser.execute_script(IN_THEME, theme == "dark")
            for width, height in sizes:
                size = {
                    "width": width,
                    "height": height,
                    "deviceScaleFactor": 1,
                    "mobile": width < 500,
                }
                browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
                browser.execute_async_script(
                    "requestAnimationFrame(() => setTimeout(arguments[0], 100))"
                )
                here = browser.execute_async_script(RUN, rules, impacts)
                grave += [f"{theme} {width}: {one}" for one in here]
        show_in("light")  # the next page opens so
        log: list[dict[str, Any]] = browser.get_log("browser")  # type: ignore[no-untyped-call]
        blocked = [one["message"] for one in log if "Content Security Policy" in one["message"]]
        return grave + blocked

    show_in("light")
    yield found
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.fixture
def all_sorts(shop: None) -> Conversation:  # noqa: F811 - the fixture
    """One customer in each state that a row or a head has a colour for; returns the busiest."""
    now = timezone.now()
    day, hour = timedelta(days=1), timedelta(hours=1)
    states: dict[str, dict[str, Any]] = {
        "waits": {"waiting_since": now - hour / 9},
        "waits long": {"waiting_since": now - 2 * hour, "last_inbound_at": now - 22 * hour},
        "waits too long": {"waiting_since": now - day, "last_inbound_at": now - 30 * hour},
        "put off": {"waiting_since": now - day, "put_off_until": now + hour},
        "paused": {"bot_paused_until": now + hour, "bot_paused_by": "anna"},
        "opted out": {"opted_out_at": now, "opted_out_message": 1},
        "elsewhere": {"other_app_at": now},
        "quiet": {},
    }
    for name, fields in states.items():
        talk = make_conversation(name, **{"last_inbound_at": now} | fields)
        ask(talk, verdict=Verdict.ANSWERED if name == "quiet" else Verdict.NO_ANSWER)
    busiest = Conversation.objects.get(username="maria")
    all_of_it = {key: value for fields in states.values() for key, value in fields.items()}
    Conversation.objects.filter(pk=busiest.pk).update(**all_of_it | {"put_off_until": None})
    return busiest


@pytest.mark.parametrize("which", ["waiting", "thread", "all", "ticked", "filters", "keys", "mine"])
def test_the_inbox_shuts_nobody_out(
    staff: Chrome,  # noqa: F811 - the fixture
    live_server: LiveServer, all_sorts: Conversation, examine: Examine, which: str,
) -> None:  # fmt: skip
    path = {"thread": f"{all_sorts.pk}/change/", "mine": "?tab=mine"}.get(which, "?tab=all")
    staff.get(f"{live_server.url}{INBOX}{path if which != 'waiting' else ''}")
    press = {"ticked": ".queue-tick", "filters": "#queue-show-filters", "keys": "[data-keys]"}
    if which in press:
        staff.execute_script("document.querySelector(arguments[0]).click()", press[which])
    assert examine(staff, NOT_MINOR) == []


def test_marked_words_shut_nobody_out(
    staff: Chrome,  # noqa: F811 - the fixture
    live_server: LiveServer, all_sorts: Conversation, examine: Examine,
) -> None:  # fmt: skip
    found = ask(all_sorts, "Is the blue kimono still there?")
    staff.get(f"{live_server.url}{INBOX}?q=kimono")
    assert staff.execute_script("return document.querySelectorAll('.queue-row mark').length") == 1
    assert examine(staff, NOT_MINOR) == []
    staff.execute_script("document.querySelector('.queue-open').click()")
    page.until(staff, lambda: page.count(staff, f"#message-{found.pk}"), "the hit is shown")
    assert examine(staff, NOT_MINOR) == []


@pytest.mark.parametrize("path", [INBOX, "/admin/", "/admin/rules/responserule/"])
def test_the_palette_shuts_nobody_out(
    staff: Chrome,  # noqa: F811 - the fixture
    live_server: LiveServer, all_sorts: Conversation, examine: Examine, path: str,
) -> None:  # fmt: skip
    staff.get(f"{live_server.url}{path}")
    page.until(
        staff, lambda: staff.execute_script("return document.readyState === 'complete'"), "loaded"
    )
    ActionChains(staff).key_down(Keys.CONTROL).send_keys("k").key_up(Keys.CONTROL).perform()
    shown = "return document.querySelectorAll('dialog.palette[open] [role=option]').length"
    page.until(staff, lambda: staff.execute_script(shown) > 3, "the palette has pages")
    assert examine(staff) == []
    page.press(staff, str(all_sorts.username))
    page.until(staff, lambda: staff.execute_script(shown) in (1, 2), "it is found")
    assert examine(staff) == []


@pytest.mark.usefixtures("transactional_db")
def test_the_description_of_the_api_shuts_nobody_out(
    browser: Chrome, live_server: LiveServer, until_shown: Wait, examine: Examine
) -> None:
    browser.get(f"{live_server.url}/api/docs/")
    until_shown("/api/v1/reports")
    browser.execute_script("document.querySelector('.opblock-summary-control').click()")
    until_shown("Parameters")
    assert page.count(browser, ".opblock-summary-control") > 9
    assert examine(browser) == []
    assert "/api/docs/#/" in browser.current_url, "an operation that is open has an address"


def other_pages() -> list[str]:
    """Every page of the admin but the inbox."""
    pages = dict.fromkeys(list_pages())
    return [path for path in pages if path.startswith("/admin/") and not path.startswith(INBOX)]


PARTS = 4  # of some minutes, so that no part of it comes near the time that a test has


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.usefixtures("all_sorts")
def test_no_other_page_shuts_anybody_out(
    staff: Chrome,  # noqa: F811 - the fixture
    live_server: LiveServer, examine: Examine, part: int,
) -> None:  # fmt: skip
    found = {}
    for path in other_pages()[part::PARTS]:
        staff.get(f"{live_server.url}{path}")
        if here := examine(staff):
            found[path] = here
    assert not found, "\n".join(f"{path} {one}" for path, here in found.items() for one in here)


@pytest.mark.usefixtures("transactional_db")
def test_the_login_shuts_nobody_out(
    browser: Chrome, live_server: LiveServer, examine: Examine
) -> None:
    browser.get(f"{live_server.url}/admin/login/")
    browser.execute_script("document.querySelector('#login-form').noValidate = true")
    browser.find_element("css selector", "#login-form button").click()
    assert examine(browser) == []


@pytest.fixture
def sandbox_page(
    server: str,  # noqa: F811 - the fixture
    browser: Chrome, until_shown: Wait, monkeypatch: pytest.MonkeyPatch,
) -> Chrome:  # fmt: skip
    # A browser keeps its connections, and each keeps a thread that the server's end waits for.
    monkeypatch.setattr(WSGIRequestHandler, "protocol_version", "HTTP/1.0")
    browser.get(f"{server}/sandbox/")
    until_shown("Where is my order?")
    customer = Customer.objects.order_by("pk")[0]
    for number, said in enumerate(("Do you ship?", "In 2 days.")):
        SandboxMessage.objects.create(
            mid=f"aWdf{number}", text=said, customer=customer, from_customer=not number
        )
    until_shown("In 2 days.")
    browser.execute_script("document.querySelector('.trouble').open = true")
    return browser


@pytest.mark.usefixtures("transactional_db")
def test_the_sandbox_shuts_nobody_out(sandbox_page: Chrome, examine: Examine) -> None:
    assert examine(sandbox_page, NOT_MINOR) == []
