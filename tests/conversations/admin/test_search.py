"""The page of hits: the line is marked and escaped, and leads to the message or note."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from conversations.composer import notes
from tests.support.talks import LIST, ask, make_conversation, say, viewer

pytestmark = pytest.mark.django_db


def shown(client: Client, asked: str, more: str = "") -> str:
    text = client.get(f"{LIST}?q={asked}{more}").content.decode()
    return " ".join(text.split())


def test_a_hit_is_marked_and_opens_at_its_message(staff: Client) -> None:
    talk = make_conversation("mia")
    first = ask(talk, "Where is <b>my</b> parcel?", at=timezone.now() - timedelta(days=9))
    for _ in range(90):
        say(talk, "hello")
    page = shown(staff, "MY+parc")
    assert "Where is &lt;b&gt;<mark>my</mark>&lt;/b&gt; <mark>parcel</mark>?" in page
    assert "Customer:" in page
    [link] = re.findall(r'class="queue-open"[^>]*href="([^"]*)"', page)
    assert link.endswith(f"#message-{first.pk}")
    thread = staff.get(link.replace("&amp;", "&")).content.decode()
    assert f'id="message-{first.pk}"' in thread


def test_several_hits_in_a_conversation_are_counted(staff: Client) -> None:
    talk = make_conversation("mia")
    for number in range(3):
        ask(talk, f"parcel {number}")
    page = shown(staff, "parcel")
    assert "<mark>parcel</mark> 2" in page
    assert "+2 messages" in page


def test_a_customer_is_marked_and_shows_their_last_words(staff: Client) -> None:
    ask(make_conversation("carlos", name="Carlos Ruiz"), "hello")
    page = shown(staff, "carlos")
    assert "@<mark>carlos</mark>" in page
    assert "<mark>Carlos</mark> Ruiz" in page
    assert "hello" in page


def test_a_note_is_shown_and_opens_at_it(staff: Client) -> None:
    talk = make_conversation("mia")
    now = timezone.now()
    note = notes.write(talk.pk, User.objects.get(), "Wants a <i>refund</i>", "", now)
    assert note
    for _ in range(90):
        say(talk, "hello")
    page = shown(staff, "refund")
    assert "Note by anna:" in page
    assert "&lt;i&gt;<mark>refund</mark>&lt;/i&gt;" in page
    [link] = re.findall(r'class="queue-open"[^>]*href="([^"]*)"', page)
    assert link.endswith(f"#note-{note.pk}")
    assert f'id="note-{note.pk}"' in staff.get(link.replace("&amp;", "&")).content.decode()


def test_pages_follow_each_other(staff: Client) -> None:
    for number in range(60):
        ask(make_conversation(f"c{number}"), "parcel")
    names = [
        re.findall(r">@(\w+)</a>", shown(staff, "parcel", more)) for more in ("", "&p=2", "&p=3")
    ]
    assert [len(one) for one in names] == [50, 10, 0]
    assert [*names[0], *names[1]] == [f"c{number}" for number in reversed(range(60))]


@pytest.mark.parametrize(
    ("asked", "said"),
    [("%3F%21", "punctuation alone finds nothing"), ("nobody", "Nothing matches")],
)
def test_what_finds_nothing_says_so(staff: Client, asked: str, said: str) -> None:
    ask(make_conversation("mia"), "?!")
    assert said in shown(staff, asked)


def test_an_unsent_text_is_not_shown(staff: Client) -> None:
    message = ask(make_conversation("mia"), "parcel")
    type(message).objects.filter(pk=message.pk).update(text="", unsent_at=timezone.now())
    assert "Nothing matches" in shown(staff, "parcel")


def test_whoever_may_not_see_conversations_searches_none(client: Client) -> None:
    ask(make_conversation("mia"), "parcel")
    assert viewer(client, "view_responserule").get(f"{LIST}?q=parcel").status_code == 403
