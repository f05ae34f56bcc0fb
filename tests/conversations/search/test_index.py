"""The databases' indexes: what serves a search, what tends them, and what makes them again."""

import threading
import time
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, models
from django.test import Client

from conversations import search
from conversations.models import Conversation, Message, Note
from conversations.search import Words, hits, index, upkeep
from tests.support.talks import ask, make_conversation, plans, queries

ON_POSTGRES = connection.vendor == "postgresql"


@pytest.fixture
def _by_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hits, "NEWEST_READ", 0)


def found(asked: str) -> list[str]:
    rows = Conversation.objects.in_bulk(search.find(Words(asked)))
    return sorted(row.username for row in rows.values())


def forget_words() -> None:
    """As rows are that a version before this one wrote."""
    with connection.cursor() as cursor:
        for table in ("message", "note"):
            cursor.execute(f"UPDATE conversations_{table} SET search_text = NULL")


@pytest.mark.django_db
@pytest.mark.usefixtures("_by_index")
def test_rows_of_before_are_found_bite_by_bite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "BITE", 2)
    monkeypatch.setattr(upkeep, "SQLITE_BITE", 2)
    talks = [make_conversation(f"m{number}") for number in range(5)]
    for talk in talks:
        ask(talk, "aardvark")
    Note.objects.create(conversation=talks[0], text="walrus", by="anna")
    forget_words()
    assert found("aardvark") == found("walrus") == []
    upkeep.tend()
    assert found("aardvark") == ["m3", "m4"]  # the newest are first
    ask(talks[0], "aardvark")
    upkeep.tend()
    assert found("aardvark") == ["m0", "m1", "m2", "m3", "m4"]
    upkeep.tend()
    assert found("walrus") == ["m0"]
    assert not Message.objects.filter(search_text=None).exists()
    assert not Conversation.objects.filter(in_directory=False).exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("_by_index")
def test_what_was_written_past_the_index_is_found_when_it_is_rebuilt() -> None:
    message = ask(make_conversation("mia"), "aardvark")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE conversations_message SET text = 'walrus' WHERE id = %s", [message.pk]
        )
    assert found("walrus") == []
    call_command("rebuild_search", verbosity=0)
    assert (found("walrus"), found("aardvark")) == (["mia"], [])


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_by_index")
def test_a_table_that_a_migration_has_remade_is_searched_on() -> None:
    mia = make_conversation("mia")
    ask(mia, "aardvark")
    if not ON_POSTGRES:
        connection.cursor().execute("PRAGMA foreign_keys = OFF")
    field = Message._meta.get_field("error")
    changed = models.CharField(max_length=5000, blank=True, db_default="")
    changed.set_attributes_from_name("error")
    changed.model = Message
    with connection.schema_editor() as editor:
        editor.alter_field(Message, field, changed)
    ask(mia, "badger")  # before `migrate` has come to its end
    with connection.schema_editor() as editor:
        editor.alter_field(Message, changed, field)
    call_command("migrate", verbosity=0)
    ask(mia, "walrus")
    assert [found(word) for word in ("aardvark", "badger", "walrus")] == [["mia"]] * 3
    Message.objects.update(text="otter")
    assert [found(word) for word in ("aardvark", "walrus", "otter")] == [[], [], ["mia"]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not ON_POSTGRES, reason="SQLite makes its index in a transaction")
def test_an_index_that_was_interrupted_is_made_again() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_index SET indisvalid = FALSE WHERE indexrelid = to_regclass(%s)",
            [index.MESSAGES.index],
        )
        index.create()
        cursor.execute(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)",
            [index.MESSAGES.index],
        )
        assert cursor.fetchone() == (True,)


@pytest.mark.django_db
@pytest.mark.usefixtures("_by_index", "_many")
def test_the_indexes_serve_a_search(staff: Client) -> None:
    """Explained is what the page runs."""
    ask(make_conversation("mia"), "where is my aardvark?")
    upkeep.catch_up()
    page = "/admin/conversations/conversation/?q=my+aard"
    assert "aardvark" in staff.get(page).content.decode().replace("<mark>", "").replace(
        "</mark>", ""
    )
    explained = "\n".join(plans(lambda: search.find(Words("my aard"))))
    if ON_POSTGRES:
        for table in index.TABLES:
            assert f"Bitmap Index Scan on {table.index}" in explained
        assert "Seq Scan on conversations_message" not in explained
    else:
        for table in index.TABLES:
            assert f"SCAN {table.index} VIRTUAL TABLE" in explained
        assert "SCAN conversations_message\n" not in explained


@pytest.mark.django_db
@pytest.mark.usefixtures("_by_index")
def test_a_search_of_many_hits_takes_as_many_queries(staff: Client) -> None:
    page = "/admin/conversations/conversation/?q=hello"
    ask(make_conversation("mia"), "hello")
    upkeep.catch_up()
    few = queries(lambda: staff.get(page))
    for number in range(60):
        ask(make_conversation(f"m{number}"), "hello hello")
    upkeep.catch_up()
    assert queries(lambda: staff.get(page)) == few


@pytest.mark.django_db
def test_merging_ends_and_leaves_everything_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "PAGES_OF_A_MERGE", 1)
    talk = make_conversation("mia")
    for number in range(30):
        ask(talk, f"aardvark {number}")
    index.merge()
    index.merge()
    assert found("aardvark 2") == ["mia"]
    assert search.read_hits(Words("aardvark"), [talk.pk])[talk.pk].messages == 30


@pytest.mark.django_db
@pytest.mark.skipif(not ON_POSTGRES, reason="PostgreSQL's index alone has a list of what is new")
def test_what_was_written_lately_is_put_where_it_is_found_fast() -> None:
    def waiting() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT gin_clean_pending_list(%s)", [index.MESSAGES.index])
            pages: int = cursor.fetchone()[0]
            return pages

    talk = make_conversation("mia")
    ask(talk, "where is my aardvark?")
    assert waiting() > 0
    ask(talk, "or my badger?")
    index.put_in_place()
    assert waiting() == 0
    assert found("badger") == ["mia"]


@pytest.mark.django_db(transaction=True)
def test_eight_people_search_at_once_while_customers_write() -> None:
    talk, page = make_conversation("mia"), "/admin/conversations/conversation/?q=aardvark"
    ask(talk, "aardvark")
    User.objects.create_superuser("anna")
    errors, answers = list[BaseException](), list[Any]()

    def look() -> None:
        try:
            client = Client()
            client.force_login(User.objects.get())
            for _ in range(5):
                shown = client.get(page)
                while shown.status_code == 503:  # busy: not all eight at the same moment
                    time.sleep(0.02)
                    shown = client.get(page)
                answers.append(shown.context["cl"].result_list)
        except BaseException as error:  # noqa: BLE001 - it is raised again below
            errors.append(error)
        finally:
            connection.close()

    people = [threading.Thread(target=look) for _ in range(8)]
    for person in people:
        person.start()
    for number in range(20):
        ask(talk, f"badger {number}")
        upkeep.tend()
    for person in people:
        person.join()
    assert not errors
    assert answers == [[talk.pk]] * 40


def test_the_models_have_an_index_each() -> None:
    searched = {
        model._meta.db_table
        for model in apps.get_app_config("conversations").get_models()
        if any(field.name == "search_text" for field in model._meta.local_fields)
        and not model._meta.proxy
    }
    assert searched == {table.name for table in index.TABLES}
