from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conversations.models import Account, Conversation, Origin, State
from tests.support.talks import (
    ALL,
    LIST,
    ask,
    customers,
    make_conversation,
    page,
    say,
    viewer,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def listed(staff: Client, query: str = "?tab=all") -> list[str]:
    response = staff.get(LIST + query)
    assert response.status_code == 200
    return customers(response.context["cl"])


# The list


def test_conversations_are_listed_newest_first(staff: Client) -> None:
    now = timezone.now()
    make_conversation("yesterday", last_inbound_at=now - 30 * HOUR)
    make_conversation("now", last_inbound_at=now)
    make_conversation("silent", created_at=now - 2 * HOUR)
    assert listed(staff) == ["now", "silent", "yesterday"]


def test_list_says_what_the_customer_wrote_last_and_not_the_bot(
    staff: Client, talk: Conversation
) -> None:
    ask(talk, "are you there?")
    ask(talk, "do you\n ship? " + "x" * 500)
    say(talk, "Yes.", origin=Origin.APP)
    shown = staff.get(ALL).content.decode()
    assert "do you ship? xxx" in shown
    assert "Yes." not in shown
    assert "are you there?" not in shown


def test_list_names_the_kind_of_a_message_without_text(staff: Client, talk: Conversation) -> None:
    ask(talk, "", kind="image", attachments=[{"type": "image"}])
    assert "[photo]" in staff.get(ALL).content.decode()


def test_list_escapes_what_customers_write(staff: Client, talk: Conversation) -> None:
    Conversation.objects.filter(pk=talk.pk).update(
        name="<img src=x onerror=alert(1)>", picture_url='x" onerror="alert(1)'
    )
    ask(talk, "<script>alert(1)</script>")
    shown = staff.get(ALL).content.decode()
    assert "<script>alert(1)" not in shown
    assert "<img src=x" not in shown
    assert '" onerror="' not in shown
    assert "&lt;script&gt;alert(1)" in shown


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("needs_person__exact=1", ["helpless"]),
        ("paused=yes", ["paused"]),
        ("paused=no", ["closing", "failing", "helpless"]),
        ("window=open", ["closing", "paused"]),
        ("window=soon", ["closing"]),
        ("window=closed", ["failing", "helpless"]),
        ("sends=failed", ["failing"]),
        ("q=paus", ["paused"]),
        ("q=@paused", ["paused"]),
        ("q=id-of-helpless", ["helpless"]),
        ("q=came+back", ["failing"]),
        ("q=nothing+of+this", []),
    ],
)
def test_list_is_filtered_and_searched(staff: Client, query: str, found: list[str]) -> None:
    now = timezone.now()
    make_conversation("helpless", needs_person=True, last_inbound_at=now - 50 * HOUR)
    make_conversation("paused", bot_paused_until=now + HOUR, last_inbound_at=now)
    make_conversation("closing", bot_paused_until=now - HOUR, last_inbound_at=now - 23 * HOUR)
    failing = make_conversation("failing", last_inbound_at=now - 60 * HOUR)
    say(failing, "It came back.", state=State.UNKNOWN)
    old = timezone.now() - timedelta(days=8)
    say(Conversation.objects.get(username="helpless"), state=State.FAILED, at=old)
    assert sorted(listed(staff, f"?{query}")) == found


def test_list_marks_a_send_that_failed(staff: Client, talk: Conversation) -> None:
    assert "chip-bad" not in staff.get(ALL).content.decode()
    say(talk, state=State.FAILED)
    assert "A message failed in the last 7 days." in staff.get(ALL).content.decode()


# What staff may do


def test_staff_end_a_call_for_a_person_and_nothing_else_changes(
    staff: Client, talk: Conversation
) -> None:
    lease = timezone.now() + HOUR
    held = {"due_at": lease, "leased_until": lease, "tries": 3, "needs_person": True}
    Conversation.objects.filter(pk=talk.pk).update(**held)
    before = Conversation.objects.filter(pk=talk.pk).values().get()
    url = f"{LIST}{talk.pk}/change/"
    response = staff.post(url, {"due_at": "", "customer_id": "another"})
    assert response.status_code == 302
    assert response["Location"] == url
    after = Conversation.objects.filter(pk=talk.pk).values().get()
    assert after == before | {"needs_person": False, "version": after["version"]}
    staff.post(url, {"needs_person": "on"})
    assert Conversation.objects.get(pk=talk.pk).needs_person


def test_staff_page_writes_only_the_one_field(staff: Client, talk: Conversation) -> None:
    with CaptureQueriesContext(connection) as caught:
        staff.post(f"{LIST}{talk.pk}/change/", {"needs_person": "on"})
    updates = [
        q["sql"]
        for q in caught
        if q["sql"].startswith("UPDATE") and "conversations_conv" in q["sql"]
    ]
    assert len(updates) == 1
    assert "due_at" not in updates[0]
    assert "leased_until" not in updates[0]


def test_bot_is_paused_by_a_button_for_as_long_as_after_an_answer(
    staff: Client, talk: Conversation
) -> None:
    url = reverse("admin:conversations_conversation_pause", args=[talk.pk])
    assert url in page(staff, talk)
    response = staff.post(url, follow=True)
    assert "Bot paused until " in response.content.decode()
    talk.refresh_from_db()
    assert talk.bot_is_paused(timezone.now())
    assert talk.bot_paused_by == "anna"
    assert LogEntry.objects.get().get_change_message().startswith("Paused the bot until ")


