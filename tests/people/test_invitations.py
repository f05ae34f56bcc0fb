"""Invitations: a link that gives no more than its maker has, once, until its end."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core import serializers
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from conversations.account import access, identity
from conversations.models import Account
from people import policy
from people.invitations import links
from people.invitations.acceptance import JoinForm
from people.models import Invitation
from tests.people.phone import PAGE, PASSWORD
from tests.people.test_owners import at_once
from tests.support.clock import Clock
from workqueue.snapshot import Snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_roles")]

LIST, LINK = "/admin/people/invitation/", "/admin/invitation/"
NEW = {
    "username": "max", "first_name": "Max", "last_name": "Muster",
    "password1": "blue-lamp-42-street", "password2": "blue-lamp-42-street",
}  # fmt: skip


@pytest.fixture
def olga(client: Client) -> User:
    user = User.objects.create_user("olga", password=PASSWORD, is_staff=True)
    user.groups.set(Group.objects.filter(name="Owner"))
    client.force_login(user)
    return user


@pytest.fixture
def other(db: None) -> Account:
    first = Account.objects.ours()
    first.save()
    made = Account.objects.create(instagram_id="2", username="second")
    identity.forget()
    return made


def invite(client: Client, role: str = "Support", **more: Any) -> str:
    """Invite somebody; return the secret of the link."""
    given = {"who": "Max", "roles": [Group.objects.get(name=role).pk], "days": "3"}
    given |= {"accounts_shown": "all", **more}
    shown = client.post(f"{LIST}add/", given)
    found = re.search(r'value="http://testserver/admin/invitation/#([\w-]{43})"', shown.text)
    assert found, shown.status_code
    return found[1]


def accept(secret: str, **more: str) -> tuple[Client, Any]:
    client = Client()
    return client, client.post(LINK, {"link": f"#{secret}", **NEW, **more})


def refusal(secret: str) -> str:
    shown = Client().post(LINK, {"link": f"#{secret}"})
    error: str = shown.context.get("error", "")
    return error


def test_somebody_new_comes_by_a_link(client: Client, olga: User) -> None:
    secret = invite(client)
    guest = Client()
    assert "Paste the link" in guest.get(LINK).text
    assert "olga invites you" in guest.post(LINK, {"link": f"https://x/y/#{secret}"}).text
    guest, answer = accept(secret)
    assert answer.headers["Location"] == "/admin/"
    assert guest.get("/admin/").status_code == 200
    new = User.objects.get(username="max")
    assert (new.get_full_name(), new.is_staff, new.is_superuser) == ("Max Muster", True, False)
    assert [role.name for role in new.groups.all()] == ["Support"]
    assert new.check_password(NEW["password1"])
    assert access.of(new) is None
    assert "used by max" in client.get(LIST).text


def test_a_link_is_kept_as_a_digest_and_shown_once(client: Client, olga: User) -> None:
    secret = invite(client)
    assert secret not in serializers.serialize("json", Invitation.objects.all())
    pk = Invitation.objects.get().pk
    for page in (LIST, f"{LIST}{pk}/change/", f"{LIST}{pk}/history/"):
        assert secret not in client.get(page).text
    assert secret not in " ".join(Entry.objects.values_list("says", flat=True))


@pytest.mark.once
def test_no_log_has_the_secret(
    client: Client, olga: User, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = invite(client)
    accept(secret)
    assert secret not in "".join(capsys.readouterr())


def test_a_link_is_good_once(client: Client, olga: User) -> None:
    secret = invite(client)
    accept(secret)
    _, answer = accept(secret, username="mia")
    assert answer.context["error"] == links.USED
    assert not User.objects.filter(username="mia").exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_use_a_link_at_once_one_comes_in(client: Client, olga: User) -> None:
    secret = invite(client)
    done = at_once(*(
        lambda name=name: accept(secret, username=name)[1].status_code for name in ("mia", "tom")
    ))  # fmt: skip
    assert sorted(done) == [200, 302]
    assert User.objects.filter(username__in=["mia", "tom"]).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_choose_a_name_at_once_one_has_it(client: Client, olga: User) -> None:
    secrets = [invite(client), invite(client)]
    done = at_once(*(lambda secret=secret: accept(secret)[1] for secret in secrets))
    assert sorted(answer.status_code for answer in done) == [200, 302]
    refused = next(answer for answer in done if answer.status_code == 200)
    assert "Somebody has this username already." in refused.text
    assert Invitation.objects.filter(used_at=None).count() == 1


@pytest.mark.once
def test_a_link_ends(client: Client, olga: User, time_stands: Clock) -> None:
    secret = invite(client)
    time_stands(timedelta(days=2, hours=23))
    assert refusal(secret) == ""
    time_stands(timedelta(hours=1))
    assert refusal(secret) == links.ENDED
    client.force_login(olga)
    assert "ended" in client.get(LIST).text


@pytest.mark.once
def test_a_withdrawn_link_lets_nobody_in(client: Client, olga: User) -> None:
    secret = invite(client)
    chosen = {"action": "withdraw", "_selected_action": [Invitation.objects.get().pk]}
    for said in ("Withdrawn: 1.", "None of these was open any more."):
        assert said in client.post(LIST, chosen, follow=True).text
    assert refusal(secret) == links.WITHDRAWN
    _, answer = accept(secret)
    assert answer.context["error"] == links.WITHDRAWN


@pytest.mark.once
@pytest.mark.parametrize("secret", ["x", "x" * 5000, "\0", "é"])
def test_what_is_no_link_is_told_so(secret: str) -> None:
    assert refusal(secret) == links.UNKNOWN


@pytest.mark.once
@pytest.mark.parametrize(
    "wrong",
    [
        {"password1": "12345678", "password2": "12345678"},
        {"password1": "password", "password2": "password"},
        {"password2": "another"}, {"username": "olga"}, {"username": ""}, {"first_name": ""},
    ],
)  # fmt: skip
def test_names_and_passwords_are_looked_at(
    client: Client, olga: User, wrong: dict[str, str]
) -> None:
    secret = invite(client)
    _, answer = accept(secret, **wrong)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert User.objects.count() == 1
    assert accept(secret)[1].status_code == 302  # nothing was used up


@pytest.mark.once
def test_no_field_of_a_post_gives_more_than_the_invitation(client: Client, olga: User) -> None:
    every = [str(pk) for pk in Permission.objects.values_list("pk", flat=True)]
    owner = str(Group.objects.get(name="Owner").pk)
    post = {"link": f"#{invite(client)}", **NEW, "is_superuser": "on", "groups": owner}
    Client().post(LINK, post | {"user_permissions": every, "roles": owner})
    new = User.objects.get(username="max")
    assert not new.is_superuser
    assert not new.user_permissions.exists()
    assert [role.name for role in new.groups.all()] == ["Support"]


@pytest.mark.once
def test_nobody_invites_to_more_than_they_have(client: Client, olga: User) -> None:
    role = Group.objects.create(name="Host")
    role.permissions.set(Permission.objects.filter(codename__in=["add_invitation"]))
    olga.groups.set([role])
    given = {"who": "Max", "roles": [Group.objects.get(name="Support").pk], "days": "3"}
    assert client.post(f"{LIST}add/", given).status_code == 200
    assert (
        client.post(f"{LIST}add/", given | {"roles": [role.pk], "days": "900"}).status_code == 200
    )
    assert not Invitation.objects.exists()


@pytest.mark.once
def test_whoever_is_limited_invites_to_their_accounts(
    client: Client, olga: User, other: Account
) -> None:
    first = Account.objects.ours()
    access.limit(olga, [first])
    given = {"who": "Max", "roles": [Group.objects.get(name="Support").pk], "days": "3"}
    for ticked in ([], [other.pk], [first.pk, other.pk]):
        assert client.post(f"{LIST}add/", given | {"accounts": ticked}).status_code == 200
    accept(invite(client, accounts=[first.pk]))
    assert access.of(User.objects.get(username="max")) == frozenset({first.pk})
    access.limit(olga, [])
    invite(client, accounts=[other.pk])
    invite(client)
    access.limit(olga, [first])
    assert [one.account_ids for one in client.get(LIST).context["cl"].result_list] == [[first.pk]]


@pytest.mark.once
@pytest.mark.parametrize("change", ["off", "no pages", "gone", "demoted", "limited", "role grew"])
def test_what_the_inviter_may_give_is_asked_again(
    client: Client, olga: User, other: Account, change: str
) -> None:
    secret = invite(client)
    if change == "off":
        User.objects.update(is_active=False)
    elif change == "no pages":
        User.objects.update(is_staff=False)
    elif change == "gone":
        olga.delete()
    elif change == "demoted":
        olga.groups.set(Group.objects.filter(name="Support"))
    elif change == "limited":
        access.limit(olga, [other])
    else:
        right = Permission.objects.get(codename="add_logentry")
        Group.objects.get(name="Support").permissions.add(right)
    assert refusal(secret) == links.TOO_MUCH
    _, answer = accept(secret)
    assert answer.context["error"] == links.TOO_MUCH
    assert not User.objects.filter(username="max").exists()


@pytest.mark.once
def test_somebody_new_is_led_to_the_second_factor_where_it_is_required(
    client: Client, olga: User
) -> None:
    secret = invite(client)
    policy.require_second_factor(required=True)
    Snapshot.forget_everything()
    guest, answer = accept(secret)
    led = guest.get(answer.headers["Location"]).headers["Location"]
    assert led == f"{PAGE}required/?next=%2Fadmin%2F"


@pytest.mark.once
def test_whoever_is_logged_in_becomes_the_new_person(client: Client, olga: User) -> None:
    secret = invite(client)
    assert "You are logged in as olga" in client.post(LINK, {"link": f"#{secret}"}).text
    client.post(LINK, {"link": f"#{secret}", **NEW})
    assert client.get("/admin/").wsgi_request.user.username == "max"


@pytest.mark.once
def test_what_is_wrong_with_a_password_stands_where_it_was_chosen(db: None) -> None:
    form = JoinForm({**NEW, "password1": "password", "password2": "password"})
    assert "too common" in " ".join(map(str, form.errors["password1"]))
    assert "password2" not in form.errors
    assert "autofocus" not in str(form["username"]), "what is wrong is elsewhere"


@pytest.mark.once
def test_invitations_are_on_record(client: Client, olga: User) -> None:
    accept(invite(client))
    invite(client, role="Reviewer")
    open_one = Invitation.objects.order_by("-pk")[:1]
    client.post(LIST, {"action": "withdraw", "_selected_action": [open_one[0].pk]})
    said = list(Entry.objects.filter(kind="invitation").order_by("pk").values_list("says", "name"))
    assert said == [
        ("invited Max with Support", "olga"),
        ("accepted the invitation of “olga” with Support", "max"),
        ("invited Max with Reviewer", "olga"),
        ("withdrew an invitation: Reviewer", "olga"),
    ]
    chose = Entry.objects.get(kind="password", says__contains="max")
    assert chose.name == "max", "nobody reset it"


@pytest.mark.once
def test_without_the_right_nobody_withdraws(client: Client, olga: User) -> None:
    invite(client)
    right = Permission.objects.get(codename="delete_invitation")
    Group.objects.get(name="Owner").permissions.remove(right)
    chosen = {"action": "withdraw", "_selected_action": [Invitation.objects.get().pk]}
    client.post(LIST, chosen)
    assert Invitation.objects.get().withdrawn_at is None
    assert Invitation.objects.get().ends_at > timezone.now()
