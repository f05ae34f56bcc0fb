"""Saved replies are written in the admin, come from other tools, and are found while writing."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from conversations.models import Conversation, SavedReply
from shop.models import Shop
from tests.support.talks import LIST, make_conversation, viewer

pytestmark = [pytest.mark.django_db, pytest.mark.once]

SAVED = "/admin/conversations/savedreply/"


def add(staff: Client, **fields: str) -> str:
    form = {"title": "Delivery", "text": "Two days.", "picture_url": "", **fields}
    return str(staff.post(f"{SAVED}add/", form, follow=True).content.decode())


def found(staff: Client, talk: Conversation, term: str = "") -> list[dict[str, str]]:
    answer = staff.get(f"{LIST}{talk.pk}/saved-replies/", {"q": term})
    assert answer.status_code == 200
    return list(answer.json()["found"])


@pytest.fixture
def talk(db: None) -> Conversation:
    return make_conversation("maria", name="Maria Rossi")


# Written in the admin


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"text": "Hello {fist_name}!"}, "There is no {fist_name}; there are {first_name}"),
        ({"text": "Hello {{contact.phone}}!"}, "There is no {{contact.phone}}"),
        ({"text": "{first_name}"}, "nothing is left of this text"),
        ({"text": " "}, "Write a text, or the address of a picture."),
        ({"picture_url": "http://shop.example/x.jpg"}, "must begin with https://"),
        ({"title": "DELIVÉRY"}, "A saved reply with this title already exists."),
    ],
)
def test_what_cannot_be_saved_says_why(staff: Client, fields: dict[str, str], says: str) -> None:
    SavedReply.objects.create(title="Delivery", text="Two days.")
    shown = add(staff, **{"title": "Another", **fields})
    assert says in shown
    assert SavedReply.objects.count() == 1


def test_a_saved_reply_is_written_changed_searched_and_deleted(staff: Client) -> None:
    assert "was added successfully" in add(staff, text="Dear {{contact.name|friend}},\r\ntwo days.")
    row = SavedReply.objects.get()
    assert row.text == "Dear {{contact.name|friend}},\ntwo days."
    assert "Delivery" in staff.get(f"{SAVED}?q=FRIEND").content.decode()
    assert "No saved replies" not in staff.get(SAVED).content.decode()
    staff.post(f"{SAVED}{row.pk}/delete/", {"post": "yes"})
    assert not SavedReply.objects.exists()


def test_rights_are_asked_for(client: Client) -> None:
    viewer(client, "view_savedreply")
    assert client.get(SAVED).status_code == 200
    assert client.get(f"{SAVED}import/").status_code == 403
    assert client.post(f"{SAVED}add/", {}).status_code == 403


# Found while writing


def test_they_are_found_by_words_of_title_and_text_those_of_the_title_first(
    staff: Client, talk: Conversation
) -> None:
    SavedReply.objects.create(title="Zürich shop", text="Open from 9.")
    SavedReply.objects.create(title="Address", text="We are in Zürich.")
    SavedReply.objects.create(title="Returns", text="Send it back.")

    def titles(term: str) -> list[str]:
        return [one["title"] for one in found(staff, talk, term)]

    assert titles("") == ["Address", "Returns", "Zürich shop"]
    assert titles("zurich") == ["Zürich shop", "Address"]
    assert titles("back SEND") == ["Returns"]
    assert titles("nothing") == []


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Hi {first_name|there}!", "Hi Maria!"),
        ("Hi {{contact.first_name}}!", "Hi Maria!"),
        ("Hi {username}!", "Hi maria!"),
        ("Yours, {shop_name}", "Yours, The Coat Shop"),
        ("20 % off, and/or more", "20 % off, and/or more"),
    ],
)
def test_what_is_inserted_is_filled_in_for_this_customer(
    staff: Client, talk: Conversation, text: str, filled: str
) -> None:
    Shop.objects.update_or_create(pk=1, defaults={"name": "The Coat Shop"})
    SavedReply.objects.create(title="T", text=text, picture_url="https://shop.example/x.jpg")
    one = found(staff, talk)[0]
    assert one == {"title": "T", "text": filled, "picture": "https://shop.example/x.jpg"}


def test_they_are_found_in_one_query_however_many(staff: Client, talk: Conversation) -> None:
    SavedReply.objects.bulk_create(
        SavedReply(title=f"Reply {n:03}", text="words") for n in range(100)
    )
    assert len(found(staff, talk, "words")) == 20


# From other tools

CHATWOOT = "id,short_code,content,created_at\n7,delivery,Two days.,2024-01-01\n"
HELP_SCOUT = "Name,Body,Folder\nDelivery,<p>Two<br>days.</p>,Shop\n"
ZENDESK = "Title;Active;Comment value\r\nDelivery;true;Two days.\r\n"
MANYCHAT = "name,text,image_url\nDelivery,Two days.,https://shop.example/x.jpg\n"
GERMAN = "Titel;Nachricht\r\nDelivery;Zwei Tage, {{contact.first_name|hallo}}.\r\n"


def look(staff: Client, data: str | bytes, name: str = "replies.csv") -> Any:
    raw = data if isinstance(data, bytes) else data.encode("utf-8-sig")
    file = SimpleUploadedFile(name, raw)
    return staff.post(f"{SAVED}import/", {"resource": "0", "import_file": file})


def confirm(staff: Client, page: Any) -> str:
    form = page.context["confirm_form"]
    assert not SavedReply.objects.filter(title__reads="delivery", text__finds="da").exists()
    url = f"{SAVED}process_import/"
    return str(staff.post(url, form.initial, follow=True).content.decode())


@pytest.mark.parametrize(
    ("data", "text", "picture"),
    [
        (CHATWOOT, "Two days.", ""),
        (HELP_SCOUT, "Two\ndays.", ""),
        (ZENDESK, "Two days.", ""),
        (MANYCHAT, "Two days.", "https://shop.example/x.jpg"),
        (GERMAN, "Zwei Tage, {{contact.first_name|hallo}}.", ""),
    ],
    ids=["chatwoot", "help scout", "zendesk", "manychat", "german"],
)
def test_the_files_of_other_tools_are_taken_after_a_preview(
    staff: Client, data: str, text: str, picture: str
) -> None:
    said = confirm(staff, look(staff, data))
    assert "Imported: 1 new, 0 changed, 0 unchanged." in said
    row = SavedReply.objects.get()
    assert (row.title.lower(), row.text, row.picture_url) == ("delivery", text, picture)


def test_json_of_an_api_is_taken(staff: Client) -> None:
    data = json.dumps({"payload": [{"id": 1, "short_code": "delivery", "content": "Two days."}]})
    confirm(staff, look(staff, data.encode(), "canned.json"))
    assert SavedReply.objects.get().text == "Two days."


def test_an_import_again_changes_only_what_is_different(staff: Client) -> None:
    SavedReply.objects.create(title="Same", text="As it is.")
    SavedReply.objects.create(title="Old", text="Old words.")
    said = confirm(staff, look(staff, "title,text\nSame,As it is.\nOld,New words.\nNew,Words.\n"))
    assert "Imported: 1 new, 1 changed, 1 unchanged." in said
    assert SavedReply.objects.get(title="Old").text == "New words."


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        ("a,b\n1,2\n", "x.csv", "No column of this file looks like the title"),
        ("title,text\nOne,\n", "x.csv", "No row of this file has a text."),
        (b"title,text\nOne,\xff\xfe\xfd\n", "x.csv", "The file is not in UTF-8."),
        ("title,text\nOne,Two\n", "x.txt", "Choose a file whose name ends in"),
        ("title,text\nOne,#REF!\n", "x.csv", "has an error of the spreadsheet"),
        (b"PK\x03\x04 nonsense", "x.xlsx", "This is not an XLSX spreadsheet"),
        ("title,text\nOne,Hello {agent_name}\n", "x.csv", "There is no {agent_name}"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_changes_nothing(
    staff: Client, data: str | bytes, name: str, says: str
) -> None:
    page = look(staff, data, name)
    assert says in page.content.decode()
    assert not page.context.get("confirm_form")
    assert not SavedReply.objects.exists()
