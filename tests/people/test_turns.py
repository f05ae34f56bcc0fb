"""Whom others keep from logging in, who do it all the time: by turns, and by networks."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from audit.models import Entry
from people.login import locks, passwords
from people.login.allowance import ALLOWANCES, HOUR, Allowance, Kind
from people.login.attempt import place_of, site_of
from tests.people import hashing
from tests.people.conftest import ABROAD, HOME, PASSWORD, Try

pytestmark = [pytest.mark.django_db, pytest.mark.once]

Hashes = Callable[[], int]
AT_SITE = "2001:db8:1:{:x}::7"


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(passwords, "_successes", passwords._Successes())
    monkeypatch.setattr(passwords, "_known", {})
    monkeypatch.setattr(passwords, "_strangers", passwords._Turn())
    yield
    locks.recent.drop()


@pytest.fixture
def ben(db: None) -> User:
    return User.objects.create_superuser("ben", password=PASSWORD)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """So many wrong passwords are free in a network."""
    monkeypatch.setitem(ALLOWANCES, Kind.SITE, Allowance(free=4, forgiven_every=HOUR))
    return 4


def is_in(response: Any) -> bool:
    return bool(response.status_code == 302)


def known(attempt: Try, name: str) -> Client:
    """A browser in which somebody has logged in."""
    browser = Client()
    assert is_in(attempt(name, PASSWORD, browser=browser, address=ABROAD))
    browser.post("/admin/logout/")
    return browser


def test_strangers_do_not_keep_out_whose_address_is_known(
    anna: User, attempt: Try, hashes: Hashes
) -> None:
    assert is_in(attempt(password=PASSWORD, address=HOME))
    answers: list[Any] = []
    hashing.meanwhile.append(
        lambda: answers.extend(attempt(password=PASSWORD, address=one) for one in (HOME, "8.8.8.8"))
    )
    attempt("somebody", address=ABROAD)
    assert [one.status_code for one in answers] == [302, 429]


@pytest.mark.parametrize("first", ["wrong", PASSWORD])
def test_after_a_password_strangers_wait_as_long_as_it_took(
    anna: User, attempt: Try, hashes: Hashes, settings: Settings, first: str
) -> None:
    settings.LOG_IN_RESTS = 10_000
    assert attempt(password=first, address=ABROAD).status_code in (200, 302)
    hashes()
    with CaptureQueriesContext(connection) as caught:
        refused = attempt(password=PASSWORD)
    assert refused.status_code == 429
    assert hashes() == 0
    assert len(caught) == 1, "whether the name is known at this address"
    passwords._strangers._rests_until = 0.0
    assert is_in(attempt(password=PASSWORD))


def test_a_network_does_not_try_for_ever(
    anna: User, attempt: Try, hashes: Hashes, few: int
) -> None:
    """Whoever is given a /48 has 65,536 of what counts as an address."""
    assert is_in(attempt(password=PASSWORD, address=AT_SITE.format(0xAAAA)))
    hashes()
    answers = [attempt(f"n{one}", address=AT_SITE.format(one)) for one in range(12)]
    assert hashes() == few
    assert answers[-1].status_code == 429
    assert is_in(attempt(password=PASSWORD, address=AT_SITE.format(0xAAAA))), "known there"
    assert is_in(attempt(password=PASSWORD, address="2001:db8:2:1::7")), "another network"
    says = Entry.objects.filter(says__contains="from 2001:db8:1::/48, but for names").get().says
    assert says.endswith("are locked for 1 min")


def test_with_a_person_goes_the_lock_of_the_network(anna: User, attempt: Try, few: int) -> None:
    for number in range(few):
        attempt(address=AT_SITE.format(number))
    assert not is_in(attempt(password=PASSWORD, address=AT_SITE.format(99)))
    assert "2001:db8:1::/48" in {row.address for row in locks.of_addresses()}
    locks.unlock(person=anna)
    assert is_in(attempt(password=PASSWORD, address=AT_SITE.format(99)))


def test_a_colleague_who_logs_in_all_the_time_keeps_nobody_out(
    anna: User, ben: User, attempt: Try, hashes: Hashes
) -> None:
    annas, bens, answers = known(attempt, "anna"), known(attempt, "ben"), list[Any]()
    hashing.meanwhile.append(
        lambda: answers.extend(
            attempt(name, PASSWORD, browser=browser)
            for name, browser in (("anna", annas), ("ben", bens))
        )
    )
    assert is_in(attempt("ben", PASSWORD, browser=bens))
    assert [one.status_code for one in answers] == [302, 429]


def test_of_those_who_are_known_a_few_have_their_turn_at_once(
    anna: User, ben: User, attempt: Try, hashes: Hashes, monkeypatch: pytest.MonkeyPatch
) -> None:
    annas, bens, answers = known(attempt, "anna"), known(attempt, "ben"), list[Any]()
    monkeypatch.setattr(passwords._KnownTurn, "all_taken", threading.BoundedSemaphore(1))
    hashing.meanwhile.append(
        lambda: answers.append(attempt("anna", PASSWORD, browser=annas, address=HOME))
    )
    assert is_in(attempt("ben", PASSWORD, browser=bens))
    assert answers[0].status_code == 429
    assert is_in(attempt("anna", PASSWORD, browser=annas))


def test_the_right_password_is_taken_so_often_a_minute(
    anna: User, ben: User, attempt: Try, hashes: Hashes, settings: Settings
) -> None:
    settings.LOG_INS_A_MINUTE = 3
    browser = Client()
    assert all(is_in(attempt(password=PASSWORD, browser=browser)) for _ in range(3))
    hashes()
    refused = attempt(password=PASSWORD, browser=browser)
    assert (refused.status_code, refused["Retry-After"], hashes()) == (429, "60", 0)
    assert "Too many log-ins under this name" in refused.content.decode()
    assert Entry.objects.filter(says="logged in").count() == 3
    assert is_in(attempt("ben", PASSWORD)), "others go on"


def test_over_a_socket_without_addresses_nobody_locks_all_out(
    anna: User, attempt: Try, hashes: Hashes
) -> None:
    hashes()
    for number in range(25):
        attempt(f"name{number}", address="")
    assert hashes() == 25
    assert is_in(attempt(password=PASSWORD, address=""))


@pytest.mark.parametrize(
    ("address", "place", "site"),
    [
        (HOME, HOME, ""),
        (f"::ffff:{HOME}", HOME, ""),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("unknown", "", ""),
        ("", "", ""),
    ],
)
def test_what_counts_as_one_address(address: str, place: str, site: str) -> None:
    assert (place_of(address), site_of(place_of(address))) == (place, site)


def test_whoever_tries_from_the_session_of_another_is_not_that_person(
    anna: User, ben: User, client: Client, attempt: Try
) -> None:
    client.force_login(ben)
    attempt("anna", browser=client)
    entry = Entry.objects.get(says="entered a wrong password for “anna”")
    assert (entry.name, entry.person_id, entry.address) == ("", None, HOME)
