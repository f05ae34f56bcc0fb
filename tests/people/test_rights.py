"""Whoever may change people makes nobody, and not themselves, more than they are."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import get_resolver
from import_export.admin import ImportMixin

from audit.models import Entry
from conversations.account import access, identity
from conversations.models import Account
from people.forms import ACCOUNTS_CHANGED
from people.invitations.models import Invitation
from people.models import AppDevice
from tests.people.phone import PASSWORD, give

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_roles")]

LIST, GROUPS = "/admin/auth/user/", "/admin/auth/group/"
RIGHTS = (
    "view_user", "add_user", "change_user", "delete_user",
    "view_group", "add_group", "change_group", "delete_group",
    "view_invitation", "add_invitation", "delete_invitation",
    "view_conversation",
)  # fmt: skip


@pytest.fixture
def clerk(client: Client) -> User:
    """Somebody who may change people, and little else; a superuser and an owner are there, too."""
    make_owner("olga")
    User.objects.create_superuser("root", password=PASSWORD)
    user = User.objects.create_user("clerk", password=PASSWORD, is_staff=True)
    role = Group.objects.create(name="Clerk")
    role.permissions.set(Permission.objects.filter(codename__in=RIGHTS))
    user.groups.add(role)
    client.force_login(user)
    return user


def make_owner(name: str) -> User:
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True)
    user.groups.set(Group.objects.filter(name="Owner"))
    return user


def rights(user: User) -> tuple[bool, set[str]]:
    fresh = User.objects.get(pk=user.pk)
    return fresh.is_superuser, fresh.get_all_permissions()


def given(user: User, **more: Any) -> dict[str, Any]:
    """Return what the form of a person posts when nothing was changed."""
    groups = list(user.groups.values_list("pk", flat=True))
    said = {"username": user.username, "is_active": "on", "is_staff": "on", "groups": groups}
    return said | more


def everything() -> list[int]:
    return list(Permission.objects.values_list("pk", flat=True))


def test_no_field_of_a_post_makes_oneself_more(client: Client, clerk: User) -> None:
    before = rights(clerk)
    page = f"{LIST}{clerk.pk}/change/"
    more = {
        "is_superuser": "on", "user_permissions": everything(), "permissions": everything(),
        "last_login_0": "2030-01-01", "password": "x", "id": "1", "pk": "1",
    }  # fmt: skip
    assert client.post(page, given(clerk, **more)).status_code == 302
    assert rights(clerk) == before
    shown = client.get(page).context["adminform"].form.fields
    assert {"is_superuser", "user_permissions"} & {*shown} == set()


@pytest.mark.once
def test_no_role_that_holds_more_is_given(client: Client, clerk: User) -> None:
    before = rights(clerk)
    roles_of_all = list(Group.objects.values_list("pk", flat=True))
    answer = client.post(f"{LIST}{clerk.pk}/change/", given(clerk, groups=roles_of_all))
    assert answer.status_code == 200
    new = {"username": "new", "usable_password": "false", "groups": roles_of_all}
    assert client.post(f"{LIST}add/", new).status_code == 200
    assert rights(clerk) == before
    assert not User.objects.filter(username="new").exists()


@pytest.mark.once
def test_somebody_new_is_no_more_than_who_made_them(client: Client, clerk: User) -> None:
    groups = list(clerk.groups.values_list("pk", flat=True))
    new = {
        "username": "new", "usable_password": "false", "groups": groups,
        "is_superuser": "on", "user_permissions": everything(),
    }  # fmt: skip
    assert client.post(f"{LIST}add/", new).status_code == 302
    assert rights(User.objects.get(username="new")) == rights(clerk)


@pytest.mark.once
@pytest.mark.parametrize("name", ["root", "olga"])
def test_nobody_with_more_rights_is_changed(client: Client, clerk: User, name: str) -> None:
    other = User.objects.get(username=name)
    give(other)
    password = {"password1": "another-long-one", "password2": "another-long-one"}
    page = f"{LIST}{other.pk}/"
    posts: list[tuple[str, dict[str, Any]]] = [
        (f"{page}change/", given(other, is_active="")),
        (f"{page}change/", given(other, username="mine")),
        (f"{page}password/", password),
        (f"{page}password/", {"usable_password": "false", "unset-password": "1"}),
        (f"{page}second-factor/", {}),
        (f"{page}delete/", {"post": "yes"}),
        (LIST, {"action": "delete_selected", "_selected_action": [other.pk], "post": "yes"}),
    ]
    before = User.objects.filter(pk=other.pk).values().get()
    for where, said in posts:
        assert client.post(where, said).status_code == 403, where
    assert User.objects.filter(pk=other.pk).values().get() == before
    assert AppDevice.objects.filter(user=other, confirmed=True).exists()


@pytest.mark.once
def test_no_role_is_edited_into_more(client: Client, clerk: User) -> None:
    before = rights(clerk)
    mine = clerk.groups.get()
    page = f"{GROUPS}{mine.pk}/change/"
    said = {"name": "Clerk", "permissions": everything()}
    assert client.post(page, said).status_code == 200
    assert client.post(f"{GROUPS}add/", said | {"name": "Mine"}).status_code == 200
    owner = Group.objects.get(name="Owner")
    own = list(mine.permissions.values_list("pk", flat=True))
    for where in (f"{GROUPS}{owner.pk}/change/", f"{GROUPS}{owner.pk}/delete/"):
        taken = {"name": "Owner", "permissions": own, "post": "yes"}
        assert client.post(where, taken).status_code == 403
    assert rights(clerk) == before
    assert not Group.objects.filter(name="Mine").exists()


@pytest.mark.once
def test_a_superuser_alone_makes_superusers(client: Client) -> None:
    olga, lena = make_owner("olga"), make_owner("lena")
    client.force_login(olga)
    client.post(f"{LIST}{lena.pk}/change/", given(lena, is_superuser="on"))
    assert not rights(lena)[0]
    client.force_login(User.objects.create_superuser("root"))
    client.post(f"{LIST}{lena.pk}/change/", given(lena, is_superuser="on"))
    assert rights(lena)[0]


@pytest.mark.once
def test_nobody_limited_to_accounts_touches_who_sees_more(client: Client) -> None:
    first = Account.objects.ours()
    first.save()
    other = Account.objects.create(instagram_id="2", username="second")
    identity.forget()
    lena, ben = make_owner("lena"), make_owner("ben")
    access.limit(lena, [first])
    access.limit(ben, [other])
    give(ben)
    client.force_login(lena)
    for what, said in (
        ("change", given(ben)), ("second-factor", {}), ("delete", {"post": "yes"}),
        ("password", {"password1": "another-long-one", "password2": "another-long-one"}),
    ):  # fmt: skip
        answer = client.post(f"{LIST}{ben.pk}/{what}/", said)
        assert answer.status_code in (403, 404) or answer.headers["Location"] == "/admin/"
    assert User.objects.get(pk=ben.pk).check_password(PASSWORD)
    assert AppDevice.objects.exists()


@pytest.mark.once
def test_whoever_is_limited_to_accounts_sees_those_alone_who_see_no_more(client: Client) -> None:
    first = Account.objects.ours()
    first.save()
    other = Account.objects.create(instagram_id="2", username="second")
    identity.forget()
    names = {"lena": [first], "mia": [first], "ben": [other], "both": [first, other], "all": []}
    people = {name: make_owner(name) for name in names}
    for name, accounts in names.items():
        access.limit(people[name], accounts)
    access.limit(User.objects.create_superuser("root"), [first])
    client.force_login(people["lena"])
    shown = client.get(LIST).context["cl"].result_list
    assert {one.username for one in shown} == {"lena", "mia"}
    User.objects.filter(username="ben").update(email="ben@second.example")
    assert "ben@" not in client.get(f"{LIST}{people['ben'].pk}/change/", follow=True).text


@pytest.mark.once
def test_a_limit_stays_where_it_was_not_asked_for(client: Client) -> None:
    """With one account left, the field is not on the page; with a second one it counts again."""
    first = Account.objects.ours()
    first.save()
    root, lena = User.objects.create_superuser("root"), make_owner("lena")
    access.limit(lena, [first])
    client.force_login(root)
    page = f"{LIST}{lena.pk}/change/"
    assert "Only these accounts" not in client.get(page).text
    assert client.post(page, given(lena, first_name="Lena")).status_code == 302
    Account.objects.create(instagram_id="2", username="second")
    identity.forget()
    assert access.of(lena) == frozenset({first.pk})


def connect_second() -> Account:
    second = Account.objects.create(instagram_id="2", username="second")
    identity.forget()
    return second


def sent_back(page: Any, **more: Any) -> dict[str, Any]:
    """What a browser sends of a page's form as it stands there, but for what is changed."""
    form = page.context["adminform"].form
    drawn = flatten_fieldsets(page.context["adminform"].fieldsets)
    said = {name: form[name].value() for name in drawn if name in form.fields}
    return {name: value for name, value in (said | more).items() if value}


