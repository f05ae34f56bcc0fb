"""What a rule offers to tap leads back to a rule, over the real webhook and the real client."""

import pytest

from rules import taps
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


def taps_menu(shop: Shop, title: str, payload: str, mid: str = "aWdfMENU") -> None:
    shop.hears_item({"postback": {"mid": mid, "title": title, "payload": payload}})
    shop.works()


def test_a_tap_that_names_its_rule_is_answered_by_it_whatever_its_words(shop: Shop) -> None:
    hours = rule("Hours", keywords="opening hours", order=900, reply="From nine to five.")
    taps_menu(shop, "Is delivery or price your question?", taps.payload_of(hours.pk))
    assert shop.texts == ["From nine to five."]
    tapped = incoming()[-1]
    assert (tapped.kind, tapped.reason) == ("postback", "the tap is for rule Hours")
    assert ["Delivery", "The tap is for rule Hours."] in (tapped.why or {})["lost"]


@pytest.mark.parametrize("change", [{"active": False}, {"for_buttons": False}])
def test_where_the_named_rule_may_not_answer_the_words_decide(
    shop: Shop, change: dict[str, bool]
) -> None:
    hours = rule("Hours", keywords="opening hours", **change)
    taps_menu(shop, "Delivery", taps.payload_of(hours.pk))
    assert shop.texts == ["Two days."]


def test_a_rule_that_is_gone_is_named_in_vain(shop: Shop) -> None:
    rule("Numbers", keywords="rule\n404")
    taps_menu(shop, "Price", taps.payload_of(404))
    assert shop.texts == ["Ten euros."]


def test_a_named_fallback_says_what_it_says_each_time(shop: Shop) -> None:
    last = rule("Last", match="fallback", keywords="", reply="Ask us anything.")
    ResponseRule.objects.filter(name="Fallback").delete()
    for number in range(2):
        taps_menu(shop, "Hello", taps.payload_of(last.pk), f"aWdfMENU{number}")
    assert shop.texts == ["Ask us anything."] * 2


def test_a_named_rule_knows_its_word(shop: Shop) -> None:
    hours = rule("Hours", keywords="opening hours\nopen", reply="About {matched_word}: nine.")
    taps_menu(shop, "When?", taps.payload_of(hours.pk))
    assert shop.texts == ["About opening hours: nine."]


def test_a_tap_on_an_opt_out_rule_opts_out(shop: Shop) -> None:
    stop = rule("Stop", keywords="stop", match="exact", opt_out="stop", reply="You are out.")
    taps_menu(shop, "No more messages", taps.payload_of(stop.pk))
    assert shop.texts == ["You are out."]
    assert incoming()[-1].conversation.opted_out_at is not None


@pytest.mark.parametrize("payload", ["rule:0", "rule:x", "RULE:1", "rule:1 ", "rule:" + "9" * 30])
def test_what_looks_almost_like_it_names_no_rule(payload: str) -> None:
    assert taps.rule_of(payload) is None
