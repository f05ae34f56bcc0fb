"""The command that connects an account in a terminal, against the sandbox over HTTP."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from conversations import bot_switch
from conversations.account import identity, tokens
from conversations.account import pause as account_pause
from conversations.management.commands import connect
from conversations.models import FIRST, Account, HistoryImport
from sandbox import payloads
from sandbox.models import Fault
from sandbox.tokens import SAMPLES
from tests.sandbox.conftest import sandbox, server  # noqa: F401 - fixtures
from tests.support.talks import ask, make_conversation

pytestmark = pytest.mark.usefixtures("nobody_yet")


def run(monkeypatch: pytest.MonkeyPatch, typed: str, *options: str, **more: Any) -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    said = io.StringIO()
    call_command("connect", *options, stdout=said, **more)
    return said.getvalue()


def test_a_token_that_is_piped_in_connects_its_account(monkeypatch: pytest.MonkeyPatch) -> None:
    key = SAMPLES["shop"].key
    said = run(monkeypatch, f" {key}\n")
    assert "@your.shop is connected, by Instagram Login." in said
    assert "Meta posts: " in said
    assert "/webhooks/instagram" in said
    assert key not in said
    assert "verify-me" not in said
    assert tokens.read(Account.objects.get()) == key


@pytest.mark.once
@pytest.mark.parametrize(
    ("sample", "login", "says"),
    [
        ("personal", "instagram", "is a personal account.*Switch to professional"),
        ("page", "instagram", "begins with EAA"),
        ("page_mute", "page", "instagram_manage_messages is missing"),
    ],
)
def test_a_token_that_cannot_be_used_says_why(
    monkeypatch: pytest.MonkeyPatch, sample: str, login: str, says: str
) -> None:
    with pytest.raises(CommandError, match=says):
        run(monkeypatch, SAMPLES[sample].key, "--login", login)
    assert not Account.objects.exclude(token="").exists()


NAME, PICTURE = "Your shop", "https://shop.example/profile.jpg"


@pytest.mark.once
@pytest.mark.parametrize(
    ("sample", "login"), [("shop", "instagram"), ("page", "page"), ("system", "unified")]
)
def test_what_customers_see_of_an_account_is_kept(
    monkeypatch: pytest.MonkeyPatch, sample: str, login: str
) -> None:
    run(monkeypatch, SAMPLES[sample].key, "--login", login)
    row = Account.objects.get()
    assert (row.name, row.picture_url) == (NAME, PICTURE)


@pytest.mark.once
def test_what_customers_see_of_the_environments_account_is_asked_too(settings: Settings) -> None:
    settings.INSTAGRAM_PAGE_ACCESS_TOKEN = SAMPLES["shop"].key
    identity.forget()
    account_pause.look_after()
    row = Account.objects.get()
    assert (row.username, row.name, row.picture_url) == ("your.shop", NAME, PICTURE)


@pytest.mark.once
@pytest.mark.parametrize("named", ["", "@your.shop", "your.shop", payloads._ACCOUNT_ID])
def test_of_several_accounts_one_is_named(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    run(monkeypatch, SAMPLES["person"].key, "--login", "page", "--account", named)
    assert Account.objects.get().username == "your.shop"


@pytest.mark.once
def test_an_account_that_the_token_does_not_open_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(CommandError, match=r"opens @your\.shop"):
        run(monkeypatch, SAMPLES["shop"].key, "--account", "another")


@pytest.mark.once
def test_fields_that_meta_refuses_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    Fault.objects.create(kind=Fault.Kind.FIELDS_REFUSED)
    with pytest.raises(CommandError, match="were not subscribed"):
        run(monkeypatch, SAMPLES["shop"].key)


def test_earlier_messages_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, SAMPLES["shop"].key)
    assert not HistoryImport.objects.exists()
    said = run(monkeypatch, SAMPLES["shop"].key, "--history")
    assert "The worker brings in the last messages of recent conversations." in said
    assert HistoryImport.objects.get().by == "manage.py connect"


@pytest.mark.once
def test_the_first_message_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr("time.sleep", lambda _: ask(make_conversation("1"), "Hello"))
    assert "It came." in run(monkeypatch, SAMPLES["shop"].key, "--wait")
    monkeypatch.setattr(connect, "WAIT_SECONDS", 0.0)
    with pytest.raises(CommandError, match="No message came"):
        run(monkeypatch, SAMPLES["shop"].key, "--wait")


@pytest.mark.once
def test_an_account_that_stays_silent_is_said_to(monkeypatch: pytest.MonkeyPatch) -> None:
    Account.objects.create(pk=FIRST, instagram_id="17841400000000099", username="other")
    bot_switch.switch_off(FIRST, "olga")
    said = run(monkeypatch, SAMPLES["shop"].key)
    assert "Bot switched off by olga." in said
    assert "answers nobody until you switch it on there." in said
    assert Account.objects.filter(bot_off_by="olga").count() == 2
