"""My notices: one's own address, what one wants to hear, and a message to try it."""

from collections.abc import Iterator
from datetime import time, timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from audit.models import Entry
from incidents import delivery
from incidents.admin.addressee import TRIAL
from notices import look
from notices.admin import NO_ADDRESS
from notices.models import Listener, PersonalNotice
from shop import tuning
from tests.notices.conftest import Hears, a_minute_passes, next_try, waits
from tests.support.clock import Clock
from tests.support.receiver import Mailbox, Receiver

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

PAGE = "/admin/notices/listener/"
SECRET = "hunter2222"
FORM = {
    "typed": f"jsons://93.184.216.34/{SECRET}", "waits": "on", "closing_hours": "3",
    "whose": "all", "quiet_from": "22:00", "quiet_until": "07:30",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _host(settings: Settings) -> None:
    settings.ALERT_HOSTS = ["93.184.216.34", "127.0.0.1"]


def test_what_one_wants_to_hear_is_kept_and_the_address_encrypted(staff: Client) -> None:
    assert "Where messages go" in staff.get(PAGE).text
    assert staff.post(PAGE, FORM).status_code == 302
    row = Listener.objects.get()
    assert (row.user.username, row.waits, row.mentions) == ("anna", True, False)
    assert (row.closing_hours, row.whose) == (3, "all")
    assert (row.quiet_from, row.quiet_until) == (time(22), time(7, 30))
    assert row.read_address() == FORM["typed"]
    assert SECRET not in row.address
    shown = staff.get(PAGE).text
    assert "JSON, 93.184.216.34" in shown
    assert SECRET not in shown
    assert 'value="22:00"' in shown
    assert staff.post(PAGE, FORM | {"typed": "", "closing_hours": "0"}).status_code == 302
    row.refresh_from_db()
    assert (row.closing_hours, row.read_address()) == (0, FORM["typed"])
    [entry] = Entry.objects.all()
    assert (entry.name, entry.says) == ("anna", "set the address of their own notices")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"typed": "exec://ls"}, "no address that can be used"),
        ({"typed": "json://10.0.0.1/x"}, "in a private network"),
        ({"typed": ""}, "required"),
        ({"closing_hours": "13"}, "from 0 to 12"),
        ({"closing_hours": "soon"}, "whole number"),
        ({"whose": "x"}, "Select a valid choice"),
        ({"quiet_until": ""}, "a beginning and an end"),
    ],
)
def test_bad_input_is_refused_and_loses_nothing(
    staff: Client, given: dict[str, str], said: str
) -> None:
    page = staff.post(PAGE, FORM | {"quiet_from": "21:45"} | given).text
    assert said in page
    assert 'value="21:45"' in page
    assert not Listener.objects.exists()


def test_the_test_says_what_happened(client: Client, lena: Listener, receiver: Receiver) -> None:
    client.force_login(lena.user)
    assert "taken the test message" in client.post(f"{PAGE}test/", follow=True).text
    assert receiver.messages[0]["title"] == TRIAL
    receiver.statuses.append(403)
    said = client.post(f"{PAGE}test/", follow=True).text
    assert "The test message did not get there" in said
    assert "The last message did not get there" in client.get(PAGE).text
    assert client.get(f"{PAGE}test/").status_code == 405


def test_without_an_address_there_is_nothing_to_test(staff: Client) -> None:
    assert NO_ADDRESS in staff.post(f"{PAGE}test/", follow=True).text


def test_whoever_stops_is_forgotten(client: Client, lena: Listener, receiver: Receiver) -> None:
    client.force_login(lena.user)
    waits()
    look.look()
    assert "the address is deleted" in client.post(f"{PAGE}stop/", follow=True).text
    assert not Listener.objects.exists()
    assert not PersonalNotice.objects.exists()
    assert delivery.deliver(Listener) == 0
    assert Entry.objects.get().says == "took the address of their own notices away"


def test_everybody_sees_their_own_alone(client: Client, hears: Hears, receiver: Receiver) -> None:
    lena, tina = hears("lena", whose="all"), hears("tina", waits=False)
    waits("maria")
    a_minute_passes()
    client.force_login(lena.user)
    assert "@maria" in client.get(PAGE).text
    client.force_login(tina.user)
    assert "@maria" not in client.get(PAGE).text
    client.post(PAGE, FORM | {"typed": "", "whose": "mine"})
    client.post(f"{PAGE}stop/")
    assert [(row.user.username, row.whose) for row in Listener.objects.all()] == [("lena", "all")]


