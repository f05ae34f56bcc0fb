"""The pages about people: in plain words, with a password or, for a system, without."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

pytestmark = pytest.mark.django_db

LIST, ADD, ROLES = "/admin/auth/user/", "/admin/auth/user/add/", "/admin/auth/group/"
# Django's, and what nobody but its authors calls things.
JARGON = (
    "user", "users", "group", "groups", "raw password", "raw passwords",
    "algorithm", "iterations", "salt", "hash", "authentication", "backend", "backends", "ldap",
    "authenticated", "authorized", "administration", "related items", "edit more user options",
)  # fmt: skip


def words(response: Any) -> str:
    """What a page shows, its title and labels included."""
    html = re.sub(r"<(script|style)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    html = re.sub(r"</?(a|b|strong)\b[^>]*>", "", html)
    labels = " ".join(re.findall(r'(?:title|aria-label|placeholder)="([^"]*)"', html))
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html) + labels).split())


def jargon(shown: str) -> list[str]:
    return [one for one in JARGON if re.search(rf"\b{one}\b", shown, re.IGNORECASE)]


@pytest.fixture
def lena() -> User:
    return User.objects.create_user("lena", password="a-long-password", first_name="Lena")


@pytest.mark.parametrize(
    ("said", "has_one"),
    [
        ({"password1": "a-long-password", "password2": "a-long-password"}, True),
        ({"usable_password": "false"}, False),
    ],
)
def test_somebody_new_has_a_password_or_none(
    staff: Client, said: dict[str, Any], has_one: bool
) -> None:
    new = {"username": "ben", "usable_password": "true", **said}
    response = staff.post(ADD, new, follow=True)
    assert User.objects.get(username="ben").has_usable_password() == has_one
    assert "The person “ben” was added successfully." in words(response)
    assert response.request["PATH_INFO"] == LIST


def test_a_taken_name_is_said_to_be_taken(staff: Client, lena: User) -> None:
    new = {"username": "lena", "usable_password": "false"}
    assert "Somebody has this username already." in words(staff.post(ADD, new))


def test_the_list_counts_people(staff: Client, lena: User) -> None:
    shown = words(staff.get(LIST))
    assert "2 people" in shown
    assert "Delete selected people" in shown
    assert "1 person" in words(staff.get(f"{LIST}?q=lena"))


def test_each_page_about_people_speaks_plainly(staff: Client, lena: User) -> None:
    person, role = f"{LIST}{lena.pk}/", f"{ROLES}{Group.objects.create(name='Night').pk}/"
    pages = [LIST, ADD, ROLES, "/admin/password_change/", f"{person}password/"]
    for one in (person, role):
        pages += [f"{one}change/", f"{one}delete/", f"{one}history/"]
    pages.remove(f"{role}change/")  # what single rights are called is another matter
    # Unfolded, single rights have the names that Django gives them: for superusers alone.
    shown = {page: words(staff.get(page)).partition("Every right")[0] for page in pages}
    said = {page: jargon(text) for page, text in shown.items()}
    assert {page: found for page, found in said.items() if found} == {}


def test_above_a_person_stand_the_words_of_the_sidebar(staff: Client, lena: User) -> None:
    page = staff.get(f"{LIST}{lena.pk}/change/").content.decode()
    way = page.partition('<nav class="page-way"')[2].partition("</h1>")[0]
    assert f'<a href="{LIST}">People</a>' in way
    assert "lena" in way.lower()


@pytest.mark.parametrize(
    ("password", "said", "offer"),
    [
        ("a-long-password", "A password is set.", "Set a new one"),
        (None, "No password is set: nobody can log in here under this name.", "Set one"),
    ],
)
def test_a_person_has_a_password_or_not_and_it_can_be_set(
    staff: Client, password: str | None, said: str, offer: str
) -> None:
    ben = User.objects.create_user("ben", password=password)
    response = staff.get(f"{LIST}{ben.pk}/change/")
    assert said in words(response)
    assert f'<a href="../password/" class="link">{offer}</a>' in response.content.decode()
    new = {"password1": "another-long-one", "password2": "another-long-one"}
    assert staff.post(f"{LIST}{ben.pk}/password/", new).status_code == 302
    ben.refresh_from_db()
    assert ben.check_password("another-long-one")


def test_before_people_are_deleted_they_are_named(staff: Client, lena: User) -> None:
    ben = User.objects.create_user("ben")
    assert "Delete the person “lena”?" in words(staff.get(f"{LIST}{lena.pk}/delete/"))
    ticked = {"action": "delete_selected", "_selected_action": [lena.pk, ben.pk]}
    shown = words(staff.post(LIST, ticked))
    assert "Delete 2 people?" in shown
    assert "What is deleted: ben lena" in shown
    assert jargon(shown) == []
    done = words(staff.post(LIST, {**ticked, "post": "yes"}, follow=True))
    assert "Successfully deleted 2 people." in done
    assert list(User.objects.values_list("username", flat=True)) == ["anna"]


@pytest.mark.parametrize(
    ("ticked", "said"),
    [
        ({"action": "delete_selected"}, "Tick one or more rows first. Nothing was changed."),
        ({"_selected_action": ["1"]}, "Choose what to do with them first. Nothing was changed."),
    ],
)
def test_an_action_on_nothing_says_what_to_do(
    staff: Client, lena: User, ticked: dict[str, Any], said: str
) -> None:
    assert said in words(staff.post(LIST, {"action": "", "index": "0", **ticked}, follow=True))


def test_whoever_changes_their_own_password_reads_no_lecture(client: Client, lena: User) -> None:
    User.objects.update(is_staff=True)
    client.force_login(lena)
    shown = words(client.get("/admin/password_change/"))
    assert "Old password" in shown
    assert "enter your new password twice" not in shown
    wrong = {"old_password": "x", "new_password1": "another-long-one", "new_password2": "other"}
    assert "Not saved." in words(client.post("/admin/password_change/", wrong))
    right = {
        "old_password": "a-long-password",
        "new_password1": "another-long-one",
        "new_password2": "another-long-one",
    }
    assert "Your password was changed." in words(
        client.post("/admin/password_change/", right, follow=True)
    )


def test_a_wrong_login_and_the_way_out_are_plain(client: Client, lena: User) -> None:
    wrong = words(client.post("/admin/login/", {"username": "lena", "password": "x"}))
    assert "Wrong username or password. Capital letters matter." in wrong
    client.force_login(lena)
    closed = words(client.get("/admin/login/?next=/admin/"))
    assert "You are logged in as lena, who may not open this page." in closed
    assert jargon(closed) == []
    User.objects.update(is_staff=True)
    out = words(client.post("/admin/logout/"))
    assert "You are logged out." in out
    assert "quality time" not in out
