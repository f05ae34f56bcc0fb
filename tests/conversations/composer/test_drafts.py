"""What is typed is kept for each person and conversation, and shows who is writing."""

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from conversations.models import Conversation, Draft
from tests.conversations.composer.forms import colleague, look, send, type_in
from tests.support.clock import Clock
from tests.support.talks import LIST, make_conversation, page, queries

pytestmark = pytest.mark.django_db


def test_a_draft_is_there_on_another_machine_for_its_writer_alone(
    staff: Client, talk: Conversation
) -> None:
    type_in(staff, talk, "Dear <Maria>")
    type_in(staff, talk, "Ask Bob first", kind="note")
    other_machine = Client()
    other_machine.force_login(Draft.objects.all()[0].user)
    shown = page(other_machine, talk)
    assert ">Dear &lt;Maria&gt;</textarea>" in shown
    assert ">Ask Bob first</textarea>" in shown
    assert "Dear" not in page(colleague(), talk)
    assert "Dear" not in page(staff, make_conversation("somebody"))


def test_there_is_one_draft_and_an_empty_one_is_none(staff: Client, talk: Conversation) -> None:
    for text in ("D", "De", "Dear"):
        type_in(staff, talk, text)
    assert Draft.objects.get().text == "Dear"
    type_in(staff, talk, " \n ")
    assert not Draft.objects.exists()


def test_a_draft_that_arrives_after_its_reply_is_forgotten(
    staff: Client, talk: Conversation
) -> None:
    type_in(staff, talk, "Dear")
    send(staff, talk, "Dear Maria", token="t1")
    type_in(staff, talk, "Dear Maria", token="t1")  # it was still on its way
    assert not Draft.objects.exists()
    staff.post(f"{LIST}{talk.pk}/note/", {"text": "look", "token": "n1"})
    type_in(staff, talk, "look", kind="note", token="n1")
    assert not Draft.objects.exists()


def test_a_draft_goes_with_its_customer(staff: Client, talk: Conversation) -> None:
    type_in(staff, talk, "Dear")
    talk.delete()
    assert not Draft.objects.exists()


def test_colleagues_see_who_is_writing_and_what_for_a_moment(
    staff: Client, talk: Conversation, time_passes: Clock
) -> None:
    bob = colleague(first_name="Bob", last_name="Marley")
    assert look(staff, talk)["writers"] == []
    type_in(bob, talk, "Dear")
    assert look(staff, talk)["writers"] == ["Bob Marley is writing…"]
    assert "Bob Marley is writing…" in page(staff, talk)
    assert look(bob, talk)["writers"] == []
    assert look(staff, make_conversation("somebody"))["writers"] == []
    time_passes(timedelta(seconds=11))
    assert look(staff, talk)["writers"] == []
    type_in(bob, talk, "Dear")  # nothing new was typed: the page was only left
    assert look(staff, talk)["writers"] == []
    type_in(bob, talk, "See #5", kind="note")
    assert look(staff, talk)["writers"] == ["Bob Marley is writing a note…"]
    staff.post(f"{LIST}{talk.pk}/note/", {"text": "x", "token": "n"})
    type_in(bob, talk, "", kind="note")
    assert look(staff, talk)["writers"] == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("short", []),
        ("x" * 1000, []),
        ("  " + "x" * 1000 + "\r\n", []),
        ("x" * 1001, ["x" * 1000, "x"]),
        ("п" * 501, ["п" * 500, "п"]),
        ("One. " * 150 + "Two.\r\n" * 150, None),
    ],
)
def test_how_a_text_will_be_split_is_told_as_it_will_be_sent(
    staff: Client, talk: Conversation, text: str, parts: list[str] | None
) -> None:
    told = type_in(staff, talk, text)["parts"]
    send(staff, talk, text)
    sent = list(talk.messages.order_by("position").values_list("text", flat=True))
    assert told == (sent if len(sent) > 1 else [])
    if parts is not None:
        assert told == parts


def test_a_window_that_closes_while_one_types_is_told(
    staff: Client, talk: Conversation, time_passes: Clock, settings: Settings
) -> None:
    settings.SESSION_COOKIE_AGE = 10 * 24 * 3600
    said = look(staff, talk)
    assert said["problem"] == ""
    assert said["window"].startswith("The customer sees this. Open until ")
    Conversation.objects.update(last_inbound_at=talk.created_at - timedelta(days=2))
    said = look(staff, talk)
    assert "The 24-hour window is closed." in said["problem"]
    assert said["window"] == ""


def test_looking_costs_few_queries_however_long_the_thread(
    staff: Client, talk: Conversation
) -> None:
    few = queries(lambda: look(staff, talk))
    for number in range(5):
        type_in(colleague(f"c{number}"), talk, "Dear")
    assert queries(lambda: look(staff, talk)) == few


def test_no_text_reaches_a_log(
    staff: Client, talk: Conversation, capfd: pytest.CaptureFixture[str]
) -> None:
    type_in(staff, talk, "very private words")
    staff.post(f"{LIST}{talk.pk}/note/", {"text": "very private note", "token": "n"})
    send(staff, talk, "very private reply")
    said = "".join(capfd.readouterr())
    assert "staff_replied" in said
    assert "very private" not in said


def test_another_kind_is_not_kept(staff: Client, talk: Conversation) -> None:
    data = {"text": "x", "kind": "poem", "token": "t"}
    assert staff.post(f"{LIST}{talk.pk}/draft/", data).status_code == 404