@pytest.mark.once
@pytest.mark.parametrize("superuser", [False, True])
def test_a_page_from_before_a_second_account_widens_no_limit(
    client: Client, *, superuser: bool
) -> None:
    first = Account.objects.ours()
    first.save()
    root, lena = User.objects.create_superuser("root"), make_owner("lena")
    access.limit(lena, [first])
    client.force_login(root)
    page = f"{LIST}{lena.pk}/change/"
    said = sent_back(client.get(page), first_name="Lena")
    connect_second()
    if superuser:  # for the time being: their limit is to count again afterwards
        User.objects.filter(pk=lena.pk).update(is_superuser=True)
        said = sent_back(client.get(page), first_name="Lena")
    assert client.post(page, said).status_code == 302
    assert User.objects.get(pk=lena.pk).first_name == "Lena"
    assert access.limit_of(lena) == frozenset({first.pk})


@pytest.mark.once
def test_a_page_from_before_somebody_was_limited_does_not_undo_it(client: Client) -> None:
    first = Account.objects.ours()
    first.save()
    connect_second()
    lena = make_owner("lena")
    client.force_login(User.objects.create_superuser("root"))
    page = f"{LIST}{lena.pk}/change/"
    said = sent_back(client.get(page), first_name="Typed")
    access.limit(lena, [first])
    shown = client.post(page, said)
    assert shown.status_code == 200
    assert ACCOUNTS_CHANGED in shown.text
    assert "Typed" in shown.text
    assert access.of(lena) == frozenset({first.pk})
    assert client.post(page, sent_back(shown)).status_code == 302
    assert access.of(lena) == frozenset({first.pk})
    said = sent_back(client.get(page), accounts=[])
    assert client.post(page, said).status_code == 302  # who sees the limit can lift it
    assert access.of(lena) is None


