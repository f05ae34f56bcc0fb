"""A person's sessions and locks, for who may change them; and the command that unlocks."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.test import Client

from audit import actors
from audit.actors import acting
from audit.models import Entry
from conversations.account import access, identity
from conversations.models import Account
from people.models import Session, Tries
from tests.people.conftest import ABROAD, HOME, PASSWORD, Try, words

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def page_of(person: User) -> str:
    return f"/admin/auth/user/{person.pk}/access/"


@pytest.fixture
def lena(db: None) -> User:
    return User.objects.create_user("lena", password=PASSWORD, is_staff=True)


def lock(attempt: Try, name: str = "lena", address: str = HOME) -> None:
    for _ in range(5):
        attempt(name, address=address)


def is_in(response: Any) -> bool:
    return bool(response.status_code == 302)


def test_a_person_is_unlocked_on_their_page(staff: Client, lena: User, attempt: Try) -> None:
    lock(attempt)
    assert not is_in(attempt("lena", PASSWORD))
    assert "Sessions and locks" in words(staff.get(f"/admin/auth/user/{lena.pk}/change/"))
    shown = words(staff.get(page_of(lena)))
    assert f"From {HOME} Locked until" in shown
    assert "after 5 wrong passwords." in shown
    done = words(staff.post(page_of(lena), {"unlock": "1"}, follow=True))
    assert "Unlocked: lena can try again within ten seconds." in done
    assert "The log-in of lena is not locked." in done
    assert is_in(attempt("lena", PASSWORD))
    assert Entry.objects.filter(name="anna", says="unlocked the log-in of “lena”").exists()


def test_with_them_go_the_addresses_from_which_they_were_tried(
    staff: Client, lena: User, attempt: Try
) -> None:
    attempt("lena", address=HOME)
    for number in range(20):
        attempt(f"name{number}", address=HOME)
    assert f"Nobody can log in from {HOME} until" in words(staff.get(page_of(lena)))
    assert not is_in(attempt("lena", PASSWORD))
    staff.post(page_of(lena), {"unlock": "1"})
    assert is_in(attempt("lena", PASSWORD))


def test_whoever_is_limited_reads_of_the_addresses_alone_that_tried_their_people(
    client: Client, lena: User, attempt: Try
) -> None:
    first = Account.objects.ours()
    first.save()
    Account.objects.create(instagram_id="2", username="second")
    identity.forget()
    owner = User.objects.create_user("ona", is_staff=True)
    owner.groups.set(Group.objects.filter(name="Owner"))
    for one in (owner, lena):
        access.limit(one, [first])
    attempt("lena", address=HOME)
    for number in range(20):
        attempt(f"name{number}", address=HOME)
        attempt(f"name{number}", address=ABROAD)
    client.force_login(owner)
    shown = words(client.get(page_of(lena)))
    assert HOME in shown
    assert ABROAD not in shown
    client.force_login(User.objects.create_superuser("root"))
    assert ABROAD in words(client.get(page_of(lena)))


def test_their_sessions_are_ended_there(staff: Client, lena: User, attempt: Try) -> None:
    browsers = [Client(), Client()]
    for browser in browsers:
        assert is_in(attempt("lena", PASSWORD, browser=browser))
    own = Session.objects.filter(user=lena)
    assert "Where lena is logged in" in words(staff.get(page_of(lena)))
    chosen = {"end": str(own.values_list("pk", flat=True)[0])}
    assert "The session was ended." in words(staff.post(page_of(lena), chosen, follow=True))
    assert own.count() == 1
    assert "The session was ended." in words(staff.post(page_of(lena), {"end": "all"}, follow=True))
    assert "Nowhere now." in words(staff.get(page_of(lena)))
    assert staff.get("/admin/people/session/").status_code == 200, "whoever ended them goes on"


def test_nobody_sees_or_ends_those_of_who_may_more(client: Client, attempt: Try) -> None:
    boss = User.objects.create_superuser("boss", password=PASSWORD)
    browser = Client()
    attempt("boss", PASSWORD, browser=browser)
    owner = User.objects.create_user("ona", is_staff=True)
    owner.groups.set(Group.objects.filter(name="Owner"))
    client.force_login(owner)
    assert client.get(page_of(boss)).status_code == 403
    assert client.post(page_of(boss), {"end": "all"}).status_code == 403
    assert browser.get("/admin/people/session/").status_code == 200


@pytest.mark.parametrize("options", [["lena"], ["--address", HOME], ["--all"]])
def test_the_command_unlocks(
    lena: User, attempt: Try, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    lock(attempt)
    with acting(actors.command()):  # as manage.py does
        call_command("unlock_login", *options)
    assert "Locks that were on and are gone: 1" in capsys.readouterr().out
    assert is_in(attempt("lena", PASSWORD))
    assert Entry.objects.filter(name__startswith="command (").exists()


def test_it_unlocks_nobody_else(lena: User, attempt: Try) -> None:
    User.objects.create_user("ben", password=PASSWORD, is_staff=True)
    lock(attempt, "lena", HOME)
    lock(attempt, "ben", ABROAD)
    call_command("unlock_login", "lena")
    assert not is_in(attempt("ben", PASSWORD, address=ABROAD))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "Say whose log-in"),
        (["lena", "--all"], "Say whose log-in"),
        (["nobody"], "Nobody is called 'nobody'."),
        (["--address", "home"], "'home' is no address."),
    ],
)
def test_the_command_says_what_it_did_not_understand(
    lena: User, options: list[str], said: str
) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("unlock_login", *options)


def test_what_axes_brings_along_unlocks_too(lena: User, attempt: Try) -> None:
    lock(attempt)
    call_command("axes_reset_username", "lena")
    assert not Tries.objects.filter(locked_until__isnull=False).exists()
