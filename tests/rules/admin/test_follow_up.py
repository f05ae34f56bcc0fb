"""After a rule is saved: those who asked lately are answered, once, if it is still right."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from conversations.models import Account, Conversation, Message, Origin, State, Verdict
from rules.models import ResponseRule
from tests.rules.admin.forms import LIST, form, make_rule
from tests.support.shop import Shop
from tests.support.talks import ask, make_conversation, say, viewer
from workqueue.snapshot import Snapshot

pytestmark = pytest.mark.django_db

GROUPS = "/admin/rules/dismissedgroup/"
FROM_GROUPS = "?_back=unanswered"


def talk_with(username: str, **fields: Any) -> Conversation:
    return make_conversation(username, last_inbound_at=timezone.now(), **fields)


def page_of(rule: ResponseRule) -> str:
    return f"{LIST}{rule.pk}/follow-up/"


@pytest.fixture
def klarna() -> ResponseRule:
    return make_rule("Klarna", keywords="klarna", reply="Yes, we take Klarna.")


@pytest.mark.usefixtures("db")
def test_saving_leads_to_those_who_asked_and_then_back_to_the_groups(staff: Client) -> None:
    for name in ("maria", "kim"):
        ask(talk_with(name), "do you take klarna?")
    saved = staff.post(f"{LIST}add/{FROM_GROUPS}", form(name="Klarna", keywords="klarna"))
    rule = ResponseRule.objects.get()
    assert saved.headers["Location"] == f"{page_of(rule)}{FROM_GROUPS}"
    html = staff.get(saved.headers["Location"]).content.decode()
    assert "2 customers asked this lately and can still be answered." in html
    assert "do you take klarna?" in html
    done = staff.post(saved.headers["Location"], follow=True)
    assert done.redirect_chain[-1] == (GROUPS, 302)
    assert "Answering 2 customers by the rule." in done.content.decode()
    assert set(Message.objects.values_list("verdict", flat=True)) == {Verdict.UNDECIDED}
    said = {entry.change_message.split(" message ")[0] for entry in LogEntry.objects.all()[:2]}
    assert said == {"Queued"}


def test_saving_leads_back_to_the_groups_where_nobody_is_left(staff: Client) -> None:
    saved = staff.post(f"{LIST}add/{FROM_GROUPS}", form(name="Klarna", keywords="klarna"))
    assert saved.headers["Location"] == GROUPS


def test_saving_elsewhere_leads_where_it_did(staff: Client) -> None:
    saved = staff.post(f"{LIST}add/", form(name="Klarna", keywords="klarna"))
    assert saved.headers["Location"] == LIST


def test_a_change_of_a_rule_leads_there_too(staff: Client, klarna: ResponseRule) -> None:
    ask(talk_with("maria"), "and afterpay?")
    changed = form(name="Klarna", keywords="klarna\nafterpay")
    saved = staff.post(f"{LIST}{klarna.pk}/change/", changed)
    assert saved.headers["Location"] == page_of(klarna)


NOW = timezone.now()
BEFORE = NOW - timedelta(hours=25)
# What stands in the way of an answer: of the conversation, of the message, or said meanwhile.
IN_THE_WAY: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "the window has closed": ({"last_inbound_at": BEFORE}, {}, {}),
    "it is of yesterday": ({}, {"at": BEFORE}, {}),
    "the customer has opted out": ({"opted_out_at": NOW}, {}, {}),
    "the bot is paused": ({"bot_paused_until": NOW + timedelta(days=9)}, {}, {}),
    "another app has it": ({"other_app_at": NOW}, {}, {}),
    "staff are done with it": ({}, {"done_at": NOW}, {}),
    "it was unsent": ({}, {"unsent_at": NOW}, {}),
    "it was answered": ({}, {"verdict": Verdict.ANSWERED}, {}),
    "it is left to a person": ({}, {"verdict": Verdict.PAUSED}, {}),
    "another rule answers it": ({}, {"text": "klarna refund"}, {}),
    "a colleague has replied": ({}, {}, {"origin": Origin.STAFF, "staff": "olga"}),
    "somebody has replied in the app": ({}, {}, {"origin": Origin.APP}),
}


@pytest.mark.parametrize("why", IN_THE_WAY)
def test_who_cannot_or_need_not_be_answered_is_left_alone(
    staff: Client, klarna: ResponseRule, why: str
) -> None:
    make_rule("Refund", keywords="refund", order=1)
    of_talk, of_message, of_ours = IN_THE_WAY[why]
    talk = talk_with("maria")
    Conversation.objects.filter(pk=talk.pk).update(**of_talk)
    message = ask(talk, **{"text": "klarna?"} | of_message)
    if of_ours:
        say(talk, "We will see.", **of_ours)
    before = Message.objects.filter(pk=message.pk).values().get()
    assert "Nobody is left to answer." in staff.get(page_of(klarna)).content.decode()
    assert "Nobody is left to answer" in staff.post(page_of(klarna), follow=True).content.decode()
    assert Message.objects.filter(pk=message.pk).values().get() == before


def test_nobody_is_answered_while_the_bot_is_off(staff: Client, klarna: ResponseRule) -> None:
    ask(talk_with("maria"), "klarna?")
    Account.objects.update(bot_off_by="olga", bot_off_at=timezone.now())
    assert "Nobody is left" in staff.get(page_of(klarna)).content.decode()


def test_a_fallback_that_is_still_on_its_way_is_waited_for(
    staff: Client, klarna: ResponseRule
) -> None:
    talk = talk_with("maria")
    question = ask(talk, "klarna?", verdict=Verdict.FALLBACK)
    said = say(talk, "Pardon?", in_reply_to=question, state=State.QUEUED)
    assert "Nobody is left" in staff.get(page_of(klarna)).content.decode()
    Message.objects.filter(pk=said.pk).update(state=State.SENT)
    assert "1 customer asked this" in staff.get(page_of(klarna)).content.decode()


def test_who_asked_twice_is_answered_once(staff: Client, klarna: ResponseRule) -> None:
    talk = talk_with("maria")
    first, second = ask(talk, "klarna?"), ask(talk, "klarna please")
    assert "1 customer asked this" in staff.get(page_of(klarna)).content.decode()
    staff.post(page_of(klarna))
    found = dict(Message.objects.values_list("pk", "verdict"))
    assert found == {first.pk: Verdict.TOGETHER, second.pk: Verdict.UNDECIDED}
    talk.refresh_from_db()
    assert talk.waiting_since is None


def test_who_may_not_answer_is_not_led_there(client: Client) -> None:
    ask(talk_with("maria"), "klarna?")
    writer = viewer(client, "view_responserule", "add_responserule", "change_responserule")
    saved = writer.post(f"{LIST}add/", form(name="Klarna", keywords="klarna"))
    assert saved.headers["Location"] == LIST
    rule = ResponseRule.objects.get()
    assert writer.post(page_of(rule)).status_code == 403
    assert Message.objects.get().verdict == Verdict.NO_ANSWER


def test_the_answer_goes_out_once_beside_what_the_fallback_said(shop: Shop, client: Client) -> None:
    client.force_login(User.objects.create_superuser("anna"))
    fallback = ResponseRule.objects.get(name="Fallback")
    fallback.match = "fallback"
    fallback.save()
    Snapshot.forget_everything()
    shop.hears("do you take klarna?")
    shop.works()
    assert [one.text for one in shop.graph.sent] == ["Pardon?"]
    rule = make_rule("Klarna", keywords="klarna", reply="Yes, we take Klarna.", order=1)
    Snapshot.forget_everything()
    for _ in range(2):
        client.post(page_of(rule))
        shop.works()
    assert [one.text for one in shop.graph.sent] == ["Pardon?", "Yes, we take Klarna."]
    question = Message.objects.get(origin=Origin.CUSTOMER)
    assert (question.verdict, question.reason) == (
        Verdict.ANSWERED,
        "matched 'klarna' in rule Klarna",
    )