@pytest.mark.once
@pytest.mark.parametrize("what", ["auth/user", "people/invitation"])
def test_nobody_is_added_by_a_page_that_did_not_ask_for_accounts(client: Client, what: str) -> None:
    Account.objects.ours().save()
    client.force_login(User.objects.create_superuser("root"))
    page = f"/admin/{what}/add/"
    roles_given = list(Group.objects.filter(name="Support").values_list("pk", flat=True))
    new = {"username": "new", "usable_password": "false", "who": "Nina", "days": 3}
    said = sent_back(client.get(page), **new, roles=roles_given, groups=roles_given)
    connect_second()
    shown = client.post(page, said)
    assert ACCOUNTS_CHANGED in shown.text
    assert not User.objects.filter(username="new").exists()
    assert not Invitation.objects.exists()


@pytest.mark.once
@pytest.mark.parametrize("off", ["is_active", "is_staff"])
def test_whoever_is_switched_off_and_on_again_logs_in_anew(client: Client, off: str) -> None:
    lena, browser = make_owner("lena"), Client()
    browser.force_login(lena)
    client.force_login(make_owner("olga"))
    page = f"{LIST}{lena.pk}/change/"
    assert browser.get("/admin/").status_code == 200
    for said in (given(lena, **{off: ""}), given(lena)):
        posted = {name: value for name, value in said.items() if value}
        assert client.post(page, posted).status_code == 302
    assert "/admin/login/" in browser.get("/admin/").headers["Location"]
    assert Entry.objects.filter(kind="session", says="ended 1 session of “lena”").exists()


@pytest.mark.once
def test_whoever_switches_themselves_off_is_out(client: Client) -> None:
    make_owner("olga")
    lena = make_owner("lena")
    client.force_login(lena)
    said = {name: value for name, value in given(lena).items() if name != "is_active"}
    after = client.post(f"{LIST}{lena.pk}/change/", said, follow=True)
    assert after.request["PATH_INFO"] == "/admin/login/"
    assert not User.objects.get(pk=lena.pk).is_active


