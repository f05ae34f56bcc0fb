"""The page of incidents, the bar above every page, and the contacts with their test."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from backoffice.reach import within
from conversations.account import access, identity
from conversations.models import Account
from incidents.admin import bars
from incidents.admin.addressee import TRIAL
from incidents.models import Contact, Incident, Watch
from incidents.troubles import Level
from people import roles
from tests.support.receiver import Receiver
from tests.support.talks import LIST, queries

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PAGE, CONTACTS = "/admin/incidents/incident/", "/admin/incidents/contact/"
HOUR = timedelta(hours=1)


def happens(**changes: Any) -> Incident:
    since = timezone.now() - HOUR
    given = {
        "kind": "worker", "title": "No worker is running", "says": "None for 60 min.",
        "next_step": "Start it.", "since": since, "opened_at": since,
    }  # fmt: skip
    bars.forget()
    row: Incident = Incident.objects.create(**{**given, **changes})
    return row


def as_role(role: str) -> Client:
    roles.create(apps)
    client = Client()
    user, _ = User.objects.get_or_create(username=role, is_staff=True)
    user.groups.set(Group.objects.filter(name=role))
    client.force_login(user)
    return client


def test_open_incidents_stand_first_with_since_when_why_and_what_to_do(staff: Client) -> None:
    Watch.objects.create(pk=1, looked_at=timezone.now())
    assert "Nothing is wrong." in staff.get(PAGE).text
    happens(kind="disk", title="The old trouble", ended_at=timezone.now())
    happens(kind="queue", title="It can wait", level=Level.SOON, link="/admin/doctor/")
    happens()
    happens(kind="x", title="Seen once", opened_at=None)
    page = staff.get(PAGE).text
    page = page[page.index("incidents-open") :]  # below the bar
    places = [page.index(words) for words in ("No worker is running", "It can wait", "The old")]
    assert places == sorted(places)
    for words in ("None for 60 min.", "Start it.", "(1 h)", 'href="/admin/doctor/"', "Urgent"):
        assert words in page
    assert "Seen once" not in page


@pytest.mark.parametrize("minutes", [None, 6])
def test_the_page_says_that_nobody_looks(staff: Client, minutes: int | None) -> None:
    looked_at = timezone.now() - timedelta(minutes=minutes) if minutes else None
    Watch.objects.create(pk=1, looked_at=looked_at)
    page = staff.get(PAGE).text
    assert "Nobody has looked" in page
    assert "Nothing is wrong." not in page


def test_the_bar_is_on_every_page_until_somebody_knows(staff: Client) -> None:
    row = happens()
    for page in ("/admin/", PAGE, LIST, CONTACTS, "/admin/auth/user/"):
        shown = staff.get(page).text
        assert "<strong>No worker is running</strong> since" in shown, page
        assert "None for 60 min. Start it." in shown, page
    said = staff.post(f"{PAGE}{row.pk}/know/", follow=True).text
    assert "anna knows, since" in said
    assert 'class="bar"' not in said
    row.refresh_from_db()
    assert row.known_by == "anna"
    assert "somebody has said so before" in staff.post(f"{PAGE}{row.pk}/know/", follow=True).text


def test_several_incidents_are_one_bar_with_the_worst(staff: Client) -> None:
    happens(kind="queue", title="It can wait", level=Level.SOON)
    happens()
    shown = staff.get("/admin/").text
    assert shown.count('class="bar"') == 1
    assert "<strong>No worker is running</strong>" in shown
    assert "And 1 more." in shown


@pytest.mark.parametrize(
    ("kind", "subject", "has_bar"),
    [
        ("account", "1 broken", False), ("account", "1 blocked", False), ("token", "1", False),
        ("account", "1 throttled", True), ("unreachable", "", True), ("sends", "1", True),
    ],
)  # fmt: skip
def test_what_another_bar_says_is_not_said_twice(
    staff: Client, kind: str, subject: str, has_bar: bool
) -> None:
    Account.objects.ours()
    happens(kind=kind, subject=subject)
    assert ('class="bar"' in staff.get("/admin/").text) == has_bar


def test_while_sends_find_instagram_out_of_reach_there_is_one_bar(staff: Client) -> None:
    pk, now = Account.objects.ours().pk, timezone.now()
    happens(kind="unreachable", title="Instagram cannot be reached")
    paused = {"pause": "unreachable", "struck_at": now - HOUR, "paused_until": now + HOUR}
    Account.objects.filter(pk=pk).update(**paused)
    identity.forget()
    shown = staff.get("/admin/").text
    assert shown.count('class="bar"') == 1
    assert "Instagram has been unreachable" in shown


def test_the_bar_costs_an_open_page_no_query(staff: Client) -> None:
    page = "/admin/conversations/conversation/live/?tab=waiting"
    staff.get(page)
    without = queries(lambda: staff.get(page))
    happens()
    staff.get(page)
    assert "incident:" in staff.get(page).json()["bar"]
    assert queries(lambda: staff.get(page)) <= without


@pytest.mark.parametrize(
    ("role", "knows", "contacts"),
    [("Owner", True, True), ("Engineer", True, True), ("Support", True, False),
     ("Reviewer", False, False)],
)  # fmt: skip
def test_each_role_sees_the_list_and_what_is_theirs_on_it(
    role: str, knows: bool, contacts: bool
) -> None:
    row = happens()
    client = as_role(role)
    page = client.get(PAGE).text
    assert "No worker is running" in page
    assert (f"{PAGE}{row.pk}/know/" in page) == knows
    assert ("Who is told" in page) == contacts
    assert (client.get(CONTACTS).status_code == 200) == contacts
    assert 'class="bar"' in page


def test_staff_of_an_account_see_its_incidents_and_those_of_all(client: Client) -> None:
    first, other = (
        Account.objects.ours(),
        Account.objects.create(instagram_id="2", username="zebra"),
    )
    Account.objects.filter(pk=first.pk).update(username="first", instagram_id="1")
    identity.forget()
    roles.create(apps)
    lena = User.objects.create_user("lena", is_staff=True)
    lena.groups.set(Group.objects.filter(name="Owner"))
    access.limit(lena, [first])
    rows = {
        "@first cannot": happens(kind="sends", subject="1", account=first, title="@first cannot"),
        "zebra": happens(kind="sends", subject="2", account=other, title="@zebra cannot"),
        "No worker": happens(),
    }
    client.force_login(lena)
    page = client.get(PAGE).text
    assert {words: words in page for words in rows} == {
        "@first cannot": True, "zebra": False, "No worker": True,
    }  # fmt: skip
    assert "And 1 more." in page
    client.post(f"{PAGE}{rows['zebra'].pk}/know/")
    whole = f"{PAGE}{rows['No worker'].pk}/know/"
    assert f"{PAGE}{rows['@first cannot'].pk}/know/" in page
    assert whole not in page
    assert client.post(whole).status_code == 403
    assert client.get(CONTACTS).status_code == 403
    with within(None):
        assert not Incident.objects.filter(known_at__isnull=False).exists()


# Contacts


FORM = {"who": "Anna", "typed": "jsons://93.184.216.34/hunter2222", "hears": "all", "active": "on"}


def test_an_address_is_stored_encrypted_and_never_shown(staff: Client, settings: Settings) -> None:
    settings.ALERT_HOSTS = ["93.184.216.34"]
    assert staff.post(f"{CONTACTS}add/", FORM).status_code == 302
    contact = Contact.objects.get()
    assert contact.read_address() == FORM["typed"]
    assert "hunter2222" not in contact.address
    page = f"{CONTACTS}{contact.pk}/change/"
    for shown in (staff.get(CONTACTS).text, staff.get(page).text):
        assert "JSON, 93.184.216.34" in shown
        assert "hunter2222" not in shown
    changed = staff.post(page, FORM | {"typed": "", "who": "Olga"})
    assert changed.status_code == 302
    contact.refresh_from_db()
    assert (contact.who, contact.read_address()) == ("Olga", FORM["typed"])


def test_addresses_follow_a_key_that_is_changed(anna: Contact, settings: Settings) -> None:
    address, out = anna.read_address(), StringIO()
    Contact.objects.create(who="Nobody", address="gAAAA-of-another-key")
    settings.TOKEN_KEYS = ["n" * 32]
    with pytest.raises(CommandError, match="the address of Nobody"):
        call_command("encrypt_tokens", stdout=out)
    assert "Encrypted with the first key: 1." in out.getvalue()
    settings.SECRET_KEY = "another one, so that the new key alone is left"
    anna.refresh_from_db()
    assert anna.read_address() == address


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"typed": "exec://ls"}, "no address that can be used"),
        ({"typed": "syslog://"}, "does not send to this kind of address"),
        ({"typed": "json://127.0.0.1/x"}, "in a private network"),
        ({"typed": "json://a.example/?template=/etc/passwd"}, "option of an address: template"),
        ({"typed": ""}, "required"),
        ({"quiet_from": "22:00"}, "a beginning and an end"),
    ],
)
def test_bad_input_is_refused_and_loses_nothing(
    staff: Client, settings: Settings, given: dict[str, str], said: str
) -> None:
    settings.ALERT_HOSTS = ["93.184.216.34"]
    page = staff.post(f"{CONTACTS}add/", FORM | given).text
    assert said in page
    assert 'value="Anna"' in page
    assert not Contact.objects.exists()


def test_the_test_says_what_happened(staff: Client, anna: Contact, receiver: Receiver) -> None:
    page = f"{CONTACTS}{anna.pk}/test/"
    assert "the service has taken the test message" in staff.post(page, follow=True).text
    assert receiver.messages[0]["title"] == TRIAL
    receiver.statuses.append(403)
    said = staff.post(page, follow=True).text
    assert "The test message did not get there" in said
    assert "403" in said
    assert (
        "The last message did not get there"
        in staff.get(PAGE.replace("incident/", "contact/") + f"{anna.pk}/change/").text
    )
    assert staff.get(page).status_code == 405


def test_it_is_said_that_nobody_is_told(staff: Client) -> None:
    assert "Nobody is told" in staff.get(PAGE).text
    Contact.objects.create(who="Anna", address="x", error="No.")
    page = staff.get(PAGE).text
    assert "1 contact is told" in page
    assert "The last message to 1 of them did not get there." in page
    assert "not readable: the key is missing" in staff.get(CONTACTS).text
