"""Rules as staff keep them: live in a second by every way to change them, and sound when saved."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from conversations.engine import Answer, NoAnswer, Question
from rules import engine
from rules.examples import EXAMPLES
from rules.models import ResponseRule, RuleCard, RulesVersion
from rules.wording import syntax
from shop.current import ShopNow, current_shop
from shop.models import Shop
from tests.support.clock import let_nothing_age
from workqueue import snapshot

pytestmark = pytest.mark.django_db


def rule(**changes: Any) -> ResponseRule:
    fields: dict[str, Any] = {"name": "Price", "keywords": "price", "reply": "Ten euros."}
    return ResponseRule.objects.create(**{**fields, **changes})


def ask(text: str, **more: Any) -> str | None:
    payload, shop = more.get("payload", ""), current_shop()
    question = Question(text, "text", payload, timezone.now(), "870001", shop=shop)
    answer = engine.RuleEngine().answer(question)
    if isinstance(answer, NoAnswer):
        return None
    [said] = answer.says
    return said if isinstance(said, str) else getattr(said, "text", "")


CHANGES: dict[str, Callable[[ResponseRule], object]] = {
    "save": lambda rule: rule.save(),
    "save of some fields": lambda rule: rule.save(update_fields=["reply"]),
    "delete": lambda rule: rule.delete(),
    "create": lambda _: ResponseRule.objects.create(name="n", keywords="n", reply="n"),
    "update": lambda _: ResponseRule.objects.update(reply="new"),
    "delete of many": lambda _: ResponseRule.objects.all().delete(),
    "bulk_create": lambda _: ResponseRule.objects.bulk_create([ResponseRule(name="n", reply="n")]),
    "bulk_update": lambda rule: ResponseRule.objects.bulk_update([rule], ["reply"]),
    "update_or_create": lambda _: ResponseRule.objects.update_or_create(
        name="Price", defaults={"reply": "new"}
    ),
    "get_or_create": lambda _: ResponseRule.objects.get_or_create(
        name="n", defaults={"reply": "new"}
    ),
    "base manager": lambda _: ResponseRule._base_manager.update(reply="new"),
}


CARD_CHANGES: dict[str, Callable[[RuleCard], object]] = {
    "save": lambda card: card.save(),
    "save of some fields": lambda card: card.save(update_fields=["title"]),
    "delete": lambda card: card.delete(),
    "create": lambda card: RuleCard.objects.create(rule=card.rule, title="n", subtitle="n"),
    "create at the rule": lambda card: card.rule.cards.create(title="n", subtitle="n"),
    "add to the rule": lambda card: card.rule.cards.add(card),
    "update": lambda _: RuleCard.objects.update(title="new"),
    "update at the rule": lambda card: card.rule.cards.update(title="new"),
    "delete of many": lambda _: RuleCard.objects.all().delete(),
    "delete at the rule": lambda card: card.rule.cards.all().delete(),
    "bulk_create": lambda card: RuleCard.objects.bulk_create([RuleCard(rule=card.rule)]),
    "bulk_update": lambda card: RuleCard.objects.bulk_update([card], ["title"]),
    "update_or_create": lambda card: RuleCard.objects.update_or_create(
        rule=card.rule, defaults={"title": "new"}
    ),
    "get_or_create": lambda card: RuleCard.objects.get_or_create(rule=card.rule, title="n"),
    "base manager": lambda _: RuleCard._base_manager.update(title="new"),
    "delete of its rule": lambda card: card.rule.delete(),
    "delete of its rules": lambda _: ResponseRule.objects.all().delete(),
}


@pytest.mark.parametrize("way", CARD_CHANGES)
def test_every_way_to_change_a_card_raises_the_version(way: str) -> None:
    one = RuleCard.objects.create(rule=rule(), title="Coat", subtitle="Wool")
    before = RulesVersion.read()
    CARD_CHANGES[way](one)
    assert RulesVersion.read() > before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", [ResponseRule, RuleCard])
def test_a_change_that_is_rolled_back_raises_no_version(table: type[Any]) -> None:
    RuleCard.objects.create(rule=rule(), title="Coat", subtitle="Wool")
    before = RulesVersion.read()
    with suppress(ZeroDivisionError), transaction.atomic():
        table.objects.first().delete()
        table.objects.all().delete()
        raise ZeroDivisionError
    assert RulesVersion.read() == before
    assert RuleCard.objects.count() == 1


@pytest.mark.parametrize("way", CHANGES)
def test_every_way_to_change_a_rule_raises_the_version(way: str) -> None:
    one = rule()
    before = RulesVersion.read()
    CHANGES[way](one)
    assert RulesVersion.read() > before


def test_a_changed_rule_is_in_force_at_the_next_look(monkeypatch: pytest.MonkeyPatch) -> None:
    one = rule()
    assert ask("price?") == "Ten euros."
    one.reply = "Twelve euros."
    one.save()
    monkeypatch.setattr(snapshot, "MAX_AGE", 0.0)
    assert ask("price?") == "Twelve euros."


def test_looking_at_the_rules_and_the_shop_costs_a_query_each_at_most_twice_a_second(
    django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert snapshot.MAX_AGE == 0.5
    rule()
    let_nothing_age(monkeypatch)
    ask("price?")
    with django_assert_num_queries(0):
        for _ in range(100):
            ask("price?")
    monkeypatch.setattr(snapshot, "MAX_AGE", 0.0)
    with django_assert_num_queries(2):  # the version of the rules, and the shop
        ask("price?")


def test_the_reason_names_the_word_and_the_rule() -> None:
    rule(name="Delivery prices", keywords="shipping\n Delivery ")
    question = Question("How much is delivery?", "text", "", timezone.now(), "870001")
    answer = engine.RuleEngine().answer(question)
    assert isinstance(answer, Answer)
    assert answer.reason == "matched 'Delivery' in rule Delivery prices"
    assert answer.rule == ResponseRule.objects.get().pk


def test_an_inactive_rule_never_answers() -> None:
    rule(active=False)
    assert ask("price?") is None


def test_a_tap_may_match_by_its_payload() -> None:
    rule()
    rule(name="Fallback", match="everything", order=999, reply="Pardon?")
    assert ask("Tell me", payload="PRICE") == "Ten euros."


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"keywords": ""}, "keywords"),
        ({"keywords": " \n "}, "keywords"),
        ({"keywords": "price\n\u200d\ufe0f"}, "keywords"),
        ({"reply": "  "}, "reply"),
        ({"name": ""}, "name"),
    ],
)
def test_a_rule_that_could_not_work_is_refused_at_its_field(
    changes: dict[str, str], field: str
) -> None:
    fields = {"name": "Price", "keywords": "price", "reply": "Ten euros.", **changes}
    with pytest.raises(ValidationError) as refused:
        ResponseRule(**fields).full_clean()
    assert field in refused.value.message_dict


def test_a_fallback_needs_no_words() -> None:
    ResponseRule(name="F", match="everything", reply="Pardon?").full_clean()


def test_the_examples_are_sound_and_answer_what_their_names_say() -> None:
    call_command("seed_rules", verbosity=0)
    assert ResponseRule.objects.count() == len(EXAMPLES)
    for one in ResponseRule.objects.all():
        one.full_clean()
        assert len(one.reply.encode()) <= 1000
    told = {
        "Hi!": "Hello!",
        "Where is my order?": "Your parcel",
        "Hello, how much is the blue coat?": "Which product",
        "do you ship to Lviv": "We deliver",
        "I want my money back": "You can return",
        "when are you open?": "Our opening hours: Monday to Friday 9:00–18:00, Saturday",
        "your phone number?": "You can write",
        "can I talk to a real person": "Of course",
        "qwertz": "Thank you",
    }
    for text, start in told.items():
        assert (ask(text) or "").startswith(start), text
    chips = syntax.read_quick_replies(ResponseRule.objects.get(name="Greeting").quick_replies)
    assert [(ask(chip.title, payload=chip.payload) or "")[:10] for chip in chips] == [
        "Your parce",
        "We deliver",
        "You can re",
        "Of course.",
    ]


def test_the_example_shop_is_open_when_its_rules_say() -> None:
    call_command("seed_rules", verbosity=0)
    Shop.objects.get().full_clean()
    assert current_shop().name == "Example shop"
    assert current_shop().spoken_hours() == "Monday to Friday 9:00–18:00, Saturday 10:00–16:00"


def test_the_examples_say_something_sensible_of_a_shop_without_hours() -> None:
    Shop.objects.create(name="Flowers")
    call_command("seed_rules", verbosity=0)
    assert ask("when are you open?") == (
        "Our opening hours: please tell us the day you mean, and we will let you know."
    )
    assert (ask("can I talk to a real person") or "").endswith("We answer as soon as we can.")
    assert "+1 555 0100, on working days." in (ask("your phone number?") or "")


def test_a_shop_that_staff_described_stays_as_it_is() -> None:
    Shop.objects.create(name="Flowers")
    call_command("seed_rules", verbosity=0)
    assert current_shop() == ShopNow(name="Flowers")


def test_the_examples_never_overwrite_what_staff_changed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("seed_rules")
    ResponseRule.objects.filter(name="Delivery").update(reply="Ours now.")
    ResponseRule.objects.filter(name="Greeting").delete()
    call_command("seed_rules")
    assert ResponseRule.objects.get(name="Delivery").reply == "Ours now."
    assert not ResponseRule.objects.filter(name="Greeting").exists()
    ResponseRule.objects.all().delete()
    call_command("seed_rules")
    assert not ResponseRule.objects.exists()
    assert "nothing was loaded" in capsys.readouterr().out
