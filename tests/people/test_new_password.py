"""One's own new password: the old one is compared as slowly as at the door."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from audit.models import Entry
from people.models import Tries
from tests.people import hashing
from tests.people.conftest import PASSWORD, words

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PAGE = "/admin/password_change/"
NEW = "another-long-one"


def change(client: Client, old: str) -> Any:
    sent = {"old_password": old, "new_password1": NEW, "new_password2": NEW}
    return client.post(PAGE, sent)


def test_a_stolen_session_does_not_try_for_ever(
    client: Client, anna: User, hashes: Callable[[], int]
) -> None:
    client.force_login(anna)
    hashes()
    answers = [words(change(client, f"wrong-{number}")) for number in range(20)]
    assert "Your old password was entered incorrectly." in answers[0]
    assert "Too many wrong passwords. Log-in is locked for a minute." in answers[4]
    assert "Log-in is locked for a minute." in words(change(client, PASSWORD))
    assert hashes() == 5
    anna.refresh_from_db()
    assert anna.check_password(PASSWORD)
    assert Tries.objects.get(kind="pair").person == anna
    said = Entry.objects.filter(kind="login", name="anna").order_by("pk")
    assert [one.says.partition(":")[0] for one in said] == [
        "entered a wrong password for “anna”", "entered 5 wrong passwords",
    ]  # fmt: skip


def test_another_try_at_the_same_moment_is_told_so(
    client: Client, anna: User, hashes: Callable[[], int]
) -> None:
    client.force_login(anna)
    answers = []
    hashing.meanwhile.append(lambda: answers.append(words(change(client, PASSWORD))))
    change(client, "wrong")
    assert "Somebody else is logging in at this moment." in answers[0]
    assert change(client, PASSWORD).status_code == 302
    anna.refresh_from_db()
    assert anna.check_password(NEW)


def test_afterwards_it_is_said_what_happened_and_it_leads_on(client: Client, anna: User) -> None:
    client.force_login(anna)
    sent = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    done = client.post(PAGE, sent, follow=True)
    assert "Your password was changed. You stay logged in here." in words(done)
    for link in ("/admin/", "/admin/people/session/"):
        assert f'href="{link}">' in done.text.partition("You stay logged in here.")[2]
        assert client.get(link).status_code == 200
