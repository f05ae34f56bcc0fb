"""Whatever writes a text writes what search knows of it, and so its index knows it."""

import ast
import re
from collections.abc import Iterator

import pytest
from django.db.models import F
from django.test import Client

from backoffice.words import search_text
from conversations import outbox, search
from conversations.models import Conversation, Label, Message
from conversations.search import Words, hits, upkeep
from tests.conversations.admin.test_labels import post
from tests.conversations.inbox.test_updates import edit, unsend
from tests.instabot.test_layers import ROOT, files
from tests.support.shop import Shop
from tests.support.talks import make_conversation


@pytest.fixture(autouse=True)
def _by_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hits, "NEWEST_READ", 0)


def found(asked: str) -> bool:
    return bool(search.find(Words(asked)))


def check() -> None:
    """The words stored of each message are those of its text."""
    for message in Message.objects.all():
        assert message.search_text == search_text(message.text)


def test_messages_are_found_as_they_come_and_go(shop: Shop) -> None:
    shop.hears_item({"message": {"mid": "m1", "text": "Where is my aardvark?"}})
    shop.hears("delivery?")
    shop.works()
    check()
    assert found("aardvark")
    assert found("delivery")
    shop.hears_item(edit("m1", "Where is my badger?"))
    shop.reads()
    check()
    assert (found("aardvark"), found("badger")) == (False, True)
    shop.hears_item(unsend("m1"))
    shop.reads()
    check()
    assert not found("badger")


def test_an_edit_before_its_message_is_found(shop: Shop) -> None:
    shop.hears_item(edit("m1", "Where is my badger?"))
    shop.hears_item({"message": {"mid": "m1", "text": "Where is my aardvark?"}})
    shop.reads()
    check()
    assert (found("aardvark"), found("badger")) == (False, True)


def test_a_message_that_was_announced_is_found_when_its_text_comes(shop: Shop) -> None:
    shop.hears_item(edit("m1", "", number=0))
    shop.reads()
    shop.hears_item({"message": {"mid": "m1", "text": "Where is my aardvark?"}})
    shop.reads()
    check()
    assert found("aardvark")


def test_what_the_bot_and_staff_say_is_found(shop: Shop) -> None:
    shop.hears("delivery?")
    shop.works()
    talk = Conversation.objects.get()
    outbox.reply(talk.pk, "We sent the walrus today.", "anna", "token")
    check()
    assert found("walrus")
    assert Message.objects.filter(origin="bot").exclude(search_text="").exists()


@pytest.mark.django_db
def test_an_update_with_an_expression_says_its_words_itself() -> None:
    with pytest.raises(AssertionError, match="say the search_text"):
        Message.objects.update(text=F("reason"))


@pytest.mark.django_db
def test_a_deleted_conversation_is_found_no_more() -> None:
    talk = make_conversation("mia", name="Walrus")
    Message.objects.create(conversation=talk, text="aardvark", verdict="kept", origin="customer")
    upkeep.catch_up()
    assert found("walrus")
    assert found("aardvark")
    talk.delete()
    assert not found("walrus")
    assert not found("aardvark")


@pytest.mark.django_db
def test_new_names_and_labels_are_found_and_old_ones_are_not(staff: Client) -> None:
    talk = make_conversation("mia", name="Mia Keller")
    upkeep.catch_up()
    assert found("keller")
    Conversation.objects.filter(pk=talk.pk).update(name="Mia Berg")
    assert (found("berg"), Conversation.objects.get().in_directory) == (True, False)
    post(staff, talk, label="Walrus")
    upkeep.catch_up()
    assert (found("keller"), found("berg"), found("mia walrus")) == (False, True, True)
    post(staff, talk, remove="Walrus")
    upkeep.catch_up()
    assert not found("walrus")


@pytest.mark.django_db
def test_a_comment_that_brings_the_username_is_heard() -> None:
    talk = make_conversation("")
    upkeep.catch_up()
    account, at = talk.account_id, talk.created_at
    Conversation.objects.hear_comment(account, talk.customer_id, "walrus", at)
    upkeep.catch_up()
    assert found("walrus")
    Conversation.objects.hear_comment(account, talk.customer_id, "other", at)
    assert Conversation.objects.get().in_directory


@pytest.mark.django_db(transaction=True)
def test_a_renamed_label_is_found_by_its_new_name(staff: Client) -> None:
    talk = make_conversation("mia")
    label = Label.objects.named("Walrus")
    talk.labels.add(label)
    upkeep.catch_up()
    staff.post(f"/admin/conversations/label/{label.pk}/change/", {"name": "Badger"})
    upkeep.catch_up()
    assert (found("walrus"), found("badger")) == (False, True)
    staff.post(f"/admin/conversations/label/{label.pk}/delete/", {"post": "yes"})
    upkeep.catch_up()
    assert not found("badger")


# Who may write messages or their text past MessageQuerySet.insert() and update(): nobody. A walk
# through all that is written in SQL, or by those of Django's ways that know nothing of it.
PAST_IT = re.compile(
    r"(INSERT INTO conversations_message \((?!\{\}))|UPDATE conversations_message\b[^;]*?\btext\s*="
)


LABELED = re.compile(r"labels\.(add|remove|set|clear)\(|labels\.through\.objects\.\w*create")


def strings(file: str) -> Iterator[str]:
    for node in ast.walk(ast.parse((ROOT / file).read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.no_database
def test_no_statement_writes_a_text_without_its_words() -> None:
    found = {file: [text for text in strings(file) if PAST_IT.search(text)] for file in files()}
    assert not {file: texts for file, texts in found.items() if texts}


@pytest.mark.no_database
def test_labels_come_and_go_where_the_directory_is_told() -> None:
    for file in files():
        source = (ROOT / file).read_text()
        if LABELED.search(source):
            assert "relabel(" in source or "DirectoryEntry.objects" in source, file
