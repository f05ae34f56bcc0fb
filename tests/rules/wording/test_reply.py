"""What a rule says beside its text, and what is refused when it is saved."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from conversations.engine import Answer, Question
from instagram.content import Button, Buttons, Card, Cards, Content, Media, QuickReply, Text
from rules.engine import RuleEngine
from rules.models import ResponseRule, RuleCard
from rules.wording import syntax
from tests.support.clock import let_nothing_age
from workqueue import snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PUBLIC = {"for_comments": True}
PICTURE = {"media_kind": "image", "media_url": "https://shop.example/a.jpg"}
MANY = "\n".join(f"Chip {number}" for number in range(14))


def rule(**fields: Any) -> ResponseRule:
    given = {"name": "Coat", "keywords": "coat", "reply": "Which one?"} | fields
    return ResponseRule.objects.create(**given)


def ask(text: str = "coat?") -> tuple[str | Content, ...]:
    question = Question(text, "text", "", timezone.now(), "870001")
    answer = RuleEngine().answer(question)
    assert isinstance(answer, Answer)
    return answer.says


def test_quick_replies_are_written_a_line_each() -> None:
    said = syntax.read_quick_replies("Sizes = MENU_SIZES\n\n  Delivery \nA = B = C\nNothing =")
    assert said == (
        QuickReply("Sizes", "MENU_SIZES"),
        QuickReply("Delivery", "Delivery"),
        QuickReply("A", "B = C"),
        QuickReply("Nothing", "Nothing"),
    )


def test_buttons_open_links_or_are_taps() -> None:
    said = syntax.read_buttons(
        "Shop = https://shop.example/?a=b\nPerson = HUMAN\nSizes\nBad = www.a.b"
    )
    assert said == (
        Button("Shop", url="https://shop.example/?a=b"),
        Button("Person", payload="HUMAN"),
        Button("Sizes", payload="Sizes"),
        Button("Bad", url="www.a.b"),
    )
    assert syntax.read_buttons("") == ()


def test_a_simple_rule_says_its_text() -> None:
    rule()
    assert ask() == ("Which one?",)


def test_a_rule_says_attachment_text_and_cards_in_this_order() -> None:
    one = rule(**PICTURE, quick_replies="Blue\nRed = RED")
    one.cards.create(order=2, title="Red coat", subtitle="Wool", buttons="Buy = BUY_RED")
    one.cards.create(order=1, title="Blue coat", url="https://shop.example/blue")
    assert ask() == (
        Media("image", "https://shop.example/a.jpg"),
        Text("Which one?", (QuickReply("Blue", "Blue"), QuickReply("Red", "RED"))),
        Cards(
            (
                Card("Blue coat", url="https://shop.example/blue"),
                Card("Red coat", "Wool", buttons=(Button("Buy", payload="BUY_RED"),)),
            )
        ),
    )


def test_a_text_with_buttons_is_one_message() -> None:
    rule(buttons="Person = HUMAN")
    assert ask() == (Buttons("Which one?", (Button("Person", payload="HUMAN"),)),)


def test_a_rule_without_text_says_the_rest() -> None:
    rule(reply="", **PICTURE)
    assert ask() == (Media("image", "https://shop.example/a.jpg"),)


def test_many_rules_with_cards_are_read_in_three_queries(
    django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        one = rule(name=f"Rule {number}")
        RuleCard.objects.bulk_create(RuleCard(rule=one, title=f"Card {n}") for n in range(5))
    let_nothing_age(monkeypatch)
    with django_assert_num_queries(3):
        ask()
    with django_assert_num_queries(0):
        ask()


def test_a_changed_card_is_in_force_at_the_next_look(monkeypatch: pytest.MonkeyPatch) -> None:
    card = rule(reply="").cards.create(title="Coat", subtitle="Wool")
    assert ask() == (Cards((Card("Coat", "Wool"),)),)
    monkeypatch.setattr(snapshot, "MAX_AGE", 0.0)
    RuleCard.objects.filter(pk=card.pk).update(subtitle="Silk")
    assert ask() == (Cards((Card("Coat", "Silk"),)),)


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"reply": " "}, "reply", "or add an attachment or cards"),
        ({"reply": "", "buttons": "Buy", **PICTURE}, "reply", "Buttons need a text above them"),
        ({"reply": "é" * 641, "buttons": "Buy"}, "reply", "this one has 641"),
        ({"reply": "", "for_comments": True, **PICTURE}, "reply", "A comment gets one text"),
        ({**PUBLIC, "public_reply": "x" * 301}, "public_reply", "at most 300 characters; one has"),
        ({**PUBLIC, "public_reply": f"x\n===\n{'x' * 301}"}, "public_reply", "one has 301"),
        ({"quick_replies": MANY}, "quick_replies", "There are 14 quick replies; the limit is 13"),
        ({"quick_replies": "x" * 21}, "quick_replies", "has 21 characters; the limit is 20"),
        ({"quick_replies": f"Yes = {'X' * 1001}"}, "quick_replies", "the limit is 1000 characters"),
        ({"quick_replies": "= YES"}, "quick_replies", "A quick reply needs a title"),
        ({"quick_replies": "Yes", "buttons": "Buy"}, "quick_replies", "choose one of the two"),
        ({"quick_replies": "Yes", "reply": "", **PICTURE}, "quick_replies", "need a text above"),
        ({"buttons": "A\nB\nC\nD"}, "buttons", "There are 4 buttons; the limit is 3"),
        ({"buttons": "x" * 21}, "buttons", "has 21 characters; the limit is 20"),
        ({"buttons": f"Buy = {'X' * 1001}"}, "buttons", "the limit is 1000 characters"),
        ({"buttons": "Shop = www.shop.example"}, "buttons", "begin with https://"),
        ({"buttons": "Shop = https://our shop"}, "buttons", "is not a link"),
        ({"buttons": "= BUY"}, "buttons", "A button needs a title"),
        ({"media_kind": "image"}, "media_url", "Write the URL of the file"),
        ({"media_kind": "image", "media_url": "http://s.example/a"}, "media_url", "https://"),
        ({"media_kind": "image", "media_url": "a.jpg"}, "media_url", "is not a link"),
        ({"media_url": "https://s.example/a.jpg"}, "media_kind", "Choose what kind of file"),
        (
            {"media_kind": "gif", "media_url": "https://s.example/a.gif"},
            "media_kind",
            "not a valid",
        ),
    ],
)
def test_what_meta_would_refuse_is_refused_at_its_field(
    fields: dict[str, Any], field: str, words: str
) -> None:
    wrong = ResponseRule(**{"name": "x", "keywords": "x", "reply": "x"} | fields)
    with pytest.raises(ValidationError) as refused:
        wrong.full_clean()
    assert words in " ".join(refused.value.message_dict[field])


@pytest.mark.parametrize(
    "fields",
    [
        {"quick_replies": "\n".join(["x" * 20] * 13)},
        {"quick_replies": "Yes", "reply": "word " * 500},
        {"reply": "é" * 640, "buttons": "A\nB\nC = https://shop.example"},
        {"reply": "", **PICTURE},
        {**PUBLIC, "public_reply": f"{'é' * 300}\n===\n{'x' * 300}"},
        {"for_comments": True, "quick_replies": "Yes", **PICTURE},
    ],
)
def test_what_meta_takes_is_saved(fields: dict[str, Any]) -> None:
    ResponseRule(**{"name": "x", "keywords": "x", "reply": "x"} | fields).full_clean()


def test_a_rule_with_cards_needs_no_text() -> None:
    one = rule(reply="")
    one.cards.create(title="Coat", subtitle="Wool")
    one.full_clean()


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"title": ""}, "title", "cannot be blank"),
        ({"title": "x" * 81}, "title", "at most 80 characters"),
        ({"subtitle": "x" * 81}, "subtitle", "at most 80 characters"),
        ({"subtitle": ""}, "title", "A card needs more than a title"),
        ({"image_url": "http://s.example/a.jpg"}, "image_url", "begin with https://"),
        ({"url": "shop.example"}, "url", "is not a link"),
        ({"buttons": "A\nB\nC\nD"}, "buttons", "the limit is 3"),
        ({"buttons": "x" * 21}, "buttons", "has 21 characters"),
    ],
)
def test_a_card_that_meta_would_refuse_is_refused_at_its_field(
    fields: dict[str, Any], field: str, words: str
) -> None:
    wrong = RuleCard(**{"rule": rule(), "title": "Coat", "subtitle": "Wool"} | fields)
    with pytest.raises(ValidationError) as refused:
        wrong.full_clean()
    assert words in " ".join(refused.value.message_dict[field])
