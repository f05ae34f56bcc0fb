"""What is written into the audit log, and by whom it was done."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.management import call_command
from django.db import transaction

import manage
from audit import actors, trail
from audit.actors import Actor, acting
from audit.models import MAX_NAME, AppendOnlyError, Entry
from audit.trail import Kind

pytestmark = pytest.mark.django_db


def only() -> Entry:
    return Entry.objects.get()


def test_an_entry_says_who_did_what_from_where() -> None:
    anna = User.objects.create_user("anna")
    with acting(Actor(anna, address="10.1.2.3")):
        trail.record(Kind.TOKEN, "made the API token “reports”")
    entry = only()
    assert (entry.person_id, entry.name, entry.address) == (anna.pk, "anna", "10.1.2.3")
    assert (entry.kind, entry.says) == (Kind.TOKEN, "made the API token “reports”")


def test_by_names_another_person_than_the_one_who_acts() -> None:
    anna, olga = User.objects.create_user("anna"), User.objects.create_user("olga")
    with acting(Actor(anna, address="10.1.2.3", token="“reports”")):
        trail.record(Kind.LOGIN, "logged in", by=olga)
    assert (only().name, only().person_id, only().address) == ("olga", olga.pk, "10.1.2.3")


def test_a_token_is_named_beside_its_user() -> None:
    with acting(Actor(User.objects.create_user("anna"), token="“reports”")):
        trail.record(Kind.EXPORT, "exported the rules")
    assert only().name == "anna, by the API token “reports”"


def test_whoever_is_not_logged_in_has_an_address_and_no_name() -> None:
    with acting(Actor(AnonymousUser(), address="10.1.2.3")):
        trail.record(Kind.LOGIN, "tried to log in")
    assert (only().name, only().person_id, only().address) == ("", None, "10.1.2.3")


def test_nobody_acts_where_a_worker_does_something_by_itself() -> None:
    trail.record(Kind.ACCOUNT, "disconnected @shop")
    assert (only().name, only().person_id, only().address) == ("", None, "")


def test_an_actor_ends_where_another_one_began_within_it() -> None:
    with acting(Actor(name="a")):
        with acting(Actor(name="b")):
            actors.become(Actor(name="c"))
            assert actors.current().name == "c"
        assert actors.current().name == "a"
    assert actors.current() == actors.NOBODY


def test_a_name_is_cut_and_what_was_done_never() -> None:
    says = f"changed the person “ben”: roles: {', '.join(['+' + 'A' * 150] * 40)}, +Owner"
    with acting(Actor(name="n" * 999, address="1" * 999)):
        trail.record(Kind.PERSON, says)
    assert (len(only().name), only().says) == (MAX_NAME, says)


@pytest.mark.parametrize("unseen", ["\u2028", "\u2029", "\u202e", "\u200b", "\n", "\x1b"])
def test_nobody_makes_an_entry_read_as_another_one(unseen: str) -> None:
    with acting(Actor(name=f"mal{unseen}")):
        trail.record(Kind.ROLE, f"added the role “A{unseen}anna logged in”")
    assert only().name == "mal\ufffd"
    assert only().says == "added the role “A\ufffdanna logged in”"


def test_a_change_that_is_taken_back_leaves_no_entry() -> None:
    with transaction.atomic():
        trail.record(Kind.SETTING, "changed “Pause”")
        transaction.set_rollback(True)
    assert not Entry.objects.exists()


def test_a_deleted_person_stays_in_it_by_name() -> None:
    anna = User.objects.create_user("anna")
    trail.record(Kind.LOGIN, "logged in", by=anna)
    number = anna.pk
    anna.delete()
    assert (only().name, only().person_id) == ("anna", number)


@pytest.mark.django_db(transaction=True)  # a command closes its connections
def test_a_command_is_by_the_user_of_the_operating_system(monkeypatch: pytest.MonkeyPatch) -> None:
    manage.main(["manage.py", "tune", "pause_hours=6"])
    assert only().name == actors.command().name
    assert only().name.startswith("command (")
    monkeypatch.setattr("os.getuid", lambda: 4_000_000_000)
    assert actors.command().name == "command (4000000000)"


def test_what_a_test_or_a_program_calls_is_by_nobody() -> None:
    call_command("tune", "pause_hours=6")
    assert only().name == ""


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry.save(),
        lambda entry: entry.save(update_fields=["says"]),
        lambda entry: entry.delete(),
        lambda entry: Entry.objects.filter(pk=entry.pk).update(says=""),
        lambda entry: Entry.objects.bulk_update([entry], ["says"]),
        lambda entry: Entry.objects.all().delete(),
    ],
)
def test_the_model_says_that_nothing_is_changed(change: Any) -> None:
    trail.record(Kind.SETTING, "changed “Pause”")
    with pytest.raises(AppendOnlyError, match="append-only"):
        change(only())
    assert only().says == "changed “Pause”"