def test_bot_is_resumed_and_nothing_is_woken(staff: Client, talk: Conversation) -> None:
    url = reverse("admin:conversations_conversation_resume", args=[talk.pk])
    assert url not in page(staff, talk)
    Conversation.objects.filter(pk=talk.pk).update(
        bot_paused_until=timezone.now() + HOUR, bot_paused_by="a person", needs_person=True
    )
    assert url in page(staff, talk)
    before = Conversation.objects.filter(pk=talk.pk).values().get()
    response = staff.post(url, follow=True)
    assert "Bot resumed." in response.content.decode()
    after = Conversation.objects.filter(pk=talk.pk).values().get()
    assert after["bot_resumed_at"]
    resumed_at = after["bot_resumed_at"]
    ended = {"bot_paused_until": None, "bot_paused_by": "", "bot_resumed_at": resumed_at}
    assert after == before | ended | {"version": before["version"] + 1}
    assert LogEntry.objects.get().get_change_message() == "Resumed the bot."


def test_bot_is_not_resumed_by_following_a_link(staff: Client, talk: Conversation) -> None:
    Conversation.objects.update(bot_paused_until=timezone.now() + HOUR)
    url = reverse("admin:conversations_conversation_resume", args=[talk.pk])
    assert staff.get(url).status_code == 405
    assert Conversation.objects.get().bot_paused_until is not None


def test_resuming_an_unknown_conversation_is_not_found(staff: Client) -> None:
    url = reverse("admin:conversations_conversation_resume", args=[12345])
    assert staff.post(url).status_code == 404


def test_conversations_are_neither_added_nor_deleted(staff: Client, talk: Conversation) -> None:
    assert staff.get(f"{LIST}add/").status_code == 403
    assert staff.post(f"{LIST}{talk.pk}/delete/", {"post": "yes"}).status_code == 403
    staff.post(LIST, {"action": "delete_selected", "_selected_action": talk.pk, "post": "yes"})
    assert Conversation.objects.count() == 1


def test_viewer_reads_and_cannot_change(client: Client, talk: Conversation) -> None:
    Conversation.objects.update(needs_person=True, bot_paused_until=timezone.now() + HOUR)
    ask(talk, "can you read me")
    reader = viewer(client, "view_conversation")
    shown = page(reader, talk)
    assert "can you read me" in shown
    for act in ("data-done", "Resume now", "put_off_form", "assign_form"):
        assert act not in shown
    assert listed(reader) == ["maria"]
    assert reader.post(f"{LIST}{talk.pk}/change/", {}).status_code == 403
    resume = reverse("admin:conversations_conversation_resume", args=[talk.pk])
    assert reader.post(resume).status_code == 403
    unchanged = Conversation.objects.get()
    assert unchanged.needs_person
    assert unchanged.bot_paused_until


def test_staff_without_the_permission_see_no_conversations(
    client: Client, talk: Conversation
) -> None:
    other = viewer(client, "view_responserule")
    assert other.get(LIST).status_code == 403
    assert other.get(f"{LIST}{talk.pk}/change/").status_code == 403
    shown = other.get("/admin/").content.decode()
    assert LIST not in shown
    assert "/admin/rules/responserule/" in shown


def test_strangers_are_sent_to_the_login(client: Client, talk: Conversation) -> None:
    response = client.get(f"{LIST}{talk.pk}/change/")
    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")


# What surrounds it


def test_sidebar_counts_the_conversations_that_wait(staff: Client) -> None:
    assert not badges(staff)
    now = timezone.now()
    for name in ("one", "two"):
        make_conversation(name, waiting_since=now)
    make_conversation("put off", waiting_since=now, put_off_until=now + HOUR)
    make_conversation("back", waiting_since=now, put_off_until=now - HOUR)
    make_conversation("three")
    assert badges(staff) == [3]


def badges(staff: Client) -> list[int]:
    sidebar = staff.get("/admin/").context["sidebar_navigation"]
    return [item["badge"] for group in sidebar for item in group["items"] if "badge" in item]


@pytest.mark.parametrize("model", ["user", "group"])
def test_people_have_their_pages(staff: Client, model: str) -> None:
    assert staff.get(f"/admin/auth/{model}/").status_code == 200
    assert staff.get(f"/admin/auth/{model}/add/").status_code == 200


def test_account_says_whether_sending_rests(staff: Client) -> None:
    account = Account.objects.create(instagram_id="178", username="shop")
    assert ">active<" in staff.get("/admin/conversations/account/").content.decode()
    account.paused_until = timezone.now() + HOUR
    account.pause, account.pause_reason = Account.Pause.BLOCKED, "Log in again."
    account.save()
    assert ">paused until" in staff.get("/admin/conversations/account/").content.decode()
    url = f"/admin/conversations/account/{account.pk}/change/"
    assert "Log in again." in staff.get(url).content.decode()
    assert staff.post(url, {"username": "other"}).status_code == 403


def test_messages_and_versions_have_no_pages_of_their_own(staff: Client) -> None:
    for path in ("conversations/message/", "conversations/attempt/", "rules/rulesversion/"):
        assert staff.get(f"/admin/{path}").status_code == 404
