"""The last one who can change people stays one, also where two owners demote each other at once."""

import threading
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.test import Client

from audit.models import Entry
from conversations.account import access, identity
from conversations.models import Account
from people import owners
from people.second_factor import verification
from tests.people.phone import PASSWORD, give

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_roles")]

LIST, GROUPS = "/admin/auth/user/", "/admin/auth/group/"
SAID = "nobody could change people any more"


def make_owner(name: str) -> User:
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True)
    user.groups.set(Group.objects.filter(name="Owner"))
    return user


@pytest.fixture
def olga(client: Client) -> User:
    """The only owner; others are there who are none."""
    first = Account.objects.ours()
    first.save()
    Account.objects.create(instagram_id="2", username="second")
    identity.forget()
    make_owner("off").groups.clear()
    gone = make_owner("gone")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    system = make_owner("system")
    User.objects.filter(pk=system.pk).update(is_staff=False)
    access.limit(make_owner("limited"), [first])
    locked = make_owner("locked")
    locked.set_unusable_password()
    locked.save()
    user = make_owner("olga")
    client.force_login(user)
    return user


def test_who_counts_as_an_owner(olga: User) -> None:
    assert list(owners.owners()) == [olga]
    alone = User.objects.create_user("alone", password=PASSWORD, is_staff=True)
    alone.user_permissions.add(Permission.objects.get(codename="change_user"))
    root = User.objects.create_superuser("root", password=PASSWORD)
    assert set(owners.owners()) == {olga, alone, root}


def given(user: User, **more: Any) -> dict[str, Any]:
    groups = list(user.groups.values_list("pk", flat=True))
    said = {
        "username": user.username, "is_active": "on", "is_staff": "on", "groups": groups,
        "accounts_shown": "all",
    }  # fmt: skip
    return {name: value for name, value in (said | more).items() if value != ""}


@pytest.mark.parametrize(
    "more",
    [{"is_active": ""}, {"is_staff": ""}, {"groups": ""}, {"accounts": True}],
    ids=["deactivated", "no pages", "demoted", "limited"],
)
def test_the_last_owner_is_not_changed_into_none(
    client: Client, olga: User, more: dict[str, Any]
) -> None:
    if "accounts" in more:
        more = {"accounts": [Account.objects.ours().pk]}
    page = f"{LIST}{olga.pk}/change/"
    shown = client.post(page, given(olga, first_name="Typed", **more))
    assert shown.status_code == 200
    assert SAID in shown.text
    assert "Typed" in shown.text  # nothing that was typed is lost
    assert list(owners.owners()) == [olga]
    assert access.of(olga) is None
    assert not Entry.objects.exists()
    ben = make_owner("ben")
    assert client.post(page, given(olga, **more)).status_code == 302
    assert list(owners.owners()) == [ben]


@pytest.mark.once
@pytest.mark.parametrize("how", ["page", "list"])
def test_the_last_owner_is_not_deleted(client: Client, olga: User, how: str) -> None:
    pages: dict[str, tuple[str, dict[str, Any]]] = {
        "page": (f"{LIST}{olga.pk}/delete/", {"post": "yes"}),
        "list": (LIST, {
            "action": "delete_selected", "post": "yes",
            "_selected_action": list(User.objects.values_list("pk", flat=True)),
        }),
    }  # fmt: skip
    count = User.objects.count()
    page, said = pages[how]
    shown = client.post(page, said, follow=True).text
    assert SAID in shown
    assert "uccessfully" not in shown
    assert User.objects.count() == count
    assert not Entry.objects.exists()


@pytest.mark.once
@pytest.mark.parametrize("how", ["emptied", "deleted", "deleted by the list"])
def test_the_last_owners_role_stays(client: Client, olga: User, how: str) -> None:
    role = Group.objects.get(name="Owner")
    count = role.permissions.count()
    keep = list(role.permissions.exclude(codename="change_user").values_list("pk", flat=True))
    pages: dict[str, tuple[str, dict[str, Any]]] = {
        "emptied": (f"{GROUPS}{role.pk}/change/", {"name": "Owner", "permissions": keep}),
        "deleted": (f"{GROUPS}{role.pk}/delete/", {"post": "yes"}),
        "deleted by the list": (GROUPS, {
            "action": "delete_selected", "post": "yes", "_selected_action": [role.pk],
        }),
    }  # fmt: skip
    page, said = pages[how]
    assert SAID in client.post(page, said, follow=True).text
    assert Group.objects.get(name="Owner").permissions.count() == count


@pytest.mark.once
def test_what_was_so_before_can_still_be_changed(client: Client, olga: User) -> None:
    """Where nobody counts as an owner, as nobody has a password yet, all goes on."""
    User.objects.update(password="!")
    assert client.post(f"{LIST}{olga.pk}/change/", given(olga, first_name="O")).status_code == 302


def at_once(*works: Any) -> list[Any]:
    """Do all of these at the same moment, each with a connection of its own."""
    ready, done = threading.Barrier(len(works)), [None] * len(works)

    def work(number: int) -> None:
        try:
            ready.wait()
            done[number] = works[number]()
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return done


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_demote_each_other_at_once_leave_one() -> None:
    olga, ben = make_owner("olga"), make_owner("ben")
    support = Group.objects.get(name="Support").pk

    def demote(by: User, other: User) -> int:
        client = Client()
        client.force_login(by)
        page = f"{LIST}{other.pk}/change/"
        return client.post(page, given(other, groups=[support])).status_code

    for _ in range(3):
        for user in (olga, ben):
            user.groups.set(Group.objects.filter(name="Owner"))
        # The second one has lost the right meanwhile.
        assert sorted(at_once(lambda: demote(olga, ben), lambda: demote(ben, olga))) == [302, 403]
        assert owners.owners().count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_leave_at_once_leave_one() -> None:
    olga, ben = make_owner("olga"), make_owner("ben")

    def leave(user: User) -> int:
        client = Client()
        client.force_login(user)
        return client.post(f"{LIST}{user.pk}/change/", given(user, groups="")).status_code

    for _ in range(3):
        for user in (olga, ben):
            user.groups.set(Group.objects.filter(name="Owner"))
        assert sorted(at_once(lambda: leave(olga), lambda: leave(ben))) == [200, 302]
        assert owners.owners().count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_enter_the_same_code_at_once_one_is_let_in() -> None:
    olga = make_owner("olga")
    phone, codes = give(olga)
    for code in (phone.show(), codes[0]):
        said = at_once(*[lambda code=code: verification.check(olga, code)] * 3)
        assert sorted(bool(error) for error in said) == [False, True, True]
