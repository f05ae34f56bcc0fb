"""The outbox and the thread's buttons: staff reply, send again, stop."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from conversations.models import Conversation, Message, Origin, State
from tests.support.talks import LIST, ask, make_conversation, page, queries, say, viewer

pytestmark = pytest.mark.django_db

OUTBOX = "/admin/conversations/outboxmessage/"


def post(staff: Client, path: str, **data: str) -> str:
    response = staff.post(f"{LIST}{path}", data, follow=True)
    assert response.status_code == 200
    return str(response.content.decode())


def token(shown: str) -> str:
    found = re.search(r'name="token" value="(\w+)"', shown)
    assert found
    return found[1]


def act(staff: Client, action: str, *rows: Message) -> str:
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    return str(staff.post(OUTBOX, data, follow=True).content.decode())


def test_the_outbox_shows_what_waits_failed_or_was_not_confirmed(
    staff: Client, talk: Conversation
) -> None:
    say(talk, "sent well")
    say(talk, "waits", state=State.QUEUED)
    say(talk, "went wrong", state=State.FAILED, error="Nobody is there.")
    say(talk, "who knows", state=State.UNKNOWN)
    shown = staff.get(OUTBOX).content.decode()
    assert "sent well" not in shown
    assert all(text in shown for text in ("waits", "went wrong", "Nobody is there.", "who knows"))
    only = staff.get(f"{OUTBOX}?is=failed").content.decode()
    assert "went wrong" in only
    assert "who knows" not in only


def test_the_outbox_takes_a_constant_number_of_queries(staff: Client, talk: Conversation) -> None:
    say(talk, state=State.FAILED)
    few = queries(lambda: staff.get(OUTBOX))
    for number in range(20):
        say(make_conversation(f"c{number}"), state=State.FAILED)
    assert queries(lambda: staff.get(OUTBOX)) == few


def test_many_messages_are_sent_again(staff: Client, talk: Conversation) -> None:
    rows = [say(talk, state=State.FAILED) for _ in range(3)]
    assert "3 messages queued to send again." in act(staff, "send_again", *rows)
    assert set(Message.objects.values_list("state", "staff")) == {("queued", "anna")}
    talk.refresh_from_db()
    assert talk.due_at is not None


def test_many_messages_are_stopped(staff: Client, talk: Conversation) -> None:
    rows = [say(talk, state=State.QUEUED), say(talk, state=State.UNKNOWN)]
    assert "2 messages cancelled." in act(staff, "cancel", *rows)
    states = Message.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["cancelled", "failed"]


def test_who_may_only_look_has_no_actions(client: Client, talk: Conversation) -> None:
    row = say(talk, state=State.FAILED)
    looks = viewer(client, "view_outboxmessage")
    assert "Resend" not in looks.get(OUTBOX).content.decode()
    act(looks, "send_again", row)
    row.refresh_from_db()
    assert row.state == State.FAILED


def test_a_failed_bubble_offers_to_send_it_again(staff: Client, talk: Conversation) -> None:
    row = say(talk, state=State.FAILED)
    assert f"message/{row.pk}/again/" in page(staff, talk)
    assert "1 message queued to send again." in post(staff, f"message/{row.pk}/again/")
    row.refresh_from_db()
    assert (row.state, row.staff) == (State.QUEUED, "anna")
    assert LogEntry.objects.latest("pk").change_message == f"Queued message {row.pk} to send again."


def test_a_sent_bubble_offers_nothing(staff: Client, talk: Conversation) -> None:
    row = say(talk)
    shown = page(staff, talk)
    assert not [act for act in ("again", "stop") if f"message/{row.pk}/{act}/" in shown]
    assert "Nothing to do" in post(staff, f"message/{row.pk}/again/")
    row.refresh_from_db()
    assert row.state == State.SENT


def test_a_waiting_bubble_can_be_stopped(staff: Client, talk: Conversation) -> None:
    row = say(talk, state=State.QUEUED)
    post(staff, f"message/{row.pk}/stop/")
    row.refresh_from_db()
    assert row.state == State.CANCELLED


@pytest.mark.parametrize("path", ["message/999/again/", "999/reply/"])
def test_what_is_not_there_is_not_found(staff: Client, path: str) -> None:
    assert staff.post(f"{LIST}{path}", {"text": "x"}).status_code == 404


def test_a_customers_message_cannot_be_sent(staff: Client, talk: Conversation) -> None:
    row = ask(talk)
    assert staff.post(f"{LIST}message/{row.pk}/again/").status_code == 404


def test_nothing_happens_at_a_get(staff: Client, talk: Conversation) -> None:
    row = say(talk, state=State.FAILED)
    assert staff.get(f"{LIST}message/{row.pk}/again/").status_code == 405
    assert staff.get(f"{LIST}{talk.pk}/reply/").status_code == 405


def test_a_reply_is_queued_once_for_each_form(staff: Client, talk: Conversation) -> None:
    given = token(page(staff, talk))
    shown = post(staff, f"{talk.pk}/reply/", text="I am here.", token=given)
    assert "Reply queued. Bot paused for this customer." in shown
    post(staff, f"{talk.pk}/reply/", text="I am here.", token=given)
    [message] = Message.objects.all()
    assert (message.text, message.staff, message.origin) == ("I am here.", "anna", "staff")
    assert token(shown) != given


def test_a_reply_that_cannot_be_sent_keeps_its_text(staff: Client) -> None:
    late = make_conversation("late", last_inbound_at=timezone.now())
    shown = page(staff, late)
    Conversation.objects.update(last_inbound_at=timezone.now().replace(year=2020))
    after = post(staff, f"{late.pk}/reply/", text="My long <b>text", token=token(shown))
    assert "The 24-hour window is closed" in after
    assert "My long &lt;b&gt;text" in after
    assert not Message.objects.exists()
    assert "My long" in page(staff, late), "kept until it is sent"


def test_the_reply_form_is_closed_with_the_window(staff: Client) -> None:
    never = make_conversation("never")
    shown = page(staff, never)
    assert "You can only message customers" in shown
    assert shown.count("disabled") >= 2


def test_who_may_only_look_has_no_reply_form(client: Client, talk: Conversation) -> None:
    row = say(talk, state=State.FAILED)
    looks = viewer(client, "view_conversation")
    shown = page(looks, talk)
    assert 'id="reply-text"' not in shown
    assert "Resend" not in shown
    assert looks.post(f"{LIST}{talk.pk}/reply/", {"text": "x"}).status_code == 403
    assert looks.post(f"{LIST}message/{row.pk}/again/").status_code == 403


def test_what_is_not_confirmed_says_whether_it_is_still_being_found_out(
    staff: Client, talk: Conversation, settings: Settings
) -> None:
    row = say(talk, state=State.UNKNOWN, error="No answer came.", called_at=timezone.now())
    checking = "We&#x27;re checking whether it was delivered."
    assert f"Not confirmed yet. {checking}" in page(staff, talk)
    assert f"No answer came. {checking}" in staff.get(OUTBOX).content.decode()
    Message.objects.filter(pk=row.pk).update(called_at=timezone.now() - settings.SETTLE_FOR)
    assert "find out whether it was delivered." in page(staff, talk)


def test_the_thread_says_who_wrote_and_who_had_it_sent_again(
    staff: Client, talk: Conversation
) -> None:
    say(talk, "I am here.", origin=Origin.STAFF, staff="anna")
    say(talk, "The answer.", staff="bert")
    shown = page(staff, talk)
    assert "<span>anna</span>" in shown
    assert "<span>resent by bert</span>" in shown
