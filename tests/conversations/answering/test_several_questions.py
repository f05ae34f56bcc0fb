"""One message may ask several things; where staff allow it, each is answered."""

import pytest

from conversations.models import Conversation, Verdict
from rules.models import ResponseRule
from shop.models import Shop as AboutShop
from tests.support.shop import Shop, at_rest, incoming, outgoing
from tests.support.talks import comment

ALLOWED = [
    ("how much is delivery and where is my order?", ["On its way.", "Two days."]),
    ("Where's my order? And the price?", ["Ten euros.", "Which order?"]),
    ("where is my order", ["On its way."]),
    ("order", ["Which order?"]),
    ("delivery of my order", ["Two days.", "Which order?"]),
    ("delivery, shipping and delivery", ["Two days."]),
    ("price, delivery, where is my order, returns", ["On its way.", "Two days.", "Returns?"]),
    ("hello", ["Pardon?"]),
    ("delivery not red", ["Two days."]),
    ("delivery, red", ["Two days.", "Red ones."]),
    ("delivery and shipping and price", ["Two days.", "Ten euros."]),
    ("shipping and delivery", ["Two days."]),
    ("ships", ["It ships."]),
    ("delivery, and who ships?", ["Two days.", "It ships."]),
    ("coats and jackets", ["Clothes."]),
    ("coats and jakets and price", ["Clothes.", "Ten euros."]),
    ("STOP, thank you", ["Bye."]),
    ("please stop", ["Bye."]),
    ("thank you, price please", ["Welcome!", "Ten euros."]),
]


@pytest.fixture(autouse=True)
def rules(shop: Shop) -> None:
    ResponseRule.objects.filter(name="Fallback").update(match="fallback")
    more = {"where is my order": "On its way.", "order": "Which order?", "returns": "Returns?"}
    for keywords, reply in more.items():
        ResponseRule.objects.create(name=reply, keywords=keywords, reply=reply)
    ResponseRule.objects.create(name="Red", keywords="red", never="not", reply="Red ones.")
    ResponseRule.objects.create(name="Ships", keywords="ship", match="contains", reply="It ships.")
    ResponseRule.objects.create(
        name="Clothes", keywords="coats\njackets", typos=1, reply="Clothes."
    )
    ResponseRule.objects.create(name="Jackets", keywords="jak", match="contains", reply="Jackets.")
    ResponseRule.objects.create(name="Thanks", keywords="thank\nplease", reply="Welcome!")
    ResponseRule.objects.exclude(name="Fallback").update(order=50)
    ResponseRule.objects.create(
        name="Stop", keywords="stop", match="exact", opt_out="stop", reply="Bye."
    )


def allow() -> None:
    AboutShop.objects.update_or_create(pk=1, defaults={"answers_several": True})


@pytest.mark.table
@pytest.mark.parametrize(("text", "answers"), ALLOWED)
def test_each_question_of_a_message_is_answered_once_and_at_most_three(
    shop: Shop, text: str, answers: list[str]
) -> None:
    allow()
    shop.hears(text)
    shop.works()
    assert shop.texts == answers
    assert at_rest()


def test_both_reasons_are_said_and_each_answer_knows_its_rule(shop: Shop) -> None:
    allow()
    shop.hears("how much is delivery and where is my order?")
    shop.works()
    question = incoming()[0]
    assert question.verdict == Verdict.ANSWERED
    assert question.reason == (
        "matched 'where is my order' in rule On its way., and matched 'delivery' in rule Delivery"
    )
    assert [row.rule for row in outgoing()] == [
        ResponseRule.objects.get(name=name).pk for name in ("On its way.", "Delivery")
    ]
    assert [row.position for row in outgoing()] == [0, 1]


def test_otherwise_only_the_best_rule_answers(shop: Shop) -> None:
    shop.hears("how much is delivery and where is my order?")
    shop.works()
    assert shop.texts == ["On its way."]
    assert "and matched" not in incoming()[0].reason


def test_what_either_rule_does_afterwards_is_done(shop: Shop) -> None:
    allow()
    ResponseRule.objects.filter(name="Delivery").update(label="shipping", needs_person=True)
    ResponseRule.objects.filter(name="On its way.").update(label="order", pause_hours=2)
    shop.hears("delivery, and where is my order?")
    shop.works()
    talk = Conversation.objects.get()
    assert sorted(talk.labels.values_list("name", flat=True)) == ["order", "shipping"]
    assert talk.needs_person
    assert talk.bot_paused_until


def test_a_comment_gets_one_answer(shop: Shop) -> None:
    allow()
    ResponseRule.objects.update(for_comments=True)
    comment(shop, "delivery? where is my order?")
    shop.works()
    assert shop.texts == ["On its way."]
