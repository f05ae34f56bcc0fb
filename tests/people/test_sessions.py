"""Sessions: where somebody is logged in, until when, and how that is ended."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client

from audit.models import Entry
from instabot import settings as delivered
from people import upkeep
from people.models import EndedSession, Session, Tries
from people.sessions.store import SessionStore
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


def said_at_the_door(browser: Client) -> str:
    """What the log-in page says first to whoever is led there."""
    shown = browser.get(OWN, follow=True)
    assert shown.request["PATH_INFO"] == PAGE
    return words(shown).partition("Log in ")[2].partition("Username")[0].strip()


def test_whoever_was_ended_reads_why_at_the_log_in(anna: User) -> None:
    ben = User.objects.create_user("ben", password=PASSWORD, is_staff=True)
    page = f"/admin/auth/user/{ben.pk}/access/"
    boss, his, second, third = log_in(), log_in("ben"), log_in("ben"), log_in("ben")
    boss.post(page, {"end": key_of(his)})
    second.post(OWN, {"end": key_of(third)})
    assert said_at_the_door(his) == (
        "Your session was ended by somebody who manages the people here. Log in again."
    )
    assert said_at_the_door(third) == (
        "Your session was ended from another browser in which you are logged in. Log in again."
    )
    assert "by somebody" in said_at_the_door(his), "also when it is read again"
    new = {"password1": "other-long-1", "password2": "other-long-1"}
    boss.post(f"/admin/auth/user/{ben.pk}/password/", new)
    assert said_at_the_door(second) == (
        "Your session was ended because your password changed. Log in again."
    )
    assert his.post(PAGE, {"username": "ben", "password": "other-long-1"}).status_code == 302
    assert is_in(his)
    his.post("/admin/logout/")
    assert said_at_the_door(his) == ""


def test_an_open_page_that_asks_first_does_not_use_it_up(anna: User) -> None:
    browser = log_in()
    log_in().post(OWN, {"end": "all"})
    for _ in range(2):
        browser.get(LIVE, headers={"X-Unattended": "1"})
    assert "from another browser" in said_at_the_door(browser)


@pytest.mark.parametrize("after_upkeep", [False, True])
def test_whoever_comes_back_too_late_reads_after_how_long(
    anna: User, time_stands: Clock, *, after_upkeep: bool
) -> None:
    idle, old = log_in(), log_in()
    tuning.put("session_idle_hours", "300")
    for days in (6, 6, 1):
        time_stands(timedelta(days=days))
        is_in(old)
    tuning.put("session_days", "12")
    if after_upkeep:
        upkeep.look()
        assert not Session.objects.exists()
        tuning.put("session_idle_hours", "400")
    assert said_at_the_door(idle) == (
        "Your session was ended because nothing happened in it for 300 hours. Log in again."
    )
    assert said_at_the_door(old) == (
        "Your session was ended because it had lasted 12 days. Log in again."
    )
    time_stands(timedelta(days=14))
    upkeep.look()
    assert not EndedSession.objects.exists()


def test_a_stranger_reads_nothing_and_what_is_kept_names_nobody(anna: User) -> None:
    browser = log_in()
    cookie = browser.cookies["sessionid"].value
    log_in().post(OWN, {"end": "all"})
    row = EndedSession.objects.get()
    assert not any(one in str(vars(row)) for one in (cookie, "anna", HOME, "Chrome"))
    for key in ("", "a" * 32, row.session_key):
        stranger = Client()
        stranger.cookies["sessionid"] = key
        assert said_at_the_door(stranger) == ""


def test_a_request_on_its_way_does_not_bring_an_ended_session_back(anna: User) -> None:
    browser = log_in()
    held = SessionStore(browser.cookies["sessionid"].value)
    held["something"] = "new"
    log_in().post(OWN, {"end": "all"})
    with pytest.raises(UpdateError):
        held.save()
    assert not is_in(browser)


def test_logging_out_leaves_nothing_behind(anna: User) -> None:
    browser = log_in()
    browser.post("/admin/logout/")
    assert not Session.objects.exists()
    assert not EndedSession.objects.exists()


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
