"""How a message was decided, as staff read it under the message."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from conversations.display.explanation import explain
from conversations.models import Conversation, Message, Origin, Verdict
from rules.models import ResponseRule
from shop import tuning
from tests.support.clock import Clock
from tests.support.shop import Shop, incoming
from tests.support.talks import LIST, ask, page

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_the_losers_are_named_with_their_reasons(shop: Shop, staff: Client) -> None:
    ResponseRule.objects.create(name="Parcels", keywords="delivery", reply="Soon.", typos=1)
    shop.hears("delivery and price?")
    shop.works()
    shown = page(staff, Conversation.objects.get())
    assert "<summary>Why</summary>" in shown
    assert "4 rules checked." in " ".join(shown.split())
    for name in ("Price", "Parcels"):
        assert f"<strong>{name}</strong> did not answer. " in shown
    assert "<strong>Delivery</strong>" not in shown, "it won"


def test_the_typo_that_was_forgiven_is_shown(shop: Shop, staff: Client) -> None:
    ResponseRule.objects.filter(name="Delivery").update(typos=1)
    shop.hears("delivrey?")
    shop.works()
    assert "“delivrey” was read as “delivery”." in page(staff, Conversation.objects.get())


def test_what_was_answered_with_another_message_leads_there_and_to_the_rule(
    shop: Shop, staff: Client, time_passes: Clock
) -> None:
    tuning.put("waiting_seconds", "2")
    shop.hears("delivery?")
    shop.hears("and the shipping?")
    shop.works()
    time_passes(timedelta(seconds=3))
    shop.works()
    first, second = incoming()
    assert (first.verdict, second.verdict) == (Verdict.ANSWERED, Verdict.TOGETHER)
    shown = page(staff, Conversation.objects.get())
    assert "Answered along with another message" in shown
    assert f'href="?at={first.pk}#message-{first.pk}"' in shown
    rule = ResponseRule.objects.get(name="Delivery")
    link = reverse("admin:rules_responserule_change", args=[rule.pk])
    assert shown.count(link) == 2
    answer = Message.objects.get(origin=Origin.BOT)
    assert link in staff.get(f"{LIST}message/{answer.pk}/details/").content.decode()


def test_a_folded_line_tells_how_a_message_was_decided(staff: Client, talk: Conversation) -> None:
    first = ask(talk, verdict=Verdict.ANSWERED, why={"rules": 9, "typo": ["delivry", "delivery"]})
    ask(
        talk,
        verdict=Verdict.TOGETHER,
        why={"rules": 9, "lost": [["Price", "It is <not> for taps."]], "answered_with": first.pk},
    )
    shown = page(staff, talk)
    assert "“delivry” was read as “delivery”." in shown
    assert "<strong>Price</strong> did not answer. It is &lt;not&gt; for taps." in shown
    assert f'href="?at={first.pk}#message-{first.pk}"' in shown
    assert "Answered along with another message" in shown


def test_where_there_is_nothing_more_to_say_nothing_is_folded(
    staff: Client, talk: Conversation
) -> None:
    ask(talk, why={"rules": 9})
    assert "<summary>Why</summary>" not in page(staff, talk)


def test_what_another_engine_stores_is_shown_as_it_is(staff: Client, talk: Conversation) -> None:
    evil = "<script>alert(1)</script>"
    ask(talk, why={"model": "small", evil: evil, "lost": [[evil, evil]]})
    shown = page(staff, talk)
    assert "<li>model: small</li>" in shown
    assert "<script>alert(1)" not in shown


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [],
        "why",
        {"lost": "x", "rules": "many", "typo": 3, "answered_with": "7"},
        {"lost": [["one"], 7, {"a": 1}], "typo": ["x"], "rules": None},
        {"answered_with": [1], "typo": [[], {}], "rules": {}},
    ],
)
def test_nonsense_in_what_is_stored_breaks_no_page(
    staff: Client, talk: Conversation, stored: Any
) -> None:
    ask(talk, "here I am", why=stored if stored is not None else {})
    assert "here I am" in page(staff, talk)
    found = explain(stored)
    assert found is None or found.answered_with is None


def test_one_rule_is_said_in_the_singular(staff: Client, talk: Conversation) -> None:
    ask(talk, why={"rules": 1, "typo": ["delivrey", "delivery"]})
    assert "1 rule checked." in page(staff, talk)
