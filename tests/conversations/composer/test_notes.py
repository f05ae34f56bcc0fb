"""Internal notes: shown to the team in time order, told to colleagues, and never to customers."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from api.models import Token
from conversations.models import Conversation, Mention, Message, Note
from tests.conversations.composer.forms import JSON, colleague
from tests.support.clock import Clock, move_to
from tests.support.shop import Shop, at_rest
from tests.support.talks import LIST, ask, make_conversation, page, viewer

pytestmark = pytest.mark.django_db

MENTIONS = "/admin/conversations/mention/"


def note(client: Client, talk: Conversation, text: str, token: str = "n1") -> dict[str, str]:
    data = {"text": text, "token": token}
    response = client.post(f"{LIST}{talk.pk}/note/", data, headers=JSON)
    assert response.status_code == 200
    return dict(response.json())


def test_a_note_stands_in_the_thread_at_its_time(
    staff: Client, talk: Conversation, time_passes: Clock
) -> None:
    move_to(12, time_passes)
    now = timezone.now()
    ask(talk, "first words", at=now - timedelta(days=2))
    ask(talk, "last words", at=now + timedelta(minutes=1))
    note(staff, talk, "in <b>between</b>")
    shown = page(staff, talk)
    places = [shown.index(words) for words in ("first words", "in &lt;b&gt;between", "last words")]
    assert places == sorted(places)
    assert shown.count('class="msg-day"') == 2


def test_a_note_in_a_thread_without_messages_is_shown(staff: Client, talk: Conversation) -> None:
    note(staff, talk, "called us by phone")
    assert "called us by phone" in page(staff, talk)


def test_notes_of_old_messages_stand_on_their_pages(staff: Client, talk: Conversation) -> None:
    begin = timezone.now() - timedelta(days=3)
    rows = [ask(talk, f"words {n}", at=begin + timedelta(minutes=n)) for n in range(150)]
    note(staff, talk, "an old note")
    Note.objects.update(at=begin + timedelta(minutes=5, seconds=30))
    assert "an old note" not in page(staff, talk)
    assert "an old note" in page(staff, talk, f"?before={rows[20].pk}")
    assert "an old note" not in page(staff, talk, f"?before={rows[60].pk}")
    user = User.objects.get()
    mention = Mention.objects.create(note=Note.objects.get(), user=user)
    to = staff.get(f"{MENTIONS}{mention.pk}/change/")["Location"]
    assert to.endswith(f"#note-{Note.objects.get().pk}")
    assert "an old note" in staff.get(to.partition("#")[0]).content.decode()


def test_a_note_is_no_answer_and_reaches_no_customer_no_rule_and_no_api(shop: Shop) -> None:
    shop.hears("wordless")
    shop.works()
    sent, talk, anna = list(shop.texts), Conversation.objects.get(), colleague("anna")
    waits = Conversation.objects.values_list("waiting_since", "bot_paused_until", "due_at").get()
    rows = Message.objects.count()
    note(anna, talk, "the secret note")
    shop.works()
    assert shop.texts == sent
    assert Message.objects.count() == rows
    assert at_rest()
    now = Conversation.objects.values_list("waiting_since", "bot_paused_until", "due_at").get()
    assert now == waits
    _, token = Token.objects.create(user=User.objects.get(username="anna"), name="shop backend")
    headers = {"Authorization": f"Bearer {token}"}
    api = Client().get(f"/api/v1/conversations/{talk.pk}/messages/", headers=headers)
    assert api.status_code == 200
    assert "the secret note" not in api.content.decode()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("@bob please", ["bob"]),
        ("please look, @BOB.", ["bob"]),
        ("@bob @bob and @eva.m@shop.example", ["bob", "eva.m@shop.example"]),
        ("(@bob)", ["bob"]),
        ("mail bob@bob.example", []),
        ("@bobby @nobody @", []),
        ("@anna, remember", []),
        ("@gone @plain", []),
    ],
)
def test_whom_a_note_tells(staff: Client, talk: Conversation, text: str, told: list[str]) -> None:
    colleague("bob")
    colleague("eva.m@shop.example")
    User.objects.create_superuser("gone", is_active=False)
    User.objects.create_user("plain", is_staff=True)  # may not read conversations
    note(staff, talk, text)
    names = Mention.objects.order_by("user__username").values_list("user__username", flat=True)
    assert list(names) == told


def test_whoever_is_told_sees_it_beside_the_menu_until_they_have_opened_it(
    staff: Client, talk: Conversation
) -> None:
    bob, eva = colleague("bob"), colleague("eva")
    assert note(staff, talk, "@bob see <b>this</b>")["said"] == "Note saved. bob will see it."
    listed = bob.get(MENTIONS).content.decode()
    assert "@bob see &lt;b&gt;this&lt;/b&gt;" in listed
    assert "see &lt;b&gt;this" not in eva.get(MENTIONS).content.decode()
    mention = Mention.objects.get()
    assert eva.get(f"{MENTIONS}{mention.pk}/change/").status_code == 404
    badge = '<span class="menu-badge">1</span>'
    assert badge in page(bob, make_conversation("another"))
    assert badge not in page(eva, talk)
    assert mention.seen_at is None
    there = bob.get(f"{MENTIONS}{mention.pk}/change/")["Location"]
    assert there == f"{LIST}{talk.pk}/change/?note={mention.note_id}#note-{mention.note_id}"
    assert badge not in page(bob, talk)


def test_opening_the_conversation_is_seeing_it(staff: Client, talk: Conversation) -> None:
    bob = colleague("bob")
    note(staff, talk, "@bob look")
    page(staff, talk)
    assert Mention.objects.get().seen_at is None
    page(bob, talk)
    assert Mention.objects.get().seen_at is not None


def test_a_page_that_asks_by_itself_sees_nothing(staff: Client, talk: Conversation) -> None:
    """Nobody need sit there; the page knows which note it is, and asks anew once somebody does."""
    bob = colleague("bob")
    Note.objects.create(conversation=talk, by="anna", text="For nobody.")
    note(staff, talk, "@bob look")
    new = f'id="note-{Note.objects.latest("pk").pk}"\n         data-unseen'
    address = f"{LIST}{talk.pk}/change/"
    alone = {"X-Parts": "thread", "X-Unattended": "1"}
    for _ in range(2):
        shown = bob.get(address, headers=alone).content.decode()
        assert (new in shown, shown.count("data-unseen")) == (True, 1)
    assert "data-unseen" not in staff.get(address, headers=alone).content.decode()
    assert Mention.objects.get().seen_at is None
    shown = bob.get(address, headers={"X-Parts": "thread"}).content.decode()
    assert "data-unseen" not in shown
    assert Mention.objects.get().seen_at is not None


def test_only_its_writer_deletes_a_note(staff: Client, talk: Conversation) -> None:
    bob = colleague("bob")
    note(staff, talk, "@bob look")
    url = f"{LIST}note/{Note.objects.get().pk}/delete/"
    assert "Delete note" in page(staff, talk)
    assert "Delete note" not in page(bob, talk)
    assert bob.post(url).status_code == 403
    assert Note.objects.exists()
    assert staff.get(url).status_code == 405
    assert "Note deleted." in staff.post(url, follow=True).content.decode()
    assert not Note.objects.exists()
    assert not Mention.objects.exists()
    assert staff.post(url).status_code == 404


def test_a_note_outlives_its_writer_and_goes_with_its_customer(
    staff: Client, talk: Conversation
) -> None:
    bob = colleague("bob", first_name="Bob", last_name="Marley")
    note(bob, talk, "@anna look")
    User.objects.get(username="bob").delete()
    assert "Bob Marley" in page(staff, talk)
    talk.delete()
    assert not Note.objects.exists()
    assert not Mention.objects.exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (" \n", "Write something first."),
        ("x" * 10_001, "A note can have 10,000 characters; this one has 10,001."),
    ],
)
def test_what_is_no_note(staff: Client, talk: Conversation, text: str, said: str) -> None:
    assert note(staff, talk, text)["said"] == said
    assert not Note.objects.exists()


def test_a_double_click_writes_one_note(staff: Client, talk: Conversation) -> None:
    answers = [note(staff, talk, "once"), note(staff, talk, "once")]
    assert [one["outcome"] for one in answers] == ["queued", "queued"]
    assert Note.objects.count() == 1


def test_whoever_only_reads_sees_notes_and_deletes_none(client: Client, talk: Conversation) -> None:
    note(colleague("anna"), talk, "look")
    shown = page(viewer(client, "view_conversation"), talk)
    assert "look" in shown
    assert "Delete note" not in shown


def test_colleagues_are_found_by_user_name_and_name(staff: Client, talk: Conversation) -> None:
    colleague("bob", first_name="Róbert", last_name="Marley")

    def found(term: str) -> list[str]:
        answer = staff.get(f"{LIST}{talk.pk}/colleagues/", {"q": term}).json()
        return [one["text"] for one in answer["found"]]

    assert found("") == ["@bob "]
    assert found("ROBERT") == ["@bob "]
    assert found("marl") == ["@bob "]
    assert found("anna") == []  # oneself
