"""Placeholders of other tools in rules and first words: refused on every way in, never sent."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from conversations.models import Conversation
from rules.checks.lint import Level, lint
from rules.checks.places import Place
from rules.engine.decision import Rules
from rules.models import ResponseRule, RuleCard
from rules.record import make_draft
from shop.current import ShopNow
from shop.models import Shop as ShopPage
from tests.support.shop import Shop
from tests.support.talks import comment

UNKNOWN = "{{order_id}}"
CARD = {"title": "Coat", "subtitle": "Warm", "image_url": "", "url": "", "buttons": ""}
# A rule with an unknown placeholder, by the field at which that is said.
WRONG: dict[str, dict[str, Any]] = {
    "reply": {"reply": f"Order {UNKNOWN} is sent."},
    "other_replies": {"other_replies": f"Yes.\n===\nOrder {UNKNOWN} is sent."},
    "public_reply": {"public_reply": f"See {UNKNOWN}", "for_comments": True},
    "quick_replies": {"quick_replies": f"Delivery\nOrder {UNKNOWN}"},
    "buttons": {"buttons": f"Order {UNKNOWN} = ORDER"},
    "media_url": {"media_kind": "image", "media_url": f"https://shop.example/{UNKNOWN}.png"},
}
WRONG_CARDS = {
    "title": CARD | {"title": f"Coat {UNKNOWN}"},
    "subtitle": CARD | {"subtitle": f"Order {UNKNOWN}"},
    "image_url": CARD | {"image_url": f"https://shop.example/{UNKNOWN}"},
    "url": CARD | {"url": "https://shop.example/{{username}}"},
    "buttons": CARD | {"buttons": f"{UNKNOWN}\nOpen = https://shop.example/{UNKNOWN}"},
}


def record(**fields: Any) -> dict[str, Any]:
    return {"name": "Order", "keywords": "order", "reply": "It is sent."} | fields


pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.mark.parametrize("field", WRONG)
def test_each_text_of_a_rule_is_looked_at(field: str) -> None:
    problems = make_draft(record(**WRONG[field])).problems()
    assert list(problems) == [field]
    assert "order_id" in problems[field][0]


@pytest.mark.parametrize("field", WRONG_CARDS)
def test_each_text_of_a_card_is_looked_at(field: str) -> None:
    problems = make_draft(record(cards=[WRONG_CARDS[field]])).problems()
    assert list(problems) == ["cards"]
    assert (
        "There is no {{order_id}}" in problems["cards"][0]
        or "A link can have no" in (problems["cards"][0])
    )


# As other tools, and people, write what nobody can fill.
@pytest.mark.parametrize(
    "written",
    [
        "{first_name|Dear {username}}", "{{first_name", "{}", "{{}}", "{order id}", "[Your Name]",
        "[INSERT NAME HERE]", "<order number>", "((order id))", "$orderId", "__order_id__", "%s",
        "{{\norder_id\n}}", "\uff5border id\uff5d",
    ],
)  # fmt: skip
def test_it_is_refused_in_any_signs_and_never_sent(shop: Shop, written: str) -> None:
    assert list(make_draft(record(reply=f"It is {written} sent.")).problems()) == ["reply"]
    store(reply=f"It is {written} sent.")
    shop.hears("order")
    shop.works()
    (said,) = shop.texts
    assert said in ("It is sent.", "It is Dear sent.")


def test_an_import_says_what_there_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "rules.json"
    file.write_text(json.dumps([record(**WRONG["quick_replies"])]))
    with pytest.raises(CommandError):
        call_command("import_rules", file)
    assert "There is no {{order_id}}; there are {first_name}" in capsys.readouterr().out
    assert not ResponseRule.objects.exists()


def test_the_first_words_of_the_shop_are_looked_at() -> None:
    ShopPage(name="Flowers", disclosure="Hi {{first_name}} from {shop_name}").full_clean()
    with pytest.raises(ValidationError) as refused:
        ShopPage(name="Flowers", disclosure="Hi {{matched_word}}, {{order_id}}").full_clean()
    known = "{first_name}, {username}, {shop_name}, {opening_hours}"
    assert refused.value.message_dict["disclosure"] == [
        f"There is no {{{{matched_word}}}}; there are {known}.",
        f"There is no {{{{order_id}}}}; there are {known}.",
    ]


def store(**fields: Any) -> ResponseRule:
    """Save a rule as a version of before did that did not look."""
    return ResponseRule.objects.create(**record(order=1, **fields))


@pytest.mark.parametrize("field", WRONG)
def test_check_rules_finds_what_is_stored_already(field: str) -> None:
    store(**WRONG[field])
    rules = Rules.of(ResponseRule.objects.active())
    found = [
        one for one in lint(rules, [Place(ShopNow())], date(2026, 11, 28)) if one.field == field
    ]
    assert "unknown placeholder" in [one.short for one in found]
    assert {one.level for one in found} == {Level.PROBLEM}


def test_check_rules_finds_those_of_cards_and_first_words() -> None:
    rule = store(reply="Hi {{first_name|there}} %name%")
    for card in WRONG_CARDS.values():
        RuleCard.objects.create(rule=rule, **card)
    rules, shop = Rules.of(ResponseRule.objects.active()), ShopNow(disclosure="I am {{bot}}.")
    found = lint(rules, [Place(shop)], date(2026, 11, 28))
    unknown = [one for one in found if one.short == "unknown placeholder"]
    assert [one.field for one in unknown] == ["disclosure", *["cards"] * 6]


def sent(shop: Shop) -> str:
    return json.dumps([one.message for one in shop.graph.sent], ensure_ascii=False)


@pytest.mark.parametrize("name", ["", "Mia Keller"])
def test_nothing_of_it_is_ever_sent(shop: Shop, name: str) -> None:
    ShopPage.objects.create(name="Blumen", disclosure="{{shop.name}}: I am %botname_x% a bot.")
    rule = store(
        reply="Hi {{contact.name|there}}!\n---\nYour {{order_id}} order *|LNAME|*",
        quick_replies="Hi {{first_name|you}}\n{{order_id}}\nOrder [[order_id]] of {shop_name}",
        media_kind="image",
        media_url="https://shop.example/{{order_id}}a.png",
    )
    RuleCard.objects.create(rule=rule, title="For {{name|you}}", url="https://s.example/${id}x")
    RuleCard.objects.create(rule=rule, title="{{order_id}}", subtitle="lost")
    shop.hears("hello")
    shop.works()
    Conversation.objects.update(name=name)
    shop.hears("order")
    shop.works()
    who = "Mia" if name else "there"
    assert f"Hi {who}!" in shop.texts
    assert "Your order" in shop.texts
    assert "Blumen: I am a bot." in shop.texts
    said = sent(shop)
    assert "For Mia" in said or "For you" in said
    assert "https://s.example/x" in said
    assert "https://shop.example/a.png" in said
    assert "Order of Blumen" in said
    assert "lost" not in said
    for sign in ("{{", "[[", "*|", "${", "order_id", "botname"):
        assert sign not in said, sign


def test_buttons_and_what_stands_below_a_comment_are_filled_too(shop: Shop) -> None:
    ShopPage.objects.create(name="Blumen")
    store(
        buttons="Call {{shop_name}}\n%order_id%",
        for_comments=True,
        public_reply="Thanks {{username}} from [[shop_name]] {{order_id}}!",
    )
    shop.hears("order")
    comment(shop, "order")
    assert "Call Blumen" in sent(shop)
    assert "Thanks buyer from Blumen!" in shop.texts
    assert "order_id" not in sent(shop)


def test_a_title_that_grows_too_long_is_cut(shop: Shop) -> None:
    ShopPage.objects.create(name="Blumen und Pflanzen am Markt")
    store(quick_replies="About {shop_name}")
    shop.hears("order")
    shop.works()
    assert "About Blumen und Pf…" in sent(shop)
