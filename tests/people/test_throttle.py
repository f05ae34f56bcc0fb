"""Log-in by brute force: what is tried, from where, and whom it locks out. Hashes are counted."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from audit.models import Entry
from people.login import locks
from people.models import Tries
from tests.people import hashing
from tests.people.conftest import ABROAD, HOME, PAGE, PASSWORD, Try
from tests.support.clock import Clock

pytestmark = pytest.mark.django_db

Hashes = Callable[[], int]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LOCKED = "Too many wrong passwords. Log-in is locked for "


def said(response: Any) -> str:
    return str(response.content.decode())


def is_in(response: Any) -> bool:
    return bool(response.status_code == 302)


def test_of_a_hundred_tries_five_cost_a_hash(anna: User, attempt: Try, hashes: Hashes) -> None:
    hashes()
    answers = [attempt() for _ in range(100)]
    assert hashes() == 5
    assert [one.status_code for one in answers] == [200] * 4 + [429] * 96
    assert f"{LOCKED}a minute." in said(answers[-1])
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
    assert not is_in(attempt(password=PASSWORD)), "the right one is not looked at either"
    assert hashes() == 0


def test_a_locked_try_costs_one_query_and_then_none(
    anna: User, attempt: Try, hashes: Hashes
) -> None:
    for _ in range(5):
        attempt()
    locks.recent.drop()
    queries = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as caught:
            refused = attempt()
        assert refused.status_code == 429
        assert "no-store" in refused["Cache-Control"]
        assert "frame-ancestors 'none'" in refused["Content-Security-Policy"]
        queries.append(len(caught))
    assert queries == [1, 0, 0]
    assert Tries.objects.get(kind="pair").level == pytest.approx(5, abs=0.1)


def test_each_further_try_waits_longer(
    anna: User, attempt: Try, time_stands: Clock, hashes: Hashes
) -> None:
    for _ in range(4):
        attempt()
    hashes()
    for wait, words in [
        (MINUTE, "a minute"), (5 * MINUTE, "5 min"), (30 * MINUTE, "30 min"), (2 * HOUR, "2 h"),
    ]:  # fmt: skip
        assert f"{LOCKED}{words}" in said(attempt())
        assert hashes() == 1
        time_stands(wait - timedelta(seconds=1))
        assert attempt().status_code == 429
        assert hashes() == 0, "not before its time"
        time_stands(timedelta(seconds=2))
    assert is_in(attempt(password=PASSWORD))


def test_the_right_password_ends_the_count(anna: User, attempt: Try) -> None:
    for _ in range(3):
        for _ in range(4):
            assert attempt().status_code == 200
        assert is_in(attempt(password=PASSWORD))


def test_the_page_says_when_few_tries_are_left(anna: User, attempt: Try) -> None:
    shown = [said(attempt()) for _ in range(5)]
    assert "more tr" not in shown[0]
    assert "3 more tries, then you have to wait." in shown[1]
    assert "1 more try, then you have to wait." in shown[3]
    assert "ask whoever gave you access" in shown[4]


def test_names_that_nobody_has_are_counted_alike(anna: User, attempt: Try) -> None:
    """Nobody learns who is here."""

    def seen(name: str) -> list[tuple[int, str]]:
        return [
            (one.status_code, said(one).replace(name, "NAME").partition("csrf")[0])
            for one in (attempt(name, address=f"{ABROAD}") for _ in range(7))
        ]

    known = seen("anna")
    Tries.objects.all().delete()
    locks.recent.drop()
    assert seen("nobody") == known


def test_one_address_may_not_try_many_names(anna: User, attempt: Try, hashes: Hashes) -> None:
    hashes()
    answers = [attempt(f"name{number}", address=ABROAD) for number in range(40)]
    assert hashes() == 20
    assert answers[-1].status_code == 429
    assert is_in(attempt(password=PASSWORD, address=HOME)), "others go on"


def test_an_address_of_ipv6_is_its_network(anna: User, attempt: Try, hashes: Hashes) -> None:
    hashes()
    for number in range(30):
        attempt(address=f"2001:db8:1:2::{number:x}")
    assert hashes() == 5
    assert is_in(attempt(password=PASSWORD, address="2001:db8:1:3::1"))


def test_whoever_knows_a_name_does_not_lock_its_owner_out_at_home(
    anna: User, attempt: Try, hashes: Hashes
) -> None:
    assert is_in(attempt(password=PASSWORD, address=HOME))
    hashes()
    answers = [attempt(address=f"198.51.100.{number % 250}") for number in range(60)]
    assert hashes() == 30, "a name gets so many from all other addresses together"
    assert answers[-1].status_code == 429
    assert is_in(attempt(password=PASSWORD, address=HOME)), "at home, in any browser"
    assert not is_in(attempt(password=PASSWORD, address="192.0.2.77")), "nowhere else"


def test_in_a_browser_that_is_known_its_owner_is_not_locked_out_anywhere(
    anna: User, attempt: Try
) -> None:
    """Not by somebody beside them, behind the same address, and not on the way."""
    laptop = Client()
    assert is_in(attempt(password=PASSWORD, browser=laptop))
    laptop.post("/admin/logout/")
    for _ in range(10):
        attempt(address=HOME)
    for number in range(20):
        attempt(f"name{number}", address=HOME)
    assert attempt(address=HOME).status_code == 429
    assert is_in(attempt(password=PASSWORD, address=HOME, browser=laptop))
    assert is_in(attempt(password=PASSWORD, address="192.0.2.77", browser=laptop))


def test_a_browser_is_known_for_those_alone_who_logged_in_there(
    anna: User, attempt: Try, hashes: Hashes
) -> None:
    User.objects.create_superuser("ben", password=PASSWORD)
    laptop = Client()
    assert is_in(attempt("ben", PASSWORD, browser=laptop))
    laptop.post("/admin/logout/")
    hashes()
    for _ in range(20):
        attempt("anna", browser=laptop)
    assert hashes() == 5


def test_a_stolen_sign_of_a_browser_opens_nothing(anna: User, attempt: Try, hashes: Hashes) -> None:
    laptop = Client()
    attempt(password=PASSWORD, browser=laptop)
    thief = Client()
    thief.cookies["instabot_device"] = laptop.cookies["instabot_device"].value
    hashes()
    for number in range(15):
        attempt(browser=thief, address=f"192.0.2.{number}")
    assert hashes() == 10
    forged = Client()
    forged.cookies["instabot_device"] = "x" + laptop.cookies["instabot_device"].value
    hashes()
    for _ in range(20):
        attempt(browser=forged, address=ABROAD)
    assert hashes() == 5


@pytest.mark.parametrize("trusted", [0, 1])
def test_a_header_that_a_client_writes_helps_nobody(
    anna: User, attempt: Try, hashes: Hashes, settings: Settings, trusted: int
) -> None:
    """With one proxy, which writes at the end whom it was called by; and with none."""
    settings.TRUSTED_PROXIES = trusted
    peer = "10.0.0.2" if trusted else "8.8.8.8"
    hashes()
    for number in range(40):
        spoofed = f"192.0.2.{number}" + (f", {ABROAD}" if trusted else "")
        headers = {"X-Forwarded-For": spoofed, "X-Real-IP": spoofed, "Forwarded": f"for={spoofed}"}
        attempt(f"name{number % 10}", address=peer, headers=headers)
    assert hashes() == 20


def test_two_behind_one_proxy_are_two_once_it_is_trusted(
    anna: User, attempt: Try, settings: Settings
) -> None:
    settings.TRUSTED_PROXIES = 1
    for _ in range(6):
        attempt(address="10.0.0.2", headers={"X-Forwarded-For": ABROAD})
    right = {"password": PASSWORD, "address": "10.0.0.2"}
    assert not is_in(attempt(**right, headers={"X-Forwarded-For": ABROAD}))
    assert is_in(attempt(**right, headers={"X-Forwarded-For": HOME}))


def test_a_proxy_that_is_not_trusted_does_not_lock_all_out(
    anna: User, attempt: Try, hashes: Hashes
) -> None:
    """Each name is still slowed; only the address, which is everybody's, counts for nothing."""
    User.objects.create_superuser("ben", password=PASSWORD)
    by_proxy = {"address": "10.0.0.2", "headers": {"X-Forwarded-For": ABROAD}}
    hashes()
    for number in range(25):
        attempt(f"name{number}", **by_proxy)
        attempt("anna", **by_proxy)
    assert hashes() == 30
    assert is_in(attempt("ben", PASSWORD, **by_proxy))


