"""Who wrote from our account: we, a person, or another tool that staff know as such."""

import time

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import AutomaticText, Conversation, Message
from tests.support.graph import Sent
from tests.support.shop import Shop
from tests.support.talks import page, viewer

MINUTE = 60.0


@pytest.fixture
def asked(shop: Shop) -> Shop:
    """A customer who wrote two minutes ago and was answered."""
    shop.hears("price", at=time.time() - 2 * MINUTE)
    shop.works()
    return shop


def app_says(shop: Shop, text: str, at: float, mid: str = "") -> None:
    shop.hears_echo(Sent("870001", text, "", mid or f"aWdf{text}", at))
    shop.works()


def paused() -> bool:
    return Conversation.objects.get().bot_is_paused(timezone.now())


def test_a_person_in_the_app_pauses_the_bot(asked: Shop) -> None:
    app_says(asked, "I am here", time.time())
    assert paused()
    asked.hears("price")
    asked.works()
    assert asked.texts == ["Ten euros."]


def test_what_comes_within_five_seconds_of_the_customer_is_automatic(asked: Shop) -> None:
    app_says(asked, "Thanks for writing!", time.time() - 2 * MINUTE + 4)
    assert not paused()
    assert "counted as automated" in Message.objects.get(origin="app").reason


def test_a_greeting_that_overtakes_its_question_does_not_leave_the_bot_paused(shop: Shop) -> None:
    now = time.time()
    app_says(shop, "Thanks for writing!", now - 1)
    assert paused()
    shop.hears("price", at=now - 2)
    shop.works()
    assert not paused()
    assert shop.texts == ["Ten euros."]


def test_a_question_does_not_end_the_pause_of_a_person_who_wrote_before_it(asked: Shop) -> None:
    app_says(asked, "I am here", time.time() - 1)
    asked.hears("price")
    asked.works()
    assert paused()


def test_staff_say_that_no_person_wrote_it(asked: Shop, staff: Client) -> None:
    app_says(asked, "We are away.", time.time())
    talk = Conversation.objects.get()
    message = Message.objects.get(origin="app")
    assert "This was automated" in page(staff, talk)
    link = f"/admin/conversations/conversation/message/{message.pk}/automatic/"
    shown = staff.post(link, follow=True).content.decode()
    assert "Messages like this won&#x27;t pause it again." in shown
    assert not paused()
    assert "This was automated" not in shown
    app_says(asked, "We are  away. ", time.time(), mid="aWdfAgain")
    assert not paused()
    app_says(asked, "We are back.", time.time())
    assert paused()


def test_staff_take_a_text_off_the_list_of_automatic_ones(asked: Shop, staff: Client) -> None:
    staff.post("/admin/conversations/automatictext/add/", {"text": "We are away."})
    [marked] = AutomaticText.objects.all()
    assert marked.marked_by == "anna"
    staff.post(f"/admin/conversations/automatictext/{marked.pk}/delete/", {"post": "yes"})
    app_says(asked, "We are away.", time.time())
    assert paused()


def test_who_may_only_look_can_not_say_so(asked: Shop, client: Client) -> None:
    app_says(asked, "We are away.", time.time())
    message = Message.objects.get(origin="app")
    looking = viewer(client, "view_conversation")
    link = f"/admin/conversations/conversation/message/{message.pk}/automatic/"
    assert looking.post(link).status_code == 403
    assert paused()


@pytest.mark.parametrize("origin", ["customer", "bot"])
def test_only_what_came_from_the_app_can_be_marked(asked: Shop, staff: Client, origin: str) -> None:
    message = Message.objects.get(origin=origin)
    link = f"/admin/conversations/conversation/message/{message.pk}/automatic/"
    assert staff.post(link).status_code == 404
