"""Sessions: where somebody is logged in, until when, and how that is ended."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from audit.models import Entry
from instabot import settings as delivered
from people import upkeep
from people.models import Session, Tries
from shop import tuning
from tests.people.conftest import ABROAD, CHROME, HOME, PAGE, PASSWORD, words
from tests.support.clock import Clock

pytestmark = pytest.mark.django_db

OWN = "/admin/people/session/"
LIVE = "/admin/conversations/conversation/live/"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def _as_it_is_delivered(db: None) -> None:
    tuning.put("session_idle_hours", f"{delivered.SESSION_IDLE_HOURS}")


def log_in(name: str = "anna", *, address: str = HOME, agent: str = CHROME) -> Client:
    browser = Client(REMOTE_ADDR=address, headers={"User-Agent": agent})
    assert browser.post(PAGE, {"username": name, "password": PASSWORD}).status_code == 302
    return browser


def is_in(browser: Client, **more: Any) -> bool:
    return browser.get(OWN, **more).status_code == 200


def key_of(browser: Client) -> str:
    return hashlib.sha256(browser.cookies["sessionid"].value.encode()).hexdigest()


def test_a_log_in_is_listed_with_where_and_when(anna: User) -> None:
    shown = words(log_in().get(OWN))
    assert f"Chrome on Windows this one From {HOME}. Logged in" in shown
    assert "A session ends after 12 hours in which nobody does anything, and after 14 days" in shown
    assert "End all others" not in shown


def test_who_reads_the_table_cannot_log_in(anna: User) -> None:
    browser = log_in()
    row = Session.objects.get()
    kept = " ".join(str(value) for value in Session.objects.values().get().values())
    assert browser.cookies["sessionid"].value not in kept
    thief = Client()
    thief.cookies["sessionid"] = row.session_key
    assert not is_in(thief)
    assert row.user == anna


def test_one_of_several_is_ended_at_once(anna: User) -> None:
    here, there, third = log_in(), log_in(address=ABROAD), log_in(address="192.0.2.1")
    response = here.post(OWN, {"end": key_of(there)}, follow=True)
    assert "The session was ended." in words(response)
    assert [is_in(one) for one in (here, there, third)] == [True, False, True]
    assert Entry.objects.filter(
        kind="session", says=f"ended a session of “anna”: Chrome on Windows, {ABROAD}"
    ).exists()
    again = here.post(OWN, {"end": key_of(there)}, follow=True)
    assert "It was over already." in words(again)


def test_all_others_are_ended(anna: User) -> None:
    here, *others = [log_in() for _ in range(3)]
    assert "2 sessions were ended." in words(here.post(OWN, {"end": "all"}, follow=True))
    assert is_in(here)
    assert not any(is_in(one) for one in others)


def test_nobody_ends_anothers(anna: User) -> None:
    User.objects.create_user("ben", password=PASSWORD, is_staff=True)
    own, other = log_in("ben"), log_in("anna", address=ABROAD)
    own.post(OWN, {"end": key_of(other)})
    own.post(OWN, {"end": "all"})
    assert is_in(other)
    assert ABROAD not in words(own.get(OWN))


def test_a_session_ends_when_nobody_comes_back(anna: User, time_stands: Clock) -> None:
    used, left = log_in(), log_in()
    for _ in range(3):
        time_stands(11 * HOUR)
        assert is_in(used)
    assert not is_in(left)
    assert Session.objects.count() == 2
    upkeep.look()
    assert Session.objects.count() == 1


def test_an_open_page_is_nobody(anna: User, time_stands: Clock) -> None:
    """The inbox asks once a second all night."""
    browser, alone = log_in(), {"X-Unattended": "1"}
    for _ in range(3):
        time_stands(5 * HOUR)
        browser.get(LIVE, headers=alone)
        last = browser.get(OWN, headers=alone).status_code
    assert last == 302


def test_a_session_ends_after_two_weeks_in_any_case(anna: User, time_stands: Clock) -> None:
    tuning.put("session_idle_hours", "300")
    browser = log_in()
    for _ in range(2):
        time_stands(timedelta(days=6))
        assert is_in(browser)
    time_stands(timedelta(days=3))
    assert not is_in(browser)


def test_both_are_tuned_and_hold_at_once(anna: User, time_stands: Clock) -> None:
    browser = log_in()
    tuning.put("session_idle_hours", "0.5")
    time_stands(29 * MINUTE)
    assert is_in(browser)
    time_stands(31 * MINUTE)
    assert not is_in(browser)
    tuning.put("session_idle_hours", "720")
    tuning.put("session_days", "30")
    browser = log_in()
    for _ in range(2):
        time_stands(timedelta(days=14))
        assert is_in(browser), "its cookie lasts so long, too"
    assert int(browser.cookies["sessionid"]["max-age"]) == 30 * 24 * 3600


def test_who_was_seen_is_noted_once_a_minute(anna: User, time_stands: Clock) -> None:
    browser = log_in()
    first: Any = Session.objects.get().seen_at
    time_stands(59 * timedelta(seconds=1))
    browser.get(OWN)
    assert Session.objects.get().seen_at == first
    time_stands(2 * timedelta(seconds=1))
    browser.get(OWN, REMOTE_ADDR=ABROAD)
    row = Session.objects.get()
    assert row.seen_at == first + timedelta(seconds=61)
    assert row.address == ABROAD


def test_a_new_password_ends_all_others(anna: User) -> None:
    here, others = log_in(), [log_in(address=ABROAD), log_in()]
    new = {
        "old_password": PASSWORD,
        "new_password1": "other-long-1",
        "new_password2": "other-long-1",
    }
    assert here.post("/admin/password_change/", new).status_code == 302
    assert Session.objects.count() == 1
    assert is_in(here)
    assert "Chrome on Windows this one" in words(here.get(OWN))
    assert not any(is_in(one) for one in others)
    [entry] = Entry.objects.filter(kind="password", person_id=anna.pk)
    assert entry.says == "set a new password for “anna”; sessions ended: 3"


def test_a_password_that_another_sets_ends_them_too(anna: User) -> None:
    ben = User.objects.create_user("ben", password=PASSWORD, is_staff=True)
    boss, his = log_in("anna"), log_in("ben")
    new = {"password1": "other-long-1", "password2": "other-long-1"}
    assert boss.post(f"/admin/auth/user/{ben.pk}/password/", new).status_code == 302
    assert not Session.objects.filter(user=ben).exists()
    assert not is_in(his)
    assert is_in(boss)


def test_logging_out_leaves_nothing_behind(anna: User) -> None:
    browser = log_in()
    browser.post("/admin/logout/")
    assert not Session.objects.exists()


def test_whoever_is_switched_off_is_out(anna: User) -> None:
    browser = log_in()
    User.objects.update(is_active=False)
    assert not is_in(browser)


def test_a_key_that_nobody_has_is_nobody() -> None:
    for key in ("x", "a" * 5000, "nul\0", "é", ""):
        browser = Client()
        browser.cookies["sessionid"] = key
        assert browser.get(OWN).status_code == 302


def test_the_upkeep_forgets_what_is_forgiven(anna: User, time_stands: Clock) -> None:
    Client().post(PAGE, {"username": "anna", "password": "wrong"}, REMOTE_ADDR=ABROAD)
    log_in()
    upkeep.look()
    assert {row.kind for row in Tries.objects.all()} == {"pair", "address", "name"}
    time_stands(9 * HOUR)
    upkeep.look()
    assert [row.address for row in Tries.objects.all()] == [HOME], "where somebody logged in"
    time_stands(timedelta(days=91))
    upkeep.look()
    assert not Tries.objects.exists()