def test_two_at_the_same_moment_are_one_hash(anna: User, attempt: Try, hashes: Hashes) -> None:
    """The second is told so at once, and neither waits nor is counted."""
    answers = []
    hashing.meanwhile.append(lambda: answers.append(attempt(address=ABROAD, password=PASSWORD)))
    hashes()
    assert is_in(attempt(password=PASSWORD))
    assert hashes() == 1
    assert [one.status_code for one in answers] == [429]
    assert answers[0]["Retry-After"] == "2"
    assert "Somebody else is logging in at this moment." in said(answers[0])
    assert is_in(attempt(address=ABROAD, password=PASSWORD))


def test_strangers_do_not_keep_out_who_is_known(anna: User, attempt: Try, hashes: Hashes) -> None:
    laptop, answers = Client(), list[Any]()
    assert is_in(attempt(password=PASSWORD, browser=laptop))
    laptop.post("/admin/logout/")
    hashing.meanwhile.append(
        lambda: answers.append(attempt(password=PASSWORD, address=ABROAD, browser=laptop))
    )
    assert attempt(address=ABROAD).status_code == 200
    assert is_in(answers[0])


def test_what_is_typed_stands_nowhere(
    anna: User, attempt: Try, capfd: pytest.CaptureFixture[str]
) -> None:
    """A password is typed as a name by mistake: neither the log nor the database has it."""
    for _ in range(6):
        attempt("my-pass-word-77", "another-word-88")
    rows = json.dumps([*Tries.objects.values(), *Entry.objects.values()], default=str)
    log = capfd.readouterr().err
    assert "login_refused" in log
    assert HOME in log
    for typed in ("my-pass-word-77", "another-word-88"):
        assert typed not in rows
        assert typed not in log