@pytest.mark.once
def test_the_list_tells_nothing_of_sessions_and_tokens(client: Client) -> None:
    client.force_login(make_owner("olga"))
    for field in ("sessions__session_key", "auth_token_set__digest", "password", "email"):
        assert client.get(f"{LIST}?{field}__startswith=a").status_code == 400, field
    role = Group.objects.get(name="Owner").pk
    for asked in ("is_active__exact=1", f"groups__id__exact={role}"):
        assert client.get(f"{LIST}?{asked}").status_code == 200


@pytest.mark.once
def test_ones_own_password_and_second_factor_go_with_a_proof_alone(client: Client) -> None:
    """Else a session that was stolen is enough for whoever may change people."""
    root = User.objects.create_superuser("root", password=PASSWORD)
    give(root)
    client.force_login(root)
    new = {"password1": "another-long-one", "password2": "another-long-one"}
    for number in (f"{root.pk}", f"0{root.pk}"):
        for send in (client.get, client.post):
            answer = send(f"{LIST}{number}/password/", new)
            assert answer.headers["Location"] == "/admin/password_change/"
            answer = send(f"{LIST}{number}/second-factor/")
            assert answer.headers["Location"] == "/admin/second-factor/"
    assert User.objects.get(pk=root.pk).check_password(PASSWORD)
    assert AppDevice.objects.exists()


@pytest.mark.once
def test_a_password_is_set_and_not_taken_away(client: Client, staff: Client) -> None:
    lena = make_owner("lena")
    page = f"{LIST}{lena.pk}/password/"
    staff.post(page, {"usable_password": "false", "unset-password": "1"})
    assert User.objects.get(pk=lena.pk).check_password(PASSWORD)
    staff.post(page, {"password1": "another-long-one", "password2": "another-long-one"})
    assert User.objects.get(pk=lena.pk).check_password("another-long-one")
    assert Entry.objects.filter(kind="password", says__contains="“lena”").count() == 1


@pytest.mark.once
def test_an_owner_takes_a_colleagues_second_factor_away(client: Client) -> None:
    olga, lena = make_owner("olga"), make_owner("lena")
    give(lena)
    client.force_login(olga)
    person, page = f"{LIST}{lena.pk}/change/", f"{LIST}{lena.pk}/second-factor/"
    assert f'href="{page}"' in client.get(person).text
    assert "Take the second factor of lena away?" in client.get(page).text
    said = client.post(page, follow=True).text
    assert "lena logs in with the password alone now." in said
    assert not AppDevice.objects.exists()
    assert Entry.objects.filter(kind="second_factor", person_id=olga.pk).count() == 1
    assert client.get(f"{LIST}{olga.pk}/second-factor/").status_code == 302  # one's own page
    assert client.get(f"{LIST}999999/second-factor/").status_code == 404


@pytest.mark.once
def test_neither_a_file_nor_the_api_changes_people() -> None:
    for model in (User, Group):
        assert not isinstance(admin.site.get_model_admin(model), ImportMixin)
    api = [str(one.pattern) for one in get_resolver("api.urls").url_patterns]
    assert api
    assert not [one for one in api if "user" in one or "group" in one or "people" in one]


@pytest.mark.once
def test_what_is_changed_is_on_record_in_words(client: Client, staff: Client) -> None:
    make_owner("olga")
    lena = make_owner("lena")
    support = Group.objects.get(name="Support")
    staff.post(
        f"{LIST}{lena.pk}/change/",
        {"username": "lena", "is_staff": "on", "groups": [support.pk]},
    )
    staff.post(f"{GROUPS}{support.pk}/change/", {"name": "Help", "permissions": []})
    staff.post(f"{LIST}{lena.pk}/delete/", {"post": "yes"})
    kinds = ("person", "role")
    said = list(Entry.objects.filter(kind__in=kinds).order_by("pk").values_list("says", flat=True))
    assert said[0] == ("changed the person “lena”: may log in: yes → no; roles: +Support, -Owner")
    assert said[1].startswith("changed the role “Help”: name: Support → Help; rights: -")
    assert said[2] == "deleted the person “lena”"
    assert {one.name for one in Entry.objects.filter(kind__in=kinds)} == {"anna"}
