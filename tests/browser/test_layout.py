"""Every page of the admin, at every usual width: nothing covers anything, no script fails."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.urls import NoReverseMatch, URLPattern, reverse
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome

from api.models import Token
from conversations.models import (
    Account,
    AutomaticText,
    Conversation,
    Draft,
    Label,
    Mention,
    Message,
    Note,
    Origin,
    SavedReply,
    State,
    Verdict,
)
from incidents.models import Contact, Incident
from rules.models import DismissedGroup, ResponseRule
from tests.browser.conftest import log_in
from webhooks.models import WebhookEvent

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.slow, pytest.mark.once]

WIDTHS = (390, 768, 1024, 1280, 1440, 1920)
HEIGHT = 900
LOG_IN = "/admin/login/"
OVERLAPS = Path(__file__).with_name("overlaps.js").read_text()
COVERED = Path(__file__).with_name("covered.js").read_text()
COVERED_AT = (390, 1440)  # widths: bars over a page are of one kind below 1024, of another above


@pytest.fixture
def shop(transactional_db: None) -> None:
    """One of everything."""
    rule = ResponseRule.objects.create(
        name="Delivery", keywords="delivery\nshipping", never="wholesale", reply="In 2 days.",
        other_replies="Two days.", quick_replies="Sizes", for_comments=True, public_reply="See DM",
        label="delivery", once_in_hours=3, referral="spring",
    )  # fmt: skip
    rule.cards.create(title="Coat", subtitle="Wool")
    now = timezone.now()
    talk = Conversation.objects.create(
        account=Account.objects.ours(), customer_id="17890001234", username="maria",
        name="Maria Gonzalez", last_inbound_at=now, needs_person=True, waiting_since=now,
    )  # fmt: skip
    talk.labels.add(Label.objects.named("returns"))
    for verdict in (Verdict.NO_ANSWER, Verdict.TOO_OLD, Verdict.ANSWERED):
        asked = Message.objects.create(
            conversation=talk, origin=Origin.CUSTOMER, text="delivery? " * 9, verdict=verdict,
            reason="No rule matched.", decided_at=now,
        )  # fmt: skip
    for state in (State.SENT, State.FAILED, State.QUEUED):
        Message.objects.create(
            conversation=talk, origin=Origin.STAFF, text="In 2 days.", state=state, staff="anna",
            error="More than 24 hours have passed.", in_reply_to=asked,
        )  # fmt: skip
    anna = User.objects.create_superuser("anna")
    note = Note.objects.create(conversation=talk, writer=anna, by="anna", text="Look, @anna")
    Mention.objects.create(note=note, user=anna)
    Draft.objects.create(conversation=talk, user=anna, kind=Draft.Kind.REPLY, text="In " * 600)
    SavedReply.objects.create(title="Delivery", text="Hello {first_name|there}, in 2 days.")
    AutomaticText.objects.create(text="We got your message.", marked_by="anna")
    DismissedGroup.objects.create(phrase="klarna", messages=3, newest=1, by="anna")
    Group.objects.create(name="Team")
    Contact.objects.create(who="Anna", address="x", error="No answer within 20 seconds.")
    Incident.objects.create(
        kind="worker", title="No worker is running", says="None for 9 min.", next_step="Start it.",
        since=now, opened_at=now,
    )  # fmt: skip
    Token.objects.create(user=anna, name="shop backend")
    WebhookEvent.objects.create(body=b"{}", state="failed", reason="It made no sense.")


@pytest.fixture
def staff(browser: Chrome, live_server: LiveServer, shop: None) -> Chrome:
    log_in(browser, live_server, User.objects.get(username="anna"))
    return browser


PAGES = (
    "changelist",
    "add",
    "try_it",
    "import",
    "export",
    "deleted",
    "switch",
    "hold",
    "requirement",
)


def list_pages() -> Iterator[str]:
    yield reverse("admin:index")
    yield reverse("doctor")
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        first = model._default_manager.order_by("pk").values_list("pk", flat=True).first()
        yield from path_of("admin:app_list", model._meta.app_label)
        for page in PAGES:
            yield from path_of(f"{name}_{page}")
        for page in (
            "change",
            "history",
            "delete",
            "password_change",
            "access",
            "take_away",
            "erase",
        ):
            yield from path_of(f"{name}_{page}", *([first] if first is not None else []))
    yield reverse("admin:password_change")
    yield reverse("second_factor")
    yield reverse("second_factor_set_up")
    yield "/api/docs/"


def path_of(name: str, *args: object) -> Iterator[str]:
    """Return the path of a page, where the model has such a page."""
    with suppress(NoReverseMatch):
        yield reverse(name, args=args)


def test_no_page_is_left_out() -> None:
    """But for what only answers a script, takes a form, or leads elsewhere."""
    left_out = (
        "_live",
        "_live_rows",
        "_bulk",
        "_process_import",
        "_import_columns",
        "_dismiss",
        "_opt_out",
        "_account_login",
        "_account_back",
        "_entry_file",
        "_listener_test",
        "_listener_stop",
    )
    named = {
        str(page.name)
        for model in admin.site._registry.values()
        for page in model.urls if isinstance(page, URLPattern) and page.name
        and "<" not in str(page.pattern)
    }  # fmt: skip
    assert {name for name in named if not name.endswith((*left_out, *PAGES))} == set()


def complaints(
    page: Chrome, widths: Sequence[int] = WIDTHS, covered_at: Sequence[int] = COVERED_AT
) -> Iterator[str]:
    for line in page.get_log("browser"):  # type: ignore[no-untyped-call] # Selenium's
        wanted = "/favicon.ico" in line["message"] or "403 (Forbidden)" in line["message"]
        if line["level"] == "SEVERE" and not wanted:
            yield line["message"]
    for width in widths:
        size = {"width": width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": width < 500}
        page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        page.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0], 50))")
        yield from (f"{width}: {found}" for found in page.execute_script(OVERLAPS))
        if width in covered_at:
            yield from (f"{width}: {found}" for found in page.execute_script(COVERED))
        wide = page.execute_script("return document.documentElement.scrollWidth")
        if wide > width + 1:
            yield f"{width}: the page is {wide} wide"


def test_nothing_covers_anything_and_no_script_fails(
    staff: Chrome, live_server: LiveServer
) -> None:
    staff.get_log("browser")  # type: ignore[no-untyped-call] # what others left; Selenium's
    found = {}
    pages = [*dict.fromkeys(list_pages()), LOG_IN]
    for path in pages:
        if path == LOG_IN:
            staff.delete_all_cookies()
        staff.get(f"{live_server.url}{path}")
        if here := list(dict.fromkeys(complaints(staff))):
            found[path] = here
    staff.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert not found, "\n".join(f"{path} {one}" for path, here in found.items() for one in here)