def test_the_audit_log_has_a_line_for_a_series_and_one_for_each_lock(
    anna: User, attempt: Try
) -> None:
    before = Entry.objects.count()
    for _ in range(100):
        attempt()
    assert [(one.kind, one.address, one.says) for one in Entry.objects.order_by("pk")[before:]] == [
        ("login", HOME, "entered a wrong password for “anna”"),
        (
            "login",
            HOME,
            f"entered 5 wrong passwords: the log-in of “anna” from {HOME} is locked for 1 min",
        ),
    ]


def test_of_names_that_nobody_has_only_the_address_is_on_record(anna: User, attempt: Try) -> None:
    before = Entry.objects.count()
    for number in range(40):
        attempt(f"name{number}", address=ABROAD)
    assert [one.says for one in Entry.objects.order_by("pk")[before:]] == [
        f"entered 20 wrong passwords: all log-ins from {ABROAD} are locked for 1 min"
    ]


def test_an_attack_from_everywhere_does_not_fill_the_audit_log(anna: User, attempt: Try) -> None:
    before = Entry.objects.count()
    for number in range(50):
        attempt(address=f"198.51.{number}.1")
    assert Entry.objects.count() - before == 30, "a line a series, until the name is locked"


def test_who_logs_in_and_out_is_on_record(anna: User, attempt: Try) -> None:
    browser = Client()
    attempt(password=PASSWORD, browser=browser)
    browser.post("/admin/logout/", REMOTE_ADDR=HOME)
    found = [(one.name, one.says) for one in Entry.objects.exclude(kind="password")]
    assert sorted(found) == [("anna", "logged in"), ("anna", "logged out")]


@pytest.mark.parametrize("sent", [{}, {"username": "anna"}, {"username": "a" * 200}])
def test_what_is_no_try_costs_nothing(anna: User, hashes: Hashes, sent: dict[str, str]) -> None:
    hashes()
    assert "Enter your username and your password." in said(Client().post(PAGE, sent))
    assert hashes() == 0
    assert not Tries.objects.exists()


def test_a_name_with_a_nul_or_in_other_letters_is_no_error(anna: User, attempt: Try) -> None:
    for name in ("an\0na", "\uff41nna", "\u0430nna", "anna\n", "💥"):
        assert attempt(name).status_code in (200, 302)
