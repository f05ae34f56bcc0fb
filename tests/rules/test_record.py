"""A record says all that a rule says, and a rule is made again from it."""

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from rules.models import ResponseRule, RuleCard, RulesVersion
from rules.record import (
    CARD_FIELDS,
    FIELDS,
    blank_record,
    list_sentences,
    make_draft,
    read_stored,
    to_record,
)
from tests.rules.records import CARDS, FULL, full, simple

pytestmark = pytest.mark.django_db


def test_every_field_of_a_rule_and_of_a_card_is_in_the_record() -> None:
    fields = {field.name for field in ResponseRule._meta.concrete_fields}
    assert fields - set(FIELDS) == {"id", "changed_at"}
    cards = {field.name for field in RuleCard._meta.concrete_fields}
    assert cards - set(CARD_FIELDS) == {"id", "rule", "order"}
    assert list(FULL) == [*FIELDS, "cards"], "the example of these tests has all of them"


def test_a_rule_with_everything_set_is_made_again_from_its_record() -> None:
    rule = full()
    assert to_record(rule) == read_stored(rule.pk) == FULL
    record = json.loads(json.dumps(FULL))
    rule.delete()
    again = make_draft(record)
    again.save()
    assert read_stored(again.rule.pk) == FULL
    assert list(FULL) == list(to_record(again.rule)), "in the same order"


def test_what_a_record_does_not_name_stays() -> None:
    rule = full()
    one = make_draft({"reply": "Three days."}, rule)
    one.save()
    assert read_stored(rule.pk) == FULL | {"reply": "Three days."}


def test_cards_that_stay_the_same_are_not_written_again() -> None:
    rule = full()
    before = [card.pk for card in rule.cards.all()]
    make_draft({"reply": "Three days.", "cards": CARDS}, rule).save()
    assert [card.pk for card in rule.cards.all()] == before
    make_draft({"cards": CARDS[::-1]}, rule).save()
    assert [card.title for card in rule.cards.all()] == ["Scarf", "Coat, red"]


def test_the_numbers_and_line_ends_of_browsers_say_nothing() -> None:
    rule = simple(reply="One\r\ntwo\rthree")
    for order in (7, 3):
        rule.cards.create(title=f"Card {order}", subtitle="x", order=order)
    record = to_record(rule)
    assert record["reply"] == "One\ntwo\nthree"
    assert [card["title"] for card in record["cards"]] == ["Card 3", "Card 7"]


def test_saving_a_draft_raises_the_version() -> None:
    rule = full()
    before = RulesVersion.read()
    make_draft({"cards": []}, rule).save()
    assert RulesVersion.read() > before
    assert not rule.cards.exists()


@pytest.mark.table
@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        ({"active": "maybe"}, "Active: Write yes or no."),
        ({"active": 1}, "Active: Write yes or no."),
        ({"order": "first"}, "Order: Write a whole number."),
        ({"order": True}, "Order: Write a whole number."),
        ({"order": -1}, "Order: Write a whole number."),
        ({"order": 10**20}, "Order: Write a whole number."),
        ({"first_day": "1/2/2026"}, "From: Write the day as 2026-01-31."),
        ({"first_day": "20260131"}, "From: Write the day as 2026-01-31."),
        ({"last_day": 5}, "Until: Write the day as 2026-01-31."),
        ({"reply": None}, "Reply: Write a text."),
        ({"reply": ["x"]}, "Reply: Write a text."),
        ({"reply": "a\0b"}, "Reply: It contains a character that no database can store."),
        ({"reply": "a\ud800"}, "Reply: It contains a character that no database can store."),
        ({"replies": "x"}, "Replies: Rules have no such field."),
        ({"hours": "sometimes"}, "Answers: Write one of these: inside, outside."),
        ({"typos": 3}, "Typos allowed: Write one of these: 0, 1, 2."),
        ({"media_kind": "gif"}, "Attachment: Write one of these: image, audio, video, file."),
        ({"cards": "Coat"}, "Cards: Write the cards as a list, as they are exported."),
        ({"cards": ["Coat"]}, "Cards: Write the cards as a list, as they are exported."),
        ({"cards": [{"titel": "Coat"}]}, "Cards: Cards have no field 'titel'."),
        ({"cards": [{"title": 5}]}, "Cards: The title of a card: Write a text."),
    ],
)
def test_what_is_of_another_kind_is_said_under_the_name_that_staff_know(
    record: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValidationError) as raised:
        make_draft(record)
    assert list_sentences(raised.value.message_dict) == [sentence]


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        ({"name": ""}, "Name: This field cannot be blank."),
        ({"name": "Taken"}, "Name: Rule with this Name already exists."),
        ({"keywords": " "}, "Words: Write at least one word, or choose"),
        ({"reply": ""}, "Reply: Write what the customer gets, or add an attachment or cards."),
        ({"quick_replies": "x" * 21}, "Quick replies: The quick reply"),
        ({"cards": [{"title": "Coat"}]}, "Cards: Card 1, title: A card needs more than"),
        ({"cards": [CARDS[1]] * 11}, "Cards: One message takes at most 10 cards."),
    ],
)
def test_what_the_admin_refuses_is_refused_here(record: dict[str, Any], sentence: str) -> None:
    simple("Taken")
    problems = make_draft(
        {"name": "Price", "keywords": "price", "reply": "Ten."} | record
    ).problems()
    [said, *_] = list_sentences(problems)
    assert said.startswith(sentence)
    assert len(problems) == 1


def test_cards_of_a_draft_are_an_answer() -> None:
    said = {"name": "Price", "keywords": "price", "cards": CARDS}
    assert make_draft(said).problems() == {}
    assert make_draft(said | {"cards": []}).problems()


def test_a_new_rule_says_nothing() -> None:
    assert blank_record()["reply"] == ""
    assert blank_record()["cards"] == []
    assert blank_record()["active"] is True
