"""The doctor's page: who may open it, and what it shows."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.test import Client
from pytest_django import Settings

from instabot.doctor import page
from instabot.doctor.findings import Check, ok, warning, wrong
from people import roles
from tests.instabot.doctor.faults import Patient, connects, fields, has_fields
from tests.support.graph import ACCOUNT
from tests.support.talks import viewer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

PAGE = "/admin/doctor/"
GROUPS = {
    "One": [
        Check("good", "Good part", "It matters.", lambda: [ok("All is well here.")]),
        Check(
            "bad", "Bad part", "Nobody is answered.",
            lambda: [wrong("It is <broken>.", "Mend it.", "/admin/there/")],
        ),
    ],
    "Two": [Check("so", "So so", "It may matter.", lambda: [warning("It creaks.", "Oil it.")])],
}  # fmt: skip


@pytest.fixture
def groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "CHECKS", GROUPS)


def words(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


@pytest.mark.usefixtures("groups")
def test_each_finding_has_its_sentence_why_it_matters_and_the_next_click(staff: Client) -> None:
    answer = staff.get(PAGE)
    text = words(answer)
    for said in (
        "1 wrong, 1 warning, 1 fine.",
        "wrong Bad part It is &lt;broken&gt;. Nobody is answered. Mend it. Open : Bad part",
        "warning So so It creaks. It may matter. Oil it.",
        "ok Good part All is well here.",
    ):
        assert said in text
    assert "Each check has 12 seconds, all of them 30." in text
    assert 'href="/admin/there/"' in answer.content.decode()
    assert "It matters." not in text


@pytest.mark.usefixtures("groups")
def test_the_page_is_under_the_strict_policy(staff: Client) -> None:
    answer = staff.get(PAGE)
    assert "script-src 'self';" in answer["Content-Security-Policy"] + ";"
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert not re.search(
        r"\sstyle=|\son\w+=|<style|<script(?![^>]*\ssrc=)", answer.content.decode()
    )


@pytest.mark.usefixtures("groups")
@pytest.mark.parametrize(
    ("role", "may"),
    [("Owner", True), ("Engineer", True), ("Support", False), ("Reviewer", False), ("", False)],
)
def test_owner_and_engineer_may_see_it(client: Client, role: str, may: bool) -> None:
    roles.create(apps)
    user = User.objects.create_user("somebody", is_staff=True)
    user.groups.set(Group.objects.filter(name=role))
    client.force_login(user)
    assert client.get(PAGE).status_code == (200 if may else 403)
    assert (f'href="{PAGE}"' in client.get("/admin/").content.decode()) == may
    found = [one["link"] for one in client.get("/admin/find/?q=doctor").json()["found"]]
    assert found == ([PAGE] if may else [])


@pytest.mark.usefixtures("groups")
def test_what_is_wrong_stands_first_and_then_the_warnings(staff: Client) -> None:
    lines = re.findall(r"<h3>(.*?)</h3>", staff.get(PAGE).content.decode())
    assert lines == ["Bad part", "So so", "Good part"]


BUTTON = "Subscribe the missing fields"


def test_the_missing_fields_are_subscribed_by_a_click(staff: Client, patient: Patient) -> None:
    connects(patient)
    assert BUTTON not in words(staff.get(PAGE))
    has_fields(patient, ACCOUNT, "messages")
    assert BUTTON in words(staff.get(PAGE))
    assert "@shop: subscribed messaging_postbacks" in words(staff.post(PAGE, follow=True))
    assert [one for one in patient.graph.calls if one.startswith("POST ")]


def test_who_may_not_connect_accounts_may_not_subscribe(client: Client, patient: Patient) -> None:
    connects(patient)
    patient.graph.answers[f"GET {ACCOUNT}/subscribed_apps"] = fields("messages")
    person = viewer(client, "view_account", "change_webhookevent")
    assert BUTTON not in words(person.get(PAGE))
    assert person.post(PAGE).status_code == 403
    assert not [one for one in patient.graph.calls if one.startswith("POST ")]


def test_home_leads_to_it(staff: Client) -> None:
    assert "check everything" in words(staff.get("/admin/"))


def test_whoever_is_not_logged_in_is_asked_to(client: Client) -> None:
    assert client.get(PAGE).status_code == 302


def test_the_real_checks_are_shown_with_their_titles(staff: Client, settings: Settings) -> None:
    settings.CSRF_TRUSTED_ORIGINS = []
    text = words(staff.get(PAGE))
    for title in ("Settings", "Database", "Worker", "Public address", "Signatures", "Clock"):
        assert title in text
