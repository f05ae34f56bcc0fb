"""What a rule offers to tap leads back to a rule, over the real webhook and the real client."""

import pytest

from rules.models import ResponseRule
from tests.support.shop import Shop, incoming

MENU = {"order": 5, "keywords": "menu", "reply": "What do you need?"}


def rule(name: str, **fields: object) -> ResponseRule:
    return ResponseRule.objects.create(**{"name": name, **MENU, **fields})


def taps_quick_reply(shop: Shop, number: int) -> None:
    """Tap what the customer's phone shows below the last message."""
    chip = shop.graph.sent[-1].message["quick_replies"][number]
    content = {"text": chip["title"], "quick_reply": {"payload": chip["payload"]}}
    shop.hears_item({"message": {"mid": f"aWdfTAP{number}", **content}})
    shop.works()


def taps_button(shop: Shop, button: dict[str, str]) -> None:
    content = {"title": button["title"], "payload": button["payload"]}
    shop.hears_item({"postback": {"mid": "aWdfTAPPED", **content}})
    shop.works()


@pytest.mark.parametrize(
    ("number", "answer", "reason"),
    [
        (0, "Two days.", "matched 'delivery' in rule Delivery"),
        (1, "Ten euros.", "matched 'price' in rule Price"),
        (2, "S to XL.", "matched 'MENU_SIZES' in rule Sizes"),
    ],
)
def test_a_tapped_quick_reply_leads_to_a_rule_by_title_or_payload(
    shop: Shop, number: int, answer: str, reason: str
) -> None:
    rule("Sizes", keywords="MENU_SIZES", reply="S to XL.")
    rule("Menu", quick_replies="Delivery\nTell me = PRICE\nHow big = MENU_SIZES")
    shop.hears("menu")
    shop.works()
    taps_quick_reply(shop, number)
    assert shop.texts == ["What do you need?", answer]
    tapped = incoming()[-1]
    assert (tapped.kind, tapped.reason) == ("quick_reply", reason)


@pytest.mark.parametrize(("number", "answer"), [(0, "Two days."), (1, "Ten euros.")])
def test_a_tapped_button_leads_to_a_rule_by_title_or_payload(
    shop: Shop, number: int, answer: str
) -> None:
    rule("Menu", buttons="Delivery\nTell me = PRICE\nShop = https://shop.example")
    shop.hears("menu")
    shop.works()
    [sent] = shop.graph.sent
    buttons = sent.message["attachment"]["payload"]["buttons"]
    assert buttons[2] == {"type": "web_url", "title": "Shop", "url": "https://shop.example"}
    taps_button(shop, buttons[number])
    assert shop.texts[-1] == answer
    assert incoming()[-1].kind == "postback"


def test_a_tapped_button_of_a_card_leads_to_a_rule(shop: Shop) -> None:
    menu = rule("Menu", reply="")
    menu.cards.create(title="Coat", subtitle="Wool", buttons="How much? = PRICE")
    shop.hears("menu")
    shop.works()
    [sent] = shop.graph.sent
    taps_button(shop, sent.message["attachment"]["payload"]["elements"][0]["buttons"][0])
    assert shop.texts[-1] == "Ten euros."


def test_a_rule_saved_with_everything_arrives_in_order(shop: Shop) -> None:
    menu = rule(
        "Menu", media_kind="image", media_url="https://shop.example/a.jpg", quick_replies="Price"
    )
    menu.cards.create(title="Coat", subtitle="Wool")
    shop.hears("menu")
    shop.works()
    picture, text, cards = (sent.message for sent in shop.graph.sent)
    assert picture["attachment"]["type"] == "image"
    assert [chip["title"] for chip in text["quick_replies"]] == ["Price"]
    assert cards["attachment"]["payload"]["template_type"] == "generic"
    assert incoming()[0].reason == "matched 'menu' in rule Menu"
