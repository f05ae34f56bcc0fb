"""Who wrote from our account: we, a person, or another tool that staff know as such."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.templatetags.admin_list import result_headers
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations import bot_pause
from conversations.models import Account, AutomaticText, Conversation, Message
from shop import tuning
from tests.support.accounts import SECOND, batch, item
from tests.support.graph import ACCOUNT, Sent
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


def say_automated(staff: Client) -> str:
    message = Message.objects.get(origin="app")
    link = f"/admin/conversations/conversation/message/{message.pk}/automatic/"
    return staff.post(link, follow=True).content.decode()


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


def test_staff_say_so_too_where_the_bot_is_not_paused_by_it(asked: Shop, staff: Client) -> None:
    tuning.put("pause_hours", "0")
    asked.hears("where is my parcel?", mid="aWdfQ2", at=time.time() - MINUTE)
    asked.works()
    app_says(asked, "We are away.", time.time())
    assert not paused()
    talk = Conversation.objects.get()
    assert talk.waiting_since is None, "somebody has answered, as it looks"
    assert "This was automated" in page(staff, talk)
    shown = say_automated(staff)
    assert "Messages like this won&#x27;t pause the bot again." in shown
    assert "Bot resumed." not in shown, "it was not paused"


def test_whoever_else_paused_the_bot_is_named_and_goes_on(asked: Shop, staff: Client) -> None:
    app_says(asked, "We are away.", time.time())
    talk = Conversation.objects.get()
    bot_pause.pause(talk.pk, "ben", timezone.now() + timedelta(hours=100))
    shown = say_automated(staff)
    assert "The bot is still paused until" in shown
    assert "by ben." in shown
    assert "Bot resumed." not in shown
    assert paused()


def test_staff_say_that_no_person_wrote_it(asked: Shop, staff: Client) -> None:
    app_says(asked, "We are away.", time.time())
    talk = Conversation.objects.get()
    message = Message.objects.get(origin="app")
    assert "This was automated" in page(staff, talk)
    link = f"/admin/conversations/conversation/message/{message.pk}/automatic/"
    shown = staff.post(link, follow=True).content.decode()
    assert "Bot resumed. Messages like this won&#x27;t pause the bot again." in shown
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


# Several accounts


def both_say(shop: Shop, text: str, mid: str) -> list[bool]:
    """Each account's app says this to a customer; return where the bot is paused by it."""
    echoes = (
        (account, item(account, customer, echo=True, message={
            "mid": f"{mid}{customer}", "text": text, "is_echo": True,
        }))
        for account, customer in ((ACCOUNT, "870001"), (SECOND, "870002"))
    )  # fmt: skip
    shop.receives(batch(*echoes))
    shop.works()
    talks = Conversation.objects.order_by("account")
    return [talk.bot_is_paused(timezone.now()) for talk in talks]


def test_a_text_that_is_marked_pauses_nobody_of_its_own_account(
    shop: Shop, second: Account, staff: Client
) -> None:
    assert both_say(shop, "We are away.", "m1") == [True, True]
    message = Message.objects.get(conversation__account=second)
    staff.post(f"/admin/conversations/conversation/message/{message.pk}/automatic/")
    [marked] = AutomaticText.objects.all()
    assert (marked.account, marked.marked_by) == (second, "anna")
    Conversation.objects.all().delete()
    assert both_say(shop, "We  are away.", "m2") == [True, False]


def test_a_text_for_all_accounts_pauses_nobody_anywhere(shop: Shop, second: Account) -> None:
    AutomaticText.objects.create(text="We are away.")
    assert both_say(shop, "We are away.", "m1") == [False, False]


def test_what_is_marked_for_all_is_not_marked_again(
    shop: Shop, second: Account, staff: Client
) -> None:
    both_say(shop, "We are away.", "m1")
    AutomaticText.objects.create(text="We are away.")
    for message in Message.objects.all():
        staff.post(f"/admin/conversations/conversation/message/{message.pk}/automatic/")
    assert AutomaticText.objects.get().account is None


def test_each_account_has_a_text_once_and_so_have_all(shop: Shop, second: Account) -> None:
    for account in (None, Account.objects.ours(), second):
        AutomaticText.objects.create(account=account, text="We are away.")
        with pytest.raises(IntegrityError):
            AutomaticText.objects.create(account=account, text="We are  away.")


def test_whether_a_text_is_marked_is_one_statement_for_an_echo(shop: Shop, second: Account) -> None:
    for account in (None, second):
        AutomaticText.objects.create(account=account, text="We are away.")
    with CaptureQueriesContext(connection) as caught:
        both_say(shop, "We are here.", "m1")
    assert sum("automatictext" in one["sql"] for one in caught) == 2, "there were two echoes"


AUTOMATIC = "/admin/conversations/automatictext/"


def test_one_account_is_not_asked_whose_text_it_is(asked: Shop, staff: Client) -> None:
    assert "account" not in staff.get(f"{AUTOMATIC}add/").context["adminform"].form.fields
    staff.post(f"{AUTOMATIC}add/", {"text": "We are away."})
    assert AutomaticText.objects.get().account is None
    shown = staff.get(AUTOMATIC)
    assert "For" not in header(shown)


def header(shown: Any) -> list[str]:
    return [str(column["text"]) for column in result_headers(shown.context["cl"])]


def test_the_list_says_and_filters_whose_texts_they_are(
    shop: Shop, second: Account, staff: Client
) -> None:
    staff.post(f"{AUTOMATIC}add/", {"text": "We are away.", "account": second.pk})
    staff.post(f"{AUTOMATIC}add/", {"text": "Thanks!", "account": ""})
    shown = staff.get(AUTOMATIC)
    assert "For" in header(shown)
    assert "All accounts" in shown.content.decode()
    only = staff.get(AUTOMATIC, {"account": second.pk})
    assert [row.text for row in only.context["cl"].result_list] == ["We are away."]


@pytest.mark.parametrize("account", ["", "second"])
def test_a_text_that_is_marked_already_is_refused_in_words(
    shop: Shop, second: Account, staff: Client, account: str
) -> None:
    AutomaticText.objects.create(text="We are away.")
    number = second.pk if account else ""
    said = staff.post(f"{AUTOMATIC}add/", {"text": "We are  away.", "account": number})
    assert "This text is marked already." in said.content.decode()
    assert AutomaticText.objects.count() == 1
