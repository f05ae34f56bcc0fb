"""manage.py export_customer: whom it means, and where the file goes."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from audit.models import Entry
from conversations.models import Account, Conversation
from tests.support.talks import ask, make_conversation

pytestmark = pytest.mark.django_db
IGSID = "17841400000000001"


@pytest.fixture
def maria() -> Conversation:
    talk = make_conversation("Maria.Lopez", name="Maria")
    Conversation.objects.filter(pk=talk.pk).update(customer_id=IGSID)
    Account.objects.filter(pk=talk.account_id).update(username="first", instagram_id="1")
    ask(talk, "grüezi 👋")
    return Conversation.objects.get(pk=talk.pk)


def export(capture: Any, *args: str) -> str:
    call_command("export_customer", *args)
    written: bytes = capture.readouterr().out
    return written.decode()


@pytest.mark.parametrize("name", [IGSID, "maria.lopez", "@Maria.Lopez", " Maria.Lopez "])
def test_by_id_or_username_to_standard_output(
    maria: Conversation, name: str, capsysbinary: Any
) -> None:
    said = json.loads(export(capsysbinary, name, "--by", "olga"))
    assert said["about"]["customer_id"] == IGSID
    assert [row["text"] for row in said["messages"]["rows"]] == ["grüezi 👋"]
    entry = Entry.objects.get()
    assert (entry.kind, entry.name) == ("export", "olga")
    assert entry.says == f"exported the data of conversation {maria.pk}, as JSON"


@pytest.mark.once
def test_as_a_page(maria: Conversation, capsysbinary: Any) -> None:
    shown = export(capsysbinary, IGSID, "--html")
    assert shown.startswith("<!DOCTYPE html>")
    assert "grüezi 👋" in shown


@pytest.mark.once
def test_as_an_archive_that_replaces_nothing(maria: Conversation, tmp_path: Path) -> None:
    path = tmp_path / "maria.zip"
    call_command("export_customer", IGSID, "--zip", str(path))
    assert zipfile.ZipFile(path).namelist() == ["export.json", "export.html"]
    assert path.stat().st_mode & 0o777 == 0o600, "it is nobody else's"
    with pytest.raises(CommandError, match="is there already"):
        call_command("export_customer", IGSID, "--zip", str(path))
    with pytest.raises(CommandError, match="could not be written: No such file"):
        call_command("export_customer", IGSID, "--zip", str(tmp_path / "none" / "x.zip"))
    assert Entry.objects.count() == 1


def test_of_two_accounts_it_asks_which(maria: Conversation, capsysbinary: Any) -> None:
    other = Account.objects.create(instagram_id="2", username="second")
    Conversation.objects.create(account=other, customer_id="9", username="maria.lopez")
    with pytest.raises(CommandError) as refused:
        export(capsysbinary, "maria.lopez")
    assert str(refused.value) == (
        "“maria.lopez” is a customer of 2 accounts: @first, @second. Say which one with --account."
    )
    for account in ("@second", "2"):
        said = json.loads(export(capsysbinary, "maria.lopez", "--account", account))
        assert said["about"]["account"] == "@second"


def test_two_of_one_account_are_told_by_their_ids(maria: Conversation, capsysbinary: Any) -> None:
    make_conversation("maria.lopez")
    with pytest.raises(CommandError) as refused:
        export(capsysbinary, "maria.lopez")
    assert "2 customers are called “maria.lopez”" in str(refused.value)
    assert f"{IGSID} (@first), id-of-maria.lopez (@first). Give the ID." in str(refused.value)
    assert json.loads(export(capsysbinary, IGSID))["about"]["username"] == "Maria.Lopez"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("nobody",), "There is no customer “nobody”. Give the Instagram ID"),
        (("",), "There is no customer “”."),
        (("@",), "There is no customer “@”."),
        ((IGSID, "--account", "third"), "There is no account “third”. There are: @first."),
    ],
)
def test_who_is_not_there_is_told_so(
    maria: Conversation, args: tuple[str, ...], said: str, capsysbinary: Any
) -> None:
    with pytest.raises(CommandError) as refused:
        export(capsysbinary, *args)
    assert str(refused.value).startswith(said)
    assert not Entry.objects.exists()