def test_a_corrected_address_has_what_waits_sent_at_once(
    client: Client, lena: Listener, receiver: Receiver, time_stands: Clock
) -> None:
    receiver.statuses.extend([500] * 4)
    waits()
    a_minute_passes()
    for _ in range(3):
        next_try(time_stands)
    time_stands(timedelta(seconds=1))
    assert delivery.deliver(Listener) == 0
    assert len(receiver.titles) == 4
    client.force_login(lena.user)
    client.post(PAGE, FORM | {"typed": receiver.address, "quiet_from": "", "quiet_until": ""})
    time_stands(timedelta(seconds=1))
    assert delivery.deliver(Listener) == 1


def test_the_page_says_what_the_limit_is(staff: Client) -> None:
    assert "Longer than 30 minutes" in staff.get(PAGE).text
    tuning.put("waiting_limit_minutes", "0")
    assert "no limit at present" in staff.get(PAGE).text


def test_one_s_own_name_leads_there_where_there_is_something_to_hear(staff: Client) -> None:
    engineer = User.objects.create_user("engineer", is_staff=True, password="x")
    for page in ("/admin/", "/admin/auth/user/"):
        shown = staff.get(page).text
        assert f'href="{PAGE}"' in shown, page
        assert ("Change password" in shown) == User.objects.get(
            username="anna"
        ).has_usable_password()
    client = Client()
    client.force_login(engineer)
    shown = client.get("/admin/").text
    assert f'href="{PAGE}"' not in shown
    assert "Change password" in shown
    assert client.get(PAGE).status_code == 403
    assert PAGE not in Client().get("/admin/login/").text


def test_addresses_follow_a_key_that_is_changed(lena: Listener, settings: Settings) -> None:
    address, out = lena.read_address(), StringIO()
    settings.TOKEN_KEYS = ["n" * 32]
    call_command("encrypt_tokens", stdout=out)
    assert "Encrypted with the first key: 1." in out.getvalue()
    settings.SECRET_KEY = "another one, so that the new key alone is left"
    lena.refresh_from_db()
    assert lena.read_address() == address


def test_saving_leaves_alone_what_the_delivery_writes(
    client: Client, lena: Listener, receiver: Receiver
) -> None:
    waits()
    look.look()
    lease: Any = Listener.objects.claim(lena.pk, timezone.now())
    client.force_login(lena.user)
    client.post(PAGE, FORM | {"typed": ""})
    row = Listener.objects.get()
    assert row.leased_until == lease.until
    assert row.tries == 1


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[Mailbox]:
    with Mailbox() as box:
        settings.MAIL_URL = box.server
        yield box


BY_MAIL = {name: value for name, value in FORM.items() if name != "typed"} | {"by_mail": "on"}


def test_one_ticks_their_own_e_mail_and_nothing_else(staff: Client, mailbox: Mailbox) -> None:
    User.objects.filter(username="anna").update(email="anna@shop.example")
    assert "E-mail to me at anna@shop.example" in staff.get(PAGE).text
    for _ in range(2):
        assert staff.post(PAGE, BY_MAIL).status_code == 302
        assert Listener.objects.get().read_address() == "anna@shop.example"
    assert Entry.objects.count() == 1, "what was so already is not set again"
    shown = staff.post(f"{PAGE}test/", follow=True)
    assert "taken the test message" in shown.text
    assert shown.context["form"]["by_mail"].value()
    [mail] = mailbox.mails
    assert mail["To"] == "anna@shop.example"
    assert str(mailbox.port) not in shown.text


def test_the_tick_and_an_address_say_one_thing(staff: Client, mailbox: Mailbox) -> None:
    User.objects.filter(username="anna").update(email="anna@shop.example")
    neither = {name: value for name, value in BY_MAIL.items() if name != "by_mail"}
    assert "Where do messages go?" in staff.post(PAGE, neither).text
    assert "not both" in staff.post(PAGE, BY_MAIL | FORM).text
    assert not Listener.objects.exists()
    staff.post(PAGE, BY_MAIL)
    assert "Where do messages go?" in staff.post(PAGE, neither).text
    assert staff.post(PAGE, FORM).status_code == 302
    assert Listener.objects.get().read_address() == FORM["typed"]
    assert staff.post(PAGE, neither).status_code == 302  # and it is kept
    assert Listener.objects.get().read_address() == FORM["typed"]


def test_without_a_mail_server_or_an_e_mail_nothing_is_to_be_ticked(
    staff: Client, mailbox: Mailbox, settings: Settings
) -> None:
    assert "by_mail" not in staff.get(PAGE).text  # nobody has said what theirs is
    assert "For example anna@example.com" in staff.get(PAGE).text
    assert staff.post(PAGE, FORM | {"typed": "anna@home.example"}).status_code == 302
    assert "E-mail to anna@home.example" in staff.get(PAGE).text
    settings.MAIL_URL = ""
    User.objects.filter(username="anna").update(email="anna@shop.example")
    shown = staff.get(PAGE).text
    assert "by_mail" not in shown
    assert "instabot has no mail server of its own" in shown
    assert "mailtos://user:password@" in shown
