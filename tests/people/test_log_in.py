"""Logging in with a second factor: the password, and then a code that is good once."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from api.models import Token
from audit.models import Entry
from people.second_factor.models import AppDevice, RecoveryCode
from tests.people.phone import CODE, PASSWORD, Phone, enter_password, give
from tests.support.clock import Clock

pytestmark = pytest.mark.django_db

HOME = "/admin/"


@pytest.fixture
def lena() -> User:
    return User.objects.create_user("lena", password=PASSWORD, is_staff=True)


@pytest.fixture
def phone(lena: User) -> Phone:
    return give(lena)[0]


def is_in(client: Client) -> bool:
    return client.get(HOME).status_code == 200


def enter(client: Client, code: str) -> str:
    """Enter a code; return what is said of it, or nothing where it lets in."""
    answer = client.post(CODE, {"code": code})
    return answer.context["error"] if answer.status_code == 200 else ""


def test_without_a_second_factor_the_password_is_enough(client: Client, lena: User) -> None:
    assert enter_password(client, "lena") == HOME
    assert is_in(client)


@pytest.mark.once
def test_the_password_alone_opens_nothing(client: Client, lena: User, phone: Phone) -> None:
    assert enter_password(client, "lena").startswith(CODE)
    assert not is_in(client)
    assert client.get("/api/v1/rules").status_code in (401, 403)
    assert client.get("/admin/second-factor/").status_code == 302
    assert lena.pk
    assert User.objects.get(pk=lena.pk).last_login is None


def test_a_code_logs_in_once_and_leads_where_one_wanted(
    client: Client, phone: Phone, time_stands: Clock
) -> None:
    wanted = "/admin/password_change/"
    step = enter_password(client, "lena", wanted)
    code = phone.show()
    answer = client.post(step, {"code": f"{code[:3]} {code[3:]}", "next": wanted})
    assert answer.headers["Location"] == wanted
    assert is_in(client)
    other = Client()
    enter_password(other, "lena")
    assert "was used already" in enter(other, code)
    assert not is_in(other)


@pytest.mark.once
@pytest.mark.parametrize("then", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_a_log_in_leads_nowhere_else(client: Client, phone: Phone, then: str) -> None:
    enter_password(client, "lena", then)
    answer = client.post(CODE, {"code": phone.show(), "next": then})
    assert answer.headers["Location"] == HOME


@pytest.mark.once
def test_after_each_wrong_code_one_waits_longer(
    client: Client, phone: Phone, time_stands: Clock
) -> None:
    enter_password(client, "lena")
    for waits in (1, 2, 4, 8):
        assert "wrong" in enter(client, phone.show_wrong())
        assert "Try again in" in enter(client, phone.show())
        time_stands(timedelta(seconds=waits - 0.5))
        assert "Try again in a second" in enter(client, phone.show())
        time_stands(timedelta(seconds=1))
    assert enter(client, phone.show()) == ""
    assert AppDevice.objects.get().throttling_failure_count == 0


@pytest.mark.once
def test_nobody_waits_longer_than_a_quarter_of_an_hour(
    client: Client, phone: Phone, time_stands: Clock
) -> None:
    AppDevice.objects.update(throttling_failure_count=500)
    for _ in range(2):
        time_stands(timedelta(days=400))
        enter_password(client, "lena")
        enter(client, phone.show_wrong())
    assert "Try again in 18 minutes" in enter(client, phone.show())
    time_stands(timedelta(minutes=18))
    enter_password(client, "lena")
    assert enter(client, phone.show()) == ""


@pytest.mark.once
@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "abcdef", "a" * 4000, "\u0663" * 6, "\0"]
)
def test_what_is_no_code_costs_nothing(client: Client, phone: Phone, typed: str) -> None:
    enter_password(client, "lena")
    assert "six digits" in enter(client, typed)
    assert AppDevice.objects.get().throttling_failure_count == 0


def test_whoever_used_a_recovery_code_is_told_how_many_are_left(client: Client, lena: User) -> None:
    _, codes = give(lena)
    enter_password(client, "lena")
    shown = client.post(CODE, {"code": codes[0]}, follow=True)
    assert "You used a recovery code; 9 left." in shown.text


def test_a_recovery_code_logs_in_once(client: Client, lena: User) -> None:
    _, codes = give(lena)
    for said in ("", "was used already"):
        client.post("/admin/logout/")
        enter_password(client, "lena")
        assert said in enter(client, codes[0].upper())
        assert is_in(client) != bool(said)
    assert RecoveryCode.objects.filter(used_at=None).count() == 9
    assert Entry.objects.filter(kind="second_factor", says__contains="left: 9").count() == 1


@pytest.mark.once
def test_whoever_is_slowed_down_can_use_a_recovery_code(client: Client, lena: User) -> None:
    phone, codes = give(lena)
    enter_password(client, "lena")
    enter(client, phone.show_wrong())
    assert enter(client, codes[1]) == ""


@pytest.mark.once
def test_the_second_step_is_open_for_ten_minutes(
    client: Client, phone: Phone, time_stands: Clock
) -> None:
    enter_password(client, "lena")
    time_stands(timedelta(minutes=11))
    assert client.post(CODE, {"code": phone.show()}).headers["Location"] == "/admin/login/"
    assert not is_in(client)


@pytest.mark.once
@pytest.mark.parametrize("what", ["password", "switched off", "deleted"])
def test_what_was_changed_between_the_steps_counts(
    client: Client, lena: User, phone: Phone, what: str
) -> None:
    enter_password(client, "lena")
    if what == "password":
        lena.set_password("another-long-one")
        lena.save()
    elif what == "switched off":
        User.objects.update(is_active=False)
    else:
        lena.delete()
    assert client.post(CODE, {"code": phone.show()}).status_code == 302
    assert not is_in(client)


@pytest.mark.once
def test_nobody_enters_a_code_for_somebody_else(client: Client, phone: Phone) -> None:
    assert client.get(CODE).headers["Location"] == "/admin/login/"
    give(User.objects.create_user("ben", password=PASSWORD, is_staff=True))
    enter_password(client, "ben")
    assert "wrong" in enter(client, phone.show())


@pytest.mark.once
def test_logging_in_as_somebody_else_ends_the_log_in_of_before(
    client: Client, phone: Phone
) -> None:
    client.force_login(User.objects.create_user("ben", is_staff=True))
    enter_password(client, "lena")
    assert not is_in(client)


@pytest.mark.once
def test_a_token_needs_no_code(client: Client, lena: User, phone: Phone) -> None:
    lena.is_superuser = True
    lena.save()
    token = Token.objects.create(user=lena, name="shop")[1]
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/rules", headers=headers).status_code == 200


@pytest.mark.once
def test_wrong_codes_are_on_record_and_the_codes_are_not(client: Client, phone: Phone) -> None:
    enter_password(client, "lena")
    wrong = phone.show_wrong()
    enter(client, wrong)
    said = " ".join(Entry.objects.values_list("says", flat=True))
    assert "entered a wrong code for “lena”" in said
    assert wrong not in said
