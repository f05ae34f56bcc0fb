"""One's own second factor: switched on with a code of the app, and off with a proof."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import serializers
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from audit import actors
from audit.actors import acting
from audit.models import Entry
from people.models import AppDevice, RecoveryCode, RecoverySheet
from people.second_factor import enrolment, verification
from tests.people import hashing
from tests.people.phone import (
    CODE,
    PAGE,
    PASSWORD,
    Phone,
    codes_on,
    enter_password,
    give,
    log_in,
    scan,
)
from tests.support.clock import Clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def lena(client: Client) -> User:
    user = User.objects.create_user("lena", password=PASSWORD, is_staff=True)
    client.force_login(user)
    return user


def begin(client: Client) -> Phone:
    page = client.post(f"{PAGE}begin/", follow=True)
    assert page.request["PATH_INFO"] == f"{PAGE}set-up/"
    return scan(page.text)


def test_it_is_switched_on_by_a_code_of_the_app(client: Client, lena: User) -> None:
    phone = begin(client)
    said = client.post(f"{PAGE}set-up/", {"code": phone.show_wrong()}).text
    assert "This is not the code" in said
    assert not AppDevice.objects.get().confirmed
    AppDevice.objects.update(throttling_failure_count=0)
    shown = client.post(f"{PAGE}set-up/", {"code": phone.show()})
    codes = codes_on(shown.text)
    assert len(set(codes)) == 10
    assert "no-store" in shown.headers["Cache-Control"]
    after = client.get(PAGE).text
    assert "10 left" in after
    assert codes_on(after) == []
    assert client.get(f"{PAGE}set-up/").headers["Location"] == PAGE  # the key is not shown again


@pytest.mark.once
def test_the_qr_code_is_drawn_in_the_page_under_its_policy(client: Client, lena: User) -> None:
    page = client.post(f"{PAGE}begin/", follow=True)
    assert "<svg" in page.text
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "data:" not in page.headers["Content-Security-Policy"]
    device = AppDevice.objects.get()
    assert device.config_url.startswith("otpauth://totp/instabot%3Alena?secret=")
    assert "issuer=instabot" in device.config_url


def test_no_row_has_what_logs_in(client: Client, lena: User) -> None:
    phone, codes = give(lena)
    device = AppDevice.objects.get()
    rows = [device, *RecoverySheet.objects.all(), *RecoveryCode.objects.all()]
    kept = serializers.serialize("json", rows)
    assert len(json.loads(kept)) == 12
    told = [phone.key.hex(), device.secret, device.secret.replace(" ", "")]
    told += [*codes, *(code.replace("-", "") for code in codes)]
    assert not [one for one in told if one in kept]


@pytest.mark.once
def test_each_time_one_begins_there_is_a_new_key(client: Client, lena: User) -> None:
    assert begin(client) != begin(client)
    assert AppDevice.objects.count() == 1


@pytest.mark.once
def test_one_that_is_on_is_not_begun_anew(client: Client, lena: User) -> None:
    phone, _ = give(lena)
    log_in(client, lena)
    assert client.post(f"{PAGE}begin/").headers["Location"] == PAGE
    assert AppDevice.objects.get().read_key() == phone.key


@pytest.mark.once
@pytest.mark.parametrize("proof", ["password", "code", "password like a recovery code"])
def test_it_is_switched_off_with_a_proof(client: Client, lena: User, proof: str) -> None:
    phone, _ = give(lena)
    log_in(client, lena)
    typed = phone.show() if proof == "code" else PASSWORD
    if "like" in proof:
        typed = "blue-lamp-42-street"  # sixteen letters of a recovery code
        lena.set_password(typed)
        lena.save()
        log_in(client, lena)
    said = client.post(f"{PAGE}off/", {"proof": typed}, follow=True).text
    assert "Your second factor is off." in said
    assert not AppDevice.objects.exists()
    assert not RecoverySheet.objects.exists()
    assert Entry.objects.filter(kind="second_factor", says__contains="taken away").count() == 1


@pytest.mark.once
@pytest.mark.parametrize("proof", ["", "wrong", "wrong code", "no code at all, but a sentence"])
@pytest.mark.parametrize("what", ["off", "codes"])
def test_without_a_proof_nothing_is_changed(
    client: Client, lena: User, proof: str, what: str
) -> None:
    phone, codes = give(lena)
    log_in(client, lena)
    typed = phone.show_wrong() if proof == "wrong code" else proof
    said = client.post(f"{PAGE}{what}/", {"proof": typed}, follow=True).text
    assert "Nothing was changed." in said
    assert enrolment.count_codes(lena) == len(codes)
    assert AppDevice.objects.get().confirmed


def test_new_recovery_codes_replace_the_old_ones(client: Client, lena: User) -> None:
    _, old = give(lena)
    log_in(client, lena)
    new = codes_on(client.post(f"{PAGE}codes/", {"proof": PASSWORD}).text)
    assert len(new) == 10
    assert not {*old} & {*new}
    assert verification.check(lena, old[0]) == verification.WRONG_RECOVERY
    assert verification.check(lena, new[0]) == ""


@pytest.mark.once
@pytest.mark.parametrize("page", ["", "set-up/", "begin/", "codes/", "off/", "required/"])
def test_a_stranger_is_led_to_the_login(client: Client, page: str) -> None:
    for send in (client.get, client.post):
        assert "/admin/login/" in send(f"{PAGE}{page}").headers["Location"]


@pytest.mark.once
def test_every_page_offers_it_under_ones_name(client: Client, lena: User) -> None:
    for page in ("/admin/", "/admin/password_change/"):
        assert f'href="{PAGE}"' in client.get(page).text


@pytest.mark.once
def test_the_command_takes_it_away(lena: User) -> None:
    give(lena)
    for said in ("lena logs in with the password alone now.", "lena has no second factor."):
        out = StringIO()
        with acting(actors.command()):  # as manage.py does
            call_command("remove_second_factor", "lena", stdout=out)
        assert said in out.getvalue()
    entry = Entry.objects.order_by("-pk").first()
    assert entry
    assert entry.name == actors.command().name
    with pytest.raises(CommandError, match="nobody called 'Lena'"):
        call_command("remove_second_factor", "Lena")


@pytest.mark.once
def test_keys_are_sealed_anew_and_lost_ones_are_told(lena: User, settings: Settings) -> None:
    phone, codes = give(lena)
    before = AppDevice.objects.get().sealed_key
    settings.TOKEN_KEYS = ("a-new-key-that-is-long-and-random-enough",)
    call_command("encrypt_tokens", stdout=StringIO())
    device = AppDevice.objects.get()
    assert device.sealed_key != before
    assert device.read_key() == phone.key
    settings.TOKEN_KEYS = ("a-third-key-that-is-long-and-random-enough",)
    with pytest.raises(CommandError, match="the second factor of lena"):
        call_command("encrypt_tokens", stdout=StringIO())
    assert verification.check(lena, phone.show()) == verification.SEALED
    assert verification.check(lena, codes[0]) == ""


@pytest.mark.once
def test_a_name_of_letters_for_addresses_stays_one(client: Client, lena: User) -> None:
    User.objects.update(username="a+b@c.de")
    enrolment.begin(User.objects.get())
    assert "instabot%3Aa%2Bb%40c.de?" in AppDevice.objects.get().config_url


def test_a_phone_whose_clock_differs_is_followed(lena: User, time_stands: Clock) -> None:
    phone, _ = give(lena)
    assert verification.check(lena, phone.show(1)) == ""
    assert AppDevice.objects.get().drift == 1


@pytest.mark.once
def test_the_key_is_shown_in_the_session_alone_that_began(client: Client, lena: User) -> None:
    """Else whoever knows the password reads along, and has the second factor, too."""
    thief = Client()
    thief.force_login(lena)
    begin(thief)
    phone = begin(client)
    assert thief.get(f"{PAGE}set-up/").headers["Location"] == PAGE
    assert thief.post(f"{PAGE}set-up/", {"code": phone.show()}).headers["Location"] == PAGE
    assert not AppDevice.objects.get().confirmed
    assert codes_on(client.post(f"{PAGE}set-up/", {"code": phone.show()}).text)


@pytest.mark.once
def test_with_it_end_the_sessions_in_other_browsers(client: Client, lena: User) -> None:
    other = Client()
    other.force_login(lena)
    assert other.get(PAGE).status_code == 200
    phone = begin(client)
    client.post(f"{PAGE}set-up/", {"code": phone.show()})
    assert client.get(PAGE).status_code == 200
    assert "/admin/login/" in other.get(PAGE).headers["Location"]
    other.force_login(lena)
    client.post(f"{PAGE}off/", {"proof": PASSWORD})
    assert client.get(PAGE).status_code == 200
    assert "/admin/login/" in other.get(PAGE).headers["Location"]


@pytest.mark.once
@pytest.mark.parametrize("what", ["off", "codes"])
def test_where_no_code_was_shown_the_password_proves_nothing(
    client: Client, lena: User, what: str
) -> None:
    _, codes = give(lena)
    log_in(client, lena, verified=False)
    assert "A code from your app, or a recovery code" in client.get(PAGE).text
    said = client.post(f"{PAGE}{what}/", {"proof": PASSWORD}, follow=True).text
    assert "Nothing was changed." in said
    assert codes_on(said) == []
    assert AppDevice.objects.get().confirmed
    after = client.post(f"{PAGE}{what}/", {"proof": codes[0]}, follow=True).text
    assert len(codes_on(after)) == 10 or "Your second factor is off." in after


@pytest.mark.once
def test_wrong_recovery_codes_keep_nobody_from_using_theirs(client: Client, lena: User) -> None:
    """Nor do they fill the audit log."""
    _, codes = give(lena)
    enter_password(client, "lena")
    for _ in range(20):
        client.post(CODE, {"code": "aaaa-bbbb-cccc-dddd"})
    assert Entry.objects.filter(says__contains="entered a wrong code").count() < 10
    assert client.post(CODE, {"code": codes[0]}).headers["Location"] == "/admin/"


@pytest.mark.once
def test_a_proof_that_is_not_looked_at_is_said_to_be_so(
    hashes: Callable[[], int], client: Client, lena: User
) -> None:
    give(lena)
    log_in(client, lena)
    said: list[Any] = []

    def prove(proof: str) -> None:
        said.append(client.post(f"{PAGE}off/", {"proof": proof}, follow=True).text)

    hashing.meanwhile.append(lambda: prove(PASSWORD))
    Client().post("/admin/login/", {"username": "nobody", "password": "wrong"})
    assert "Somebody else is logging in at this moment." in said[0]
    for _ in range(5):
        prove("wrong")
    assert "This is not your password." in said[1]
    prove(PASSWORD)
    assert "Too many wrong passwords. Log-in is locked for" in said[-1]
    assert "Nothing was changed." in said[-1]
    assert AppDevice.objects.exists()
