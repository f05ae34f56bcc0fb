"""Mistakes that are found in rules, and what the command prints."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from conversations.engine import Imagined, Question
from conversations.models import Account
from rules.checks.lint import lint, lint_change
from rules.checks.places import Place, places
from rules.checks.replay import finds_either, with_change
from rules.checks.shadows import find_winners
from rules.engine.decision import Rules, decide
from rules.examples import EXAMPLES
from rules.models import ResponseRule, RuleCard
from shop.current import ShopNow
from shop.hours import Interval
from tests.rules.checks.drafts import CHOICES, WORDS, prepare, rules_of
from tests.rules.factories import make_rule
from tests.support.accounts import SECOND, describe
from tests.support.talks import ask, make_conversation

pytestmark = [pytest.mark.django_db, pytest.mark.once]

TODAY = date(2026, 11, 24)
HOURS = ShopNow(hours=(Interval(0, time(9), time(18)),))
CLOSED, OPEN = (Place(ShopNow()),), (Place(HOURS),)


@pytest.fixture(autouse=True)
def fallback() -> ResponseRule:
    return make_rule("Fallback", "", match="fallback")


def findings(places: Sequence[Place] = CLOSED, *texts: str) -> dict[str, list[str]]:
    """What is found of each rule, in short."""
    found: dict[str, list[str]] = {}
    for one in lint(Rules.of(ResponseRule.objects.active()), places, TODAY, texts):
        found.setdefault(one.rule.name if one.rule else "", []).append(one.short)
    return found


def sentence() -> str:
    """The one sentence about one rule."""
    (found,) = lint(Rules.of(ResponseRule.objects.active()), CLOSED, TODAY)
    return found.sentence


def test_good_rules_have_no_findings() -> None:
    make_rule(
        "Price", "price\nhow much", reply="Hello {first_name|there}! See https://shop.example"
    )
    make_rule("Delivery", "delivery", quick_replies="How much?", hours="inside")
    assert findings(OPEN) == {}


def test_the_example_rules_have_no_problems() -> None:
    ResponseRule.objects.all().delete()
    for example in EXAMPLES:
        ResponseRule.objects.create(**example)
    assert findings(OPEN) == {}


def test_without_a_fallback_somebody_is_left_without_a_word(fallback: ResponseRule) -> None:
    make_rule("Price")
    fallback.active = False
    fallback.save()
    assert findings() == {"": ["no fallback"]}
    make_rule("Everything", "", match="everything", order=1000)
    assert findings() == {}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"match": "everything"}, {}),
        ({"match": "everything"}, {"match": "regex", "keywords": "pri[cz]e"}),
        ({"match": "everything", "order": 10}, {"match": "everything", "order": 10}),
        ({}, {}),
        ({}, {"keywords": "PRICE\nthe  Price now"}),
        ({}, {"match": "exact"}),
        ({}, {"match": "begins", "keywords": "price of"}),
        ({}, {"match": "all", "keywords": "price\nshoes"}),
        ({"match": "all", "keywords": "price\nshoes"}, {"keywords": "price of shoes"}),
        (
            {"match": "all", "keywords": "price\nred"},
            {"match": "all", "keywords": "red\nprice\nshoes"},
        ),
        ({"match": "contains", "keywords": "ric"}, {"match": "contains"}),
        ({"match": "contains", "keywords": "ric"}, {"match": "words"}),
        ({"match": "begins"}, {"match": "begins", "keywords": "price of"}),
        ({"match": "ends"}, {"match": "exact", "keywords": "the price"}),
        ({"typos": 1}, {"typos": 1}),
        ({"never": "shoes"}, {"never": "Shoes\nred"}),
        ({"hours": "inside"}, {"hours": "inside"}),
        ({"last_day": date(2027, 1, 1)}, {"last_day": date(2026, 12, 1)}),
        ({}, {"only_new": True, "once_in_hours": 3, "referral": "autumn"}),
        ({"order": 10}, {"order": 10}),
    ],
)
def test_a_rule_is_hidden_by_one_that_always_comes_first(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    make_rule("First", **{"order": 1} | first)
    make_rule("Second", **second)
    assert findings(OPEN)["Second"] == ["hidden by rule First"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {"keywords": "prices"}),
        ({"keywords": "price of"}, {}),
        ({"order": 20}, {}),
        ({"order": 10}, {"keywords": "price of", "order": 10}),  # the longer match wins
        ({"order": 10, "match": "everything"}, {"match": "regex", "order": 10}),
        ({}, {"match": "contains"}),
        ({}, {"match": "regex"}),
        ({}, {"match": "everything"}),
        ({"match": "exact"}, {}),
        ({"match": "begins"}, {"match": "ends"}),
        ({"match": "all", "keywords": "price\nred"}, {"match": "all", "keywords": "price"}),
        ({"match": "contains", "keywords": "e r"}, {"match": "all", "keywords": "the\nred"}),
        ({}, {"typos": 1}),
        ({"never": "shoes"}, {}),
        ({"for_buttons": False}, {}),
        ({"referral": "autumn"}, {}),
        ({"hours": "inside"}, {}),
        ({"hours": "inside"}, {"hours": "outside"}),
        ({"only_new": True}, {}),
        ({"once_in_hours": 3}, {"once_in_hours": 3}),
        ({"first_day": date(2026, 12, 1)}, {}),
        ({"last_day": date(2026, 12, 1)}, {}),
        ({"active": False}, {}),
        ({"match": "fallback"}, {}),
    ],
)
def test_a_rule_that_may_answer_at_times_is_not_hidden(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    make_rule("First", **{"order": 1} | first)
    make_rule("Second", **second)
    assert "Second" not in findings(OPEN)


def test_several_rules_may_hide_one_together_or_only_a_word_of_it() -> None:
    make_rule("Price", order=1)
    make_rule("Delivery", "delivery", order=2)
    make_rule("Both", "price\ndelivery time")
    assert findings()["Both"] == ["hidden by rule Price and rule Delivery"]
    make_rule("More", "shoes\nprice")
    assert findings()["More"] == ["'price' is taken by rule Price"]


def test_of_two_fallbacks_one_answers(fallback: ResponseRule) -> None:
    second = make_rule("Second", "", match="fallback", order=20)
    assert findings() == {"Second": ["hidden by rule Fallback"]}
    fallback.hours = "inside"
    fallback.save()
    assert findings(OPEN) == {}
    second.delete()


def test_single_letters_and_short_parts_of_words() -> None:
    make_rule("Letters", "A\n1\n❤\n買\nno\n+")
    make_rule("Exactly", "y", match="exact")
    make_rule("Inside", "e\nar\nart", match="contains")
    assert findings() == {"Letters": ["one letter"], "Inside": ["one letter", "short word"]}


def test_a_word_in_the_middle_of_many_others() -> None:
    make_rule("Art", "art", match="contains")
    texts = ["Let's start the PARTY", "articles in my cart", "start"]
    (found,) = lint(Rules.of(ResponseRule.objects.active()), CLOSED, TODAY, texts)
    assert found.examples == ("cart", "party", "start")
    assert found.sentence.startswith("'art' is in the middle of 3 other words")
    assert findings(CLOSED, "start the party", "articles art") == {}


def test_hours_that_nobody_has_said() -> None:
    make_rule("Open", "open", hours="inside")
    make_rule("Night", "night", hours="outside")
    assert findings() == {"Open": ["no business hours"], "Night": ["no business hours"]}
    assert findings(OPEN) == {}


def test_a_rule_whose_last_day_has_passed() -> None:
    make_rule("Today", "today", last_day=TODAY)
    assert findings() == {}
    make_rule("Autumn", "autumn", last_day=date(2026, 11, 23))
    assert sentence() == ("Its last day was 23 November 2026. Switch it off or choose a later day.")


def test_variables_that_may_be_unknown() -> None:
    make_rule(
        "Price",
        reply="Hello {first_name}! {shop_name} {matched_word}",
        other_replies="Hi {username}, {first_name|you}",
    )
    make_rule("Pattern", "pat+ern", match="regex", reply="{matched_word}?")
    assert findings() == {
        "Price": ["{first_name} may be unknown", "{username} may be unknown"],
        "Pattern": ["{matched_word} may be unknown"],
    }


def test_a_long_text_says_in_how_many_parts_it_is_sent() -> None:
    make_rule("Long", reply=f"{'word ' * 410}\n---\n{'x' * 1000}")
    assert sentence() == (
        "A text of 2049 bytes is sent as 3 messages. Put a line with only --- where you want to"
        " split it."
    )


def test_links_that_are_not_encrypted() -> None:
    rule = make_rule(
        "Links",
        reply="See http://shop.example and https://shop.example",
        buttons="Shop = http://shop.example/a",
    )
    RuleCard.objects.create(rule=rule, title="Coat", url="http://shop.example/b")
    found = lint(Rules.of(ResponseRule.objects.active()), CLOSED, TODAY)
    assert [one.field for one in found] == ["reply", "buttons", "cards"]
    assert found[0].sentence == (
        "http://shop.example is not encrypted, so phones show a warning. Write https://…"
    )


def test_what_is_offered_to_tap_has_a_rule() -> None:
    make_rule("Delivery", "delivery")
    make_rule("Talk", "comments", for_buttons=False, for_comments=True)
    rule = make_rule(
        "Menu", "menu", quick_replies="Delivery\nSizes = MENU\nColours = HUES\nComments"
    )
    RuleCard.objects.create(rule=rule, title="Coat", buttons="Buy\nOpen = https://shop.example")
    assert findings() == {
        "Menu": [
            "no rule answers 'Colours'",
            "no rule answers 'Comments'",
            "no rule answers 'Buy'",
        ]
    }


@given(
    st.lists(CHOICES, min_size=2, max_size=4),
    st.lists(st.lists(WORDS, max_size=6).map(" ".join), min_size=1, max_size=8),
    st.booleans(),
)
def test_a_rule_that_is_called_hidden_never_wins(
    choices: list[dict[str, Any]], texts: list[str], new: bool
) -> None:
    rules = prepare(rules_of(choices))
    hidden = {rule.pk for rule in rules.by_id.values() if all(find_winners(rule, rules).values())}
    for text in texts:
        for kind in ("text", "quick_reply"):
            at, past = datetime(2026, 11, 24, tzinfo=UTC), Imagined(new=new)
            question = Question(text, kind, "", at, "870001", past=past)
            winner = decide(rules, question).winner
            assert winner is None or winner.pk not in hidden


def check_rules(*options: str) -> str:
    out = StringIO()
    try:
        call_command("check_rules", *options, stdout=out)
    except CommandError as error:
        out.write(f"failed: {error}")
    return out.getvalue()


def test_the_command_is_content_with_advice() -> None:
    make_rule("Price", reply="Hello {first_name}!")
    assert check_rules() == (
        "advice: rule Price: {first_name} is not always known. Write {first_name|…}, with what to"
        " say instead after the |.\n"
        "2 rules, no problems.\n"
    )


def test_the_command_fails_for_a_problem(fallback: ResponseRule) -> None:
    fallback.delete()
    make_rule("Price", order=1)
    make_rule("Prices")
    found = check_rules()
    assert "problem: all rules: Messages that no rule matches" in found
    assert "problem: rule Prices: It never answers: rule Price always comes first" in found
    assert found.endswith("failed: 2 problems in 2 rules.")


def test_the_command_speaks_to_programs_and_says_no_words_of_customers() -> None:
    make_rule("Art", "art", match="contains")
    for text in ("start", "party", "cart", "smart"):
        ask(make_conversation(text), text)
    printed = check_rules("--json")
    assert [(row["rule"], row["level"], row["field"]) for row in json.loads(printed)] == [
        ("Art", "advice", "keywords")
    ]
    assert "party" not in printed + check_rules()
    assert "failed" not in printed


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"keywords": "delivery\ncourier"}),
        ({}, {"order": 1}),
        ({"order": 1}, {"order": 90}),
        ({}, {"match": "contains", "keywords": "liver"}),
        ({}, {"match": "everything", "keywords": "", "order": 1}),
        ({"match": "everything", "keywords": "", "order": 1}, {"match": "words"}),
        ({}, {"active": False}),
        ({}, {"keywords": "how much", "for_buttons": False}),
        ({}, {"typos": 1, "keywords": "delivery\nshoping"}),
        ({}, {"never": "express"}),
    ],
)
def test_what_a_change_makes_of_others_is_found_without_looking_at_all(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    make_rule("Delivery", "delivery\nexpress delivery\nshipping", order=20)
    make_rule("Price", "price\nhow much", order=30, quick_replies="How much?\nDelivery?")
    make_rule("Parcel", "parcel\ncourier", order=60)
    given: dict[str, Any] = {"keywords": "parcels", "order": 50}
    changed = make_rule("Changed", **{**given, **before})
    saved = Rules.of(ResponseRule.objects.active())
    for name, value in after.items():
        setattr(changed, name, value)
    new = Rules.of(with_change(saved.by_id.values(), changed))
    known = set(lint(saved, CLOSED, TODAY))
    concerns = finds_either(saved, new, changed.pk)
    found = set(lint_change(new, changed.pk, concerns, CLOSED, TODAY)) - known
    assert found == set(lint(new, CLOSED, TODAY)) - known


# Several accounts, each with its shop


def sentences(*heard_at: Place) -> list[str]:
    rules = Rules.of(ResponseRule.objects.active())
    return [one.sentence for one in lint(rules, heard_at, TODAY)]


def place(called: str, *, is_own: bool = True, **says: Any) -> Place:
    return Place(ShopNow(**says), called, f"@{called}", is_own)


AT_B = place("b")
AT_A = place("a", is_own=False, hours=HOURS.hours)


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (
            "inside",
            "answers in business hours, and none are set for @b, so it always answers there.",
        ),
        ("outside", "answers outside business hours, and none are set for @b, so it never answers"),
    ],
)
def test_a_shop_without_hours_is_named_where_another_one_has_them(hours: str, said: str) -> None:
    make_rule("Price", hours=hours)
    (found,) = sentences(AT_A, AT_B)
    assert said in found


@pytest.mark.parametrize(("accounts", "count"), [("", 1), ("a", 0), ("b", 1), ("a\nb", 1)])
def test_hours_are_looked_for_where_the_rule_is_heard(accounts: str, count: int) -> None:
    ResponseRule.objects.filter(pk=make_rule("Price", hours="inside").pk).update(accounts=accounts)
    assert len(sentences(AT_A, AT_B)) == count


def test_first_words_are_looked_through_once_a_page() -> None:
    shared = "I am {{bot}}."
    found = sentences(
        place("a", is_own=False, disclosure=shared),
        place("b", disclosure="I am {{robot}}."),
        place("c", is_own=False, disclosure=shared),
    )
    assert [one.partition(":")[0] for one in found] == [
        "First words on the Shop page", "First words on the Shop page of @b",
    ]  # fmt: skip


def test_each_account_is_a_place_with_its_shop() -> None:
    first = Account.objects.ours()
    describe(name="Flowers")
    assert places() == (Place(ShopNow("Flowers")),)
    second = Account.objects.create(instagram_id=SECOND, username="second")
    describe(second, name="Cakes")
    assert places() == (
        Place(ShopNow("Flowers"), "", str(first)),
        Place(ShopNow("Cakes"), SECOND, "@second", is_own=True),
    )
