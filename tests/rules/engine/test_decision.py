"""Who wins, when a rule may answer, in which wording, and why the others do not."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from conversations.engine import Answer, Earlier, Imagined, NoAnswer, Question
from instagram.content import Buttons, Media, QuickReply, Text
from rules.engine.answer import make_answer
from rules.engine.decision import Decision, Rules, decide
from rules.models import ResponseRule
from shop import tuning
from shop.current import ShopNow, current_shop
from shop.hours import Interval
from shop.models import OpenHours, Shop
from tests.rules.factories import make_rule

pytestmark = [pytest.mark.django_db, pytest.mark.once]

TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
KYIV = ShopNow(name="Example", time_zone="Europe/Kyiv", hours=(Interval(1, time(9), time(18)),))


def asked(text: str = "price?", kind: str = "text", **more: Any) -> Question:
    given: dict[str, Any] = {"payload": "", "at": TUESDAY, "customer": "870001"} | more
    return Question(text, kind, **given)


def considered(question: Question, shop: ShopNow = KYIV) -> tuple[Decision, Answer | NoAnswer]:
    rules, question = Rules.of(ResponseRule.objects.active()), replace(question, shop=shop)
    decision = decide(rules, question)
    return decision, make_answer(decision, rules, question)


def losers(question: Question, shop: ShopNow = KYIV) -> dict[str, str]:
    return {loser.rule.name: loser.why for loser in considered(question, shop)[0].losers}


def winner(question: Question, shop: ShopNow = KYIV) -> str:
    decision, _ = considered(question, shop)
    return decision.winner.name if decision.winner else ""


def test_order_then_length_then_age_decide_and_each_loser_says_why() -> None:
    make_rule("Later", order=20)
    make_rule("Short", "how")
    make_rule("Long", "how much")
    make_rule("Young", "how much")
    make_rule("Fallback", "", match="fallback", order=0)
    question = asked("How much is the price?")
    assert winner(question) == "Long"
    assert losers(question) == {
        "Young": "Rule Long matches as well, and is older.",
        "Short": "Rule Long matches more: 'how much' is longer.",
        "Later": "Rule Long comes first: its order is 10, here it is 20.",
        "Fallback": "Rule Long answers, and this is only a fallback.",
    }


def test_the_fallback_is_asked_last_whatever_its_order() -> None:
    make_rule("Fallback", "", match="fallback", order=0)
    make_rule("Anything", "", match="everything", order=900)
    assert winner(asked("blah")) == "Anything"


@pytest.mark.parametrize(
    ("fields", "question", "why"),
    [
        (
            {"never": "wholesale"},
            asked("wholesale price"),
            "The message also contains 'wholesale', which this rule excludes.",
        ),
        ({"for_buttons": False}, asked(kind="postback"), "It is not for taps."),
        ({}, asked(kind="comment"), "It is not for comments."),
        ({"referral": "Autumn"}, asked(), "It is only for customers who came from 'Autumn'."),
        ({"referral": "Autumn"}, asked(referral=" autumn "), ""),
        ({"first_day": date(2026, 11, 25)}, asked(), "It begins on 25 November 2026."),
        ({"first_day": date(2026, 11, 24), "last_day": date(2026, 11, 24)}, asked(), ""),
        ({"last_day": date(2026, 11, 23)}, asked(), "It ended on 23 November 2026."),
        ({"hours": "inside"}, asked(), ""),
        (
            {"hours": "outside"},
            asked(),
            "It answers only outside business hours, and it was Tuesday 12:00.",
        ),
        (
            {"hours": "inside"},
            asked(at=TUESDAY + timedelta(hours=6)),
            "It answers only in business hours, and it was Tuesday 18:00.",
        ),
        ({"hours": "outside"}, asked(at=TUESDAY + timedelta(hours=6)), ""),
        ({"only_new": True}, asked(), ""),
        (
            {"only_new": True},
            asked(past=Imagined(new=False)),
            "It is only for new customers, and this one was written to before.",
        ),
    ],
)
def test_a_rule_that_may_not_answer_now_says_why(
    fields: dict[str, Any], question: Question, why: str
) -> None:
    make_rule("Price", **fields)
    assert winner(question) == ("" if why else "Price")
    assert losers(question) == ({"Price": why} if why else {})


def test_a_day_begins_and_ends_by_the_shops_clock() -> None:
    make_rule("Price", last_day=date(2026, 11, 24))
    assert winner(asked(at=datetime(2026, 11, 24, 21, 59, tzinfo=UTC))) == "Price"
    assert winner(asked(at=datetime(2026, 11, 24, 22, 0, tzinfo=UTC))) == "", "midnight in Kyiv"


@pytest.mark.parametrize(("hours", "wins"), [(1, False), (23.9, False), (24, True), (500, True)])
def test_a_rule_may_answer_a_customer_once_in_some_hours(hours: float, wins: bool) -> None:
    one = make_rule("Price", once_in_hours=24)
    past = Imagined(new=False, answers={one.pk: Earlier(TUESDAY - timedelta(hours=hours))})
    assert winner(asked(past=past)) == ("Price" if wins else "")
    if not wins:
        said = "1 h" if hours == 1 else "23 h"
        why = f"It already answered this customer {said} ago (limit: once per 24 h)."
        assert losers(asked(past=past)) == {"Price": why}


def test_the_next_rule_answers_where_the_first_may_not() -> None:
    make_rule("Closed", hours="outside", order=1)
    make_rule("Price")
    assert winner(asked()) == "Price"
    assert winner(asked(at=TUESDAY + timedelta(hours=12))) == "Closed"


def test_a_taps_payload_may_win_and_a_never_word_in_the_title_does_not_hide_it() -> None:
    make_rule("Menu", "MENU_PRICES")
    make_rule("Words", "prices", never="show")
    assert winner(asked("Show prices", "quick_reply", payload="MENU_PRICES")) == "Menu"
    assert winner(asked("Show it", "quick_reply", payload="prices")) == "Words"


def test_wordings_take_turns_and_the_same_one_never_comes_twice_running() -> None:
    one = make_rule("Price", reply="A", other_replies="B\n===\nC\n")
    said = []
    past = Imagined()
    for _ in range(6):
        _, found = considered(asked(past=past))
        assert isinstance(found, Answer)
        said.append(found.says)
        assert found.variant is not None
        past = Imagined(new=False, answers={one.pk: Earlier(TUESDAY, found.variant)})
    assert said == [("A",), ("B",), ("C",)] * 2


def test_a_wording_that_was_taken_out_meanwhile_does_not_matter() -> None:
    one = make_rule("Price", reply="A", other_replies="B")
    past = Imagined(new=False, answers={one.pk: Earlier(TUESDAY, 7)})
    _, found = considered(asked(past=past))
    assert isinstance(found, Answer)
    assert found.says == ("A",)


def test_bubbles_follow_each_other_and_quick_replies_stand_under_the_last() -> None:
    make_rule(
        "Price", reply="One\n---\n\nTwo\nlines\n ---\nThree", quick_replies="Sizes",
        media_kind="image", media_url="https://shop.example/a.jpg",
    )  # fmt: skip
    _, found = considered(asked())
    assert isinstance(found, Answer)
    assert found.says == (
        Media("image", "https://shop.example/a.jpg"),
        "One",
        "Two\nlines",
        Text("Three", (QuickReply("Sizes", "Sizes"),)),
    )


def test_what_is_known_of_customer_shop_and_match_is_put_into_the_texts() -> None:
    make_rule(
        "Price", "how much\nprice", quick_replies="Sizes", public_reply="Hi {username|you}!",
        reply="{first_name|there}, {shop_name}: {opening_hours}\n---\nYou said {matched_word}.",
    )  # fmt: skip
    _, found = considered(asked("price", name="Olena Koval", username="olena_k"))
    assert isinstance(found, Answer)
    assert found.says == (
        "Olena, Example: Tuesday 9:00–18:00",
        Text("You said price.", (QuickReply("Sizes", "Sizes"),)),
    )
    assert found.public_reply == "Hi olena_k!"


def test_a_text_that_grows_too_long_for_buttons_leaves_in_two(rules_with_buttons: None) -> None:
    _, found = considered(asked(name="Olena"), replace(KYIV, name="Shop " * 10))
    assert isinstance(found, Answer)
    first, last = found.messages()
    assert isinstance(first, Text)
    assert isinstance(last, Buttons)
    assert first.text + last.text == "x " * 310 + ("Shop " * 10).strip()
    assert len(last.text) <= 640


def test_a_text_above_buttons_is_measured_in_letters_as_instagram_does() -> None:
    text = "я" * 640  # of two bytes each
    make_rule("Price", reply=text, buttons="Buy")
    _, found = considered(asked())
    assert isinstance(found, Answer)
    assert [type(one) for one in found.messages()] == [Buttons]


@pytest.fixture
def rules_with_buttons() -> None:
    make_rule("Price", reply="x " * 310 + "{shop_name}", buttons="Buy")


def test_the_fallback_is_silent_for_some_hours_and_asks_for_a_person() -> None:
    one = make_rule("Fallback", "", match="fallback")
    past = Imagined(new=False, answers={one.pk: Earlier(TUESDAY - timedelta(hours=11))})
    _, silent = considered(asked(past=past))
    assert isinstance(silent, NoAnswer)
    assert (silent.final, silent.needs_person) == (True, True)
    tuning.put("fallback_hours", "11")
    _, said = considered(asked(past=past))
    assert isinstance(said, Answer)
    assert said.fallback


def test_what_a_rule_wants_done_goes_with_its_answer() -> None:
    make_rule("Person", "human", needs_person=True, pause_hours=3, label=" vip ")
    _, found = considered(asked("human"))
    assert isinstance(found, Answer)
    assert (found.needs_person, found.pause_hours, found.label) == (True, 3, "vip")
    assert found.by == "rule Person"


def test_what_is_kept_beside_the_message_tells_how_it_was_decided() -> None:
    for number in range(15):
        make_rule(f"R{number}", order=number)
    _, found = considered(asked())
    assert found.why["rules"] == 15
    assert len(found.why["lost"]) == 10
    assert found.why["lost"][0][0] == "R1"


def test_a_typo_is_named_beside_the_message_and_not_in_the_reason() -> None:
    make_rule("Delivery", "delivery", typos=1)
    _, found = considered(asked("delivry please"))
    assert isinstance(found, Answer)
    assert found.reason == "matched 'delivery' with a typo in rule Delivery"
    assert found.why["typo"] == ["delivry", "delivery"]


def test_hours_of_the_admin_are_in_force() -> None:
    from rules.engine import RuleEngine

    shop = Shop.objects.create(pk=1, time_zone="Europe/Kyiv")
    OpenHours.objects.create(shop=shop, weekday=1, opens=time(9), closes=time(18))
    make_rule("Open", hours="inside")
    question = asked(shop=current_shop())
    assert isinstance(RuleEngine().answer(question), Answer)
    later = replace(question, at=TUESDAY + timedelta(hours=6))
    assert isinstance(RuleEngine().answer(later), NoAnswer)


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"match": "regex", "keywords": "(a"}, "keywords", "a"),
        ({"match": "all", "keywords": " "}, "keywords", "at least one word"),
        ({"never": "\ufe0f"}, "never", "no letter"),
        (
            {"first_day": date(2026, 2, 2), "last_day": date(2026, 2, 1)},
            "last_day",
            "before the first",
        ),
        ({"reply": "Hi {nam}"}, "reply", "There is no {nam}"),
        ({"reply": "Hi\n---\n{first_name} {username}"}, "reply", "nothing is left"),
        ({"other_replies": "{opening_hours}"}, "other_replies", "nothing is left"),
        ({"other_replies": "Hi {nam}"}, "other_replies", "There is no {nam}"),
        ({"reply": "", "other_replies": "B", "media_kind": "image"}, "other_replies", "above"),
        ({"for_comments": True, "reply": "A\n---\nB"}, "reply", "one message"),
        ({"for_comments": True, "other_replies": "A\n---\nB"}, "other_replies", "one message"),
        ({"buttons": "Buy", "reply": "A\n---\n" + "x" * 641}, "reply", "640"),
        ({"buttons": "Buy", "other_replies": "x" * 641}, "other_replies", "640"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_at_its_field(
    fields: dict[str, Any], field: str, words: str
) -> None:
    given = {"name": "Price", "keywords": "price", "reply": "A"} | fields
    with pytest.raises(ValidationError) as refused:
        ResponseRule(**given).full_clean()
    assert words in " ".join(refused.value.message_dict[field])
