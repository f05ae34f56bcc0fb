"""Staff who are refused by a wrong setting: it is told with the setting and the value to put in.

And whoever tries doors, by any name and from any address, rings nobody and fills no table.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from conversations.account import pause as account_pause
from conversations.models import Worker
from incidents.models import Contact
from instabot import evidence
from tests.incidents.conftest import Looks
from tests.incidents.test_looks import ends, names
from tests.support.clock import Clock
from tests.support.receiver import Receiver
from tests.support.shop import Shop
from webhooks import knocks
from webhooks.models import Knock

pytestmark = pytest.mark.django_db(transaction=True)

OURS, OTHER = "bot.example.com", "www.bot.example.com"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def _production(shop: Shop, anna: Contact, settings: Settings) -> None:
    """A shop of which nothing is wrong, and somebody who is told."""
    account_pause.look_after()
    Worker.objects.create(name="host:1", seen_at=timezone.now())
    settings.ALLOWED_HOSTS = [OURS]
    settings.CSRF_TRUSTED_ORIGINS = [f"https://{OURS}"]
    settings.PUBLIC_URL = f"https://{OURS}"
    knocks.forget()
    evidence.forget()


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("olga"))
    return client


def opens(client: Client, host: str) -> int:
    knocks.forget()
    evidence.forget()
    return client.get("/admin/", headers={"Host": host}, secure=True).status_code


def sends(host: str, origin: str, **given: Any) -> int:
    """Post a form as a browser does that stands at this address."""
    knocks.forget()
    browser = Client(enforce_csrf_checks=True, headers={"Host": host, "Origin": origin})
    browser.cookies.update(given.get("cookies", {}))
    return browser.post("/admin/login/", secure=True).status_code


def test_the_name_that_staff_open_is_not_allowed(
    receiver: Receiver, looks: Looks, settings: Settings, time_stands: Clock
) -> None:
    settings.ALLOWED_HOSTS = ["bot.exmaple.com"]
    assert opens(Client(), OURS) == 400
    said = names("host", receiver, looks)
    assert f"Pages cannot be opened: the name {OURS} is not allowed" in said
    assert f"Add {OURS} to ALLOWED_HOSTS and restart web and worker." in said
    time_stands(HOUR + MINUTE)
    Worker.objects.update(seen_at=timezone.now())
    ends("host", receiver, looks)


def test_whoever_has_logged_in_is_refused_by_another_name(
    staff: Client, receiver: Receiver, looks: Looks
) -> None:
    assert opens(staff, OTHER) == 400
    assert f"Add {OTHER} to ALLOWED_HOSTS" in names("host", receiver, looks)


@pytest.mark.parametrize("path", ["", "/admin/login/"])
def test_whoever_has_logged_in_is_refused_what_they_send(
    staff: Client, receiver: Receiver, looks: Looks, path: str
) -> None:
    assert sends(OURS, f"https://{OTHER}{path}", cookies=staff.cookies) == 403
    said = names("origin", receiver, looks)
    assert f"the address https://{OTHER} is not trusted" in said
    assert f"Add https://{OTHER} to CSRF_TRUSTED_ORIGINS" in said


def test_the_proxy_says_another_host_and_the_public_address_is_not_trusted(
    receiver: Receiver, looks: Looks, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = [OURS, "inner"]
    sends("inner", f"https://{OURS}")
    assert not Knock.objects.exists()  # without a form it is refused, but trusted
    settings.CSRF_TRUSTED_ORIGINS = ["https://bot.exmaple.com"]
    assert sends("inner", f"https://{OURS}") == 403
    assert f"Add https://{OURS} to CSRF_TRUSTED_ORIGINS" in names("origin", receiver, looks)


@pytest.mark.once
def test_strangers_ring_nobody_and_fill_no_table(looks: Looks, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://hooks.example.com"  # for Meta alone
    made_up = Client()
    made_up.cookies["sessionid"] = "x" * 32
    for host in ("evil.example", OTHER, "10.0.0.7", "hooks.example.com", "a" * 300, "<b>"):
        for client in (Client(), made_up):
            assert opens(client, host) == 400
    for origin in ("https://evil.example", f"http://{OURS}", "https://hooks.example.com", "null"):
        assert sends(OURS, origin) == 403
        assert sends(OURS, origin, cookies=made_up.cookies) == 403
    assert not Knock.objects.exists()
    assert [looks(), looks()] == [[], []]


@pytest.mark.once
def test_strangers_ring_nobody_by_the_name_that_is_for_meta_alone(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["hooks.example.com", "desk.example.com"]
    settings.PUBLIC_URL = "https://hooks.example.com"
    for desk in ("https://desk.example.com", "https://*.desk.example.com"):
        settings.CSRF_TRUSTED_ORIGINS = [desk]
        assert sends("desk.example.com", "https://hooks.example.com") == 403
    assert not Knock.objects.exists()


@pytest.mark.once
def test_strangers_ring_nobody_by_a_name_that_is_not_allowed_any_more(settings: Settings) -> None:
    settings.CSRF_TRUSTED_ORIGINS = [f"https://{OURS}", "https://old.example.com"]
    assert opens(Client(), "old.example.com") == 400
    assert not Knock.objects.exists()


@pytest.mark.once
def test_who_has_logged_out_is_a_stranger(staff: Client) -> None:
    cookies = staff.cookies.copy()
    staff.logout()
    staff.cookies.update(cookies)
    assert opens(staff, OTHER) == 400
    assert not Knock.objects.exists()


@pytest.mark.once
def test_made_up_sessions_are_looked_up_seldom() -> None:
    evidence.forget()
    client = Client()
    client.cookies["sessionid"] = "x" * 32
    with CaptureQueriesContext(connection) as caught:
        for _ in range(5):
            client.get("/admin/", headers={"Host": OTHER}, secure=True)
    assert len(caught) == 2, "one look: is there such a session, and why has it ended"


@pytest.mark.once
def test_names_that_staff_make_up_are_few_incidents(staff: Client, looks: Looks) -> None:
    for number in range(8):
        assert opens(staff, f"h{number}.example.com") == 400
    looks()
    assert looks() == ["host"] * 5
