"""Rows of the list are drawn once for all who look, and show what is so."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations import bot_pause, waiting
from conversations.models import Conversation, Label
from tests.support.clock import Clock
from tests.support.talks import LIST, ask, make_conversation, viewer

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def talk(db: None) -> Conversation:
    talk = make_conversation("maria", last_inbound_at=timezone.now())
    ask(talk, "Where is my parcel?")
    waiting.recount(talk.pk)
    return talk


def rows(browser: Client, talk: Conversation, query: str = "") -> str:
    return browser.get(f"{LIST}live/rows/?ids={talk.pk}&{query}").content.decode()


def messages_read(call: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as caught:
        call()
    return sum("conversations_message" in query["sql"] for query in caught.captured_queries)


def test_a_row_is_read_once_for_all_who_look(staff: Client, talk: Conversation) -> None:
    assert messages_read(lambda: rows(staff, talk)) > 0
    other = Client()
    other.force_login(User.objects.create_superuser("ben"))
    assert messages_read(lambda: rows(other, talk)) == 0
    assert rows(other, talk) == rows(staff, talk)


def test_the_list_takes_the_rows_that_somebody_has_fetched(
    staff: Client, talk: Conversation
) -> None:
    staff.get(f"{LIST}?tab=waiting")
    assert "Where is my parcel?" in rows(staff, talk, "tab=waiting")
    assert messages_read(lambda: rows(staff, talk, "tab=waiting")) == 0
    assert "Where is my parcel?" in staff.get(f"{LIST}?tab=waiting").content.decode()


CHANGES: dict[str, Callable[[Conversation], Any]] = {
    "Or is it lost?": lambda talk: ask(talk, "Or is it lost?", at=timezone.now() + MINUTE),
    "put off until": lambda talk: waiting.put_off(talk.pk, timezone.now() + HOUR, "anna"),
    "by anna": lambda talk: bot_pause.pause(talk.pk, "anna"),
}


@pytest.mark.parametrize(("words", "change"), CHANGES.items())
def test_a_row_that_has_changed_is_drawn_anew(
    staff: Client, talk: Conversation, words: str, change: Callable[[Conversation], Any]
) -> None:
    assert words not in rows(staff, talk)
    change(talk)
    assert words in rows(staff, talk)


def test_a_label_with_another_name_has_it_at_once(
    staff: Client, talk: Conversation, django_capture_on_commit_callbacks: Any
) -> None:
    label = Label.objects.named("returns")
    talk.labels.add(label)
    assert "returns" in rows(staff, talk)
    with django_capture_on_commit_callbacks(execute=True):
        staff.post(f"/admin/conversations/label/{label.pk}/change/", {"name": "refunds"})
    assert "refunds" in rows(staff, talk)


def test_the_clock_changes_a_row_too(
    staff: Client, talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window closes a second from now, by a clock that does not make processes forget."""
    now = timezone.now()
    Conversation.objects.filter(pk=talk.pk).update(put_off_until=now + MINUTE)
    monkeypatch.setattr(timezone, "now", lambda: now + MINUTE - timedelta(seconds=1))
    assert "put off until" in rows(staff, talk)
    monkeypatch.setattr(timezone, "now", lambda: now + MINUTE)
    assert "put off until" not in rows(staff, talk)


def test_how_long_somebody_waits_is_new_after_seconds(
    staff: Client, talk: Conversation, time_passes: Clock
) -> None:
    assert "waits 59 min" not in rows(staff, talk)
    time_passes(59 * MINUTE + timedelta(seconds=30))
    assert "waits 59 min" in rows(staff, talk)


def test_each_has_the_rows_that_they_may_see(
    staff: Client, client: Client, talk: Conversation
) -> None:
    assert "queue-tick" in rows(staff, talk)
    reader = viewer(Client(), "view_conversation")
    assert "queue-tick" not in rows(reader, talk)
    assert "queue-tick" in rows(staff, talk)


def test_a_row_leads_back_to_the_list_it_stands_in(staff: Client, talk: Conversation) -> None:
    assert "tab%3Dall" in rows(staff, talk, "tab=all")
    assert "tab%3Dwaiting" in rows(staff, talk, "tab=waiting")


def test_the_row_of_the_open_conversation_is_marked_beside_its_thread_alone(
    staff: Client, talk: Conversation
) -> None:
    thread = f"{LIST}{talk.pk}/change/?_changelist_filters=tab%3Dall"
    assert 'aria-current="true"' in staff.get(thread).content.decode().partition("queue-rows")[2]
    listed = staff.get(f"{LIST}?tab=all").content.decode().partition("queue-rows")[2]
    assert "queue-row" in listed
    assert 'aria-current="true"' not in listed
