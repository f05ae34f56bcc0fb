"""Where an owner requires a second factor, whoever has none can do nothing but set it up."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from api.models import Token
from audit.models import Entry
from conversations.account import access, identity
from conversations.admin import live
from conversations.models import Account
from people import policy
from people.models import AppDevice
from people.second_factor import enrolment
from people.second_factor.models import device_of
from tests.people.phone import CODE, PAGE, PASSWORD, enter_password, give, log_in, scan
from workqueue.snapshot import Snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_roles")]

REQUIREMENT = "/admin/auth/user/second-factor/"
REQUIRED = f"{PAGE}required/"


@pytest.fixture(autouse=True)
def _nobody_is_believed() -> None:
    live._believed.drop()


def make(name: str, role: str) -> User:
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True)
    user.groups.set(Group.objects.filter(name=role))
    return user


def as_user(user: User, *, verified: bool = False) -> Client:
    """Return a browser of somebody; verified: who has a second factor, and has shown it."""
    client = Client()
    if verified and device_of(user) is None:
        give(user)
    log_in(client, user, verified=verified)
    return client


@pytest.fixture
def _required(db: None) -> None:
    policy.require_second_factor(required=True)
    Snapshot.forget_everything()


@pytest.mark.usefixtures("_required")
def test_whoever_has_none_sets_it_up_and_opens_nothing_else_before() -> None:
    client, lena = Client(), make("lena", "Support")
    assert enter_password(client, "lena") == "/admin/"
    for page in ("/admin/", "/admin/rules/responserule/", PAGE, "/admin/password_change/"):
        assert client.get(page).headers["Location"] == f"{REQUIRED}?{urlencode({'next': page})}"
        assert client.post(page).headers["Location"] == REQUIRED
    shown = client.get(REQUIRED)
    assert "A second factor is required" in shown.text
    assert "sidebar" not in shown.text
    phone = scan(client.post(f"{PAGE}begin/", follow=True).text)
    client.post(f"{PAGE}set-up/", {"code": phone.show()})
    assert client.get("/admin/").status_code == 200
    assert client.get(REQUIRED).headers["Location"] == PAGE
    assert AppDevice.objects.get().user == lena


def set_up(client: Client, first: Any) -> Any:
    """Go from the page on what is required to the recovery codes, as its forms lead."""
    begun = client.post(f"{PAGE}begin/", {"next": first.context["next"]}, follow=True)
    [(shown, _)] = begun.redirect_chain
    wrong = client.post(shown, {"code": "no code", "next": begun.context["next"]})
    assert wrong.context["error"]
    code = scan(begun.text).show()
    return client.post(shown, {"code": code, "next": wrong.context["next"]})


@pytest.mark.once
@pytest.mark.usefixtures("_required")
def test_whoever_has_set_it_up_goes_on_to_the_page_they_wanted() -> None:
    client, wanted = Client(), "/admin/rules/responserule/?q=a&p=1"
    make("lena", "Support")
    enter_password(client, "lena")
    codes = set_up(client, client.get(wanted, follow=True))
    assert codes.context["codes"]
    assert f'href="{escape(wanted)}">I have kept them' in codes.text


@pytest.mark.once
@pytest.mark.usefixtures("_required")
@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""]
)
def test_it_leads_to_no_other_site(elsewhere: str) -> None:
    client = as_user(make("lena", "Support"))
    codes = set_up(client, client.get(REQUIRED, {"next": elsewhere}))
    assert 'href="/admin/">I have kept them' in codes.text


@pytest.mark.once
@pytest.mark.usefixtures("_required")
def test_to_scripts_and_the_api_they_are_nobody_but_tokens_work() -> None:
    lena = make("lena", "Support")
    client = as_user(lena)
    answer = client.get("/admin/conversations/conversation/live/?tab=all")
    assert (answer.status_code, answer.json()["error"]) == (401, live.LOGGED_OUT)
    assert client.get("/api/v1/rules").status_code in (401, 403)
    assert client.post("/api/v1/bot/off", {}, "application/json").status_code in (401, 403)
    token = {"Authorization": f"Bearer {Token.objects.create(user=lena, name='x')[1]}"}
    assert client.get("/api/v1/rules", headers=token).status_code == 200
    assert as_user(lena, verified=True).get("/api/v1/rules").status_code == 200


@pytest.mark.once
@pytest.mark.usefixtures("_required")
def test_whoever_logged_in_before_is_asked_for_a_code() -> None:
    lena = make("lena", "Support")
    phone, _ = give(lena)
    client = as_user(lena)
    asked = client.get("/admin/", follow=True)
    assert asked.request["PATH_INFO"] == CODE
    assert "Hello lena" in asked.text
    wanted = client.get("/admin/rules/responserule/", follow=True).context["next"]
    after = client.post(CODE, {"code": phone.show(), "next": wanted})
    assert after.headers["Location"] == "/admin/rules/responserule/"
    assert client.get("/admin/").status_code == 200


@pytest.mark.once
@pytest.mark.usefixtures("_required")
def test_who_sets_it_up_sees_no_number_of_the_inbox_and_can_log_out() -> None:
    client = as_user(make("lena", "Support"))
    client.post(f"{PAGE}begin/")
    for page in (REQUIRED, f"{PAGE}set-up/"):
        assert "Inbox" not in client.get(page).text
    assert client.post("/admin/logout/").status_code == 200
    assert "/admin/login/" in client.get("/admin/").headers["Location"]


@pytest.mark.once
@pytest.mark.usefixtures("_required")
def test_whoever_lost_it_and_logs_in_again_sets_up_another_one() -> None:
    lena = make("lena", "Support")
    give(lena)
    client = as_user(lena, verified=True)
    enrolment.remove(lena)
    assert "/admin/login/" in client.get("/admin/").headers["Location"]
    enter_password(client, "lena")
    assert client.get("/admin/").headers["Location"].startswith(REQUIRED)


@pytest.mark.once
@pytest.mark.usefixtures("_required")
def test_who_switches_it_off_sets_up_another_one() -> None:
    lena = make("lena", "Support")
    give(lena)
    client = as_user(lena, verified=True)
    after = client.post(f"{PAGE}off/", {"proof": PASSWORD}, follow=True)
    assert after.request["PATH_INFO"] == REQUIRED


def test_an_owner_requires_it_once_they_have_one() -> None:
    owner = make("olga", "Owner")
    give(owner)
    said = as_user(owner).post(REQUIREMENT, {"required": "yes"}, follow=True).text
    assert "Switch on your own second factor first." in said
    assert f"{CODE}?next={REQUIREMENT}" in said
    assert not policy.requires_second_factor()
    client = as_user(owner, verified=True)
    client.post(REQUIREMENT, {"required": "yes"})
    Snapshot.forget_everything()
    assert policy.requires_second_factor()
    client.post(REQUIREMENT, {"required": "no"})
    Snapshot.forget_everything()
    assert not policy.requires_second_factor()
    rows = Entry.objects.filter(kind="second_factor", person_id=owner.pk).order_by("pk")
    assert list(rows.values_list("says", flat=True))[-2:] == [
        "required a second factor of everybody", "left the second factor to each person",
    ]  # fmt: skip


@pytest.mark.once
def test_a_second_factor_of_before_requires_it_of_nobody() -> None:
    """Whatever a session says of one that is gone, its person has none."""
    owner = make("olga", "Owner")
    client = as_user(owner, verified=True)
    AppDevice.objects.all().delete()
    said = client.post(REQUIREMENT, {"required": "yes"}, follow=True).text
    assert "Switch on your own second factor first." in said
    Snapshot.forget_everything()
    assert not policy.requires_second_factor()


@pytest.mark.once
def test_nobody_else_requires_it() -> None:
    for role in ("Support", "Reviewer", "Engineer", ""):
        client = as_user(make(f"a{role}", role), verified=True)
        for send in (client.get, client.post):
            assert send(REQUIREMENT, {"required": "yes"}).status_code == 403
    first = Account.objects.ours()
    first.save()
    Account.objects.create(instagram_id="2", username="second")
    identity.forget()
    limited = make("limited", "Owner")
    access.limit(limited, [first])
    client = as_user(limited, verified=True)
    assert client.post(REQUIREMENT, {"required": "yes"}).status_code == 403
    assert "Change</a>" not in client.get("/admin/auth/user/").text
    Snapshot.forget_everything()
    assert not policy.requires_second_factor()


@pytest.mark.once
def test_who_has_none_is_listed() -> None:
    give(make("ben", "Support"))
    make("lena", "Support")
    shown = as_user(make("olga", "Owner")).get(REQUIREMENT).context["without"]
    assert [user.username for user in shown] == ["lena", "olga"]


@pytest.mark.once
def test_it_costs_no_query_of_whoever_has_shown_one_and_one_each_half_second_of_others() -> None:
    lena = make("lena", "Support")
    pages = {}
    for verified in (True, False):
        client = as_user(lena, verified=verified)
        client.get("/admin/password_change/")
        policy.requires_second_factor()
        with CaptureQueriesContext(connection) as taken:
            client.get("/admin/password_change/")
        asked = [one["sql"] for one in taken if "people_session" not in one["sql"]]
        pages[verified] = [one for one in asked if "people_" in one]
    assert pages == {True: [], False: []}
