"""Ice breakers and menus in Meta's shapes, however they are read back."""

from typing import Any

import pytest

from instagram.menu import Listed, Option, Part, read, shape

pytestmark = pytest.mark.no_database

ASKED = {"question": "Where is my order?", "payload": "ICE_ORDER"}
PERSON = {"type": "postback", "title": "Talk to a person", "payload": "HUMAN"}
SHOP = {"type": "web_url", "title": "Shop", "url": "https://shop.example"}
ORDER = Option("Where is my order?", "ICE_ORDER")
UKRAINIAN = {"locale": "uk_UA", "call_to_actions": [{"question": "Де?", "payload": "ICE_ORDER"}]}
OWN = {"locale": "default", "call_to_actions": [ASKED]}


def test_what_is_put_is_what_meta_documents() -> None:
    menu = Listed((Option("Talk to a person", "HUMAN"), Option("Shop", url=SHOP["url"])))
    assert shape(Part.MENU, menu) == {
        "platform": "instagram",
        "persistent_menu": [{"locale": "default", "call_to_actions": [PERSON, SHOP]}],
    }
    asked = shape(Part.ICE_BREAKERS, Listed((ORDER,), (UKRAINIAN,)))
    assert asked == {"platform": "instagram", "ice_breakers": [OWN, UKRAINIAN]}


@pytest.mark.parametrize(
    "data",
    [
        [{"ice_breakers": [OWN, UKRAINIAN]}],
        [{"ice_breakers": [UKRAINIAN, OWN], "persistent_menu": []}],
        [OWN, UKRAINIAN],
        [{"call_to_actions": [ASKED]}, UKRAINIAN],
        [{"ice_breakers": [ASKED, UKRAINIAN]}],
    ],
)
def test_ice_breakers_are_read_in_each_shape_that_meta_has(data: list[Any]) -> None:
    found = read({"data": data})
    assert found[Part.ICE_BREAKERS] == Listed((ORDER,), (UKRAINIAN,))
    assert found[Part.ICE_BREAKERS].languages == ["uk_UA"]
    assert found[Part.MENU] == Listed()


@pytest.mark.parametrize("around", [True, False])
def test_a_menu_is_read_with_its_links(around: bool) -> None:
    entry = {
        "locale": "default",
        "call_to_actions": [PERSON, {**SHOP, "webview_height_ratio": "full"}],
    }
    found = read({"data": [{"persistent_menu": [entry]} if around else entry]})
    options = (Option("Talk to a person", "HUMAN"), Option("Shop", url="https://shop.example"))
    assert found == {Part.ICE_BREAKERS: Listed(), Part.MENU: Listed(options)}


@pytest.mark.parametrize(
    "answer",
    [{}, {"data": None}, {"data": "x"}, {"data": [1, {"ice_breakers": {"a": 1}}]}, {"data": [{}]},
     {"data": [{"call_to_actions": None}]}],
)  # fmt: skip
def test_what_makes_no_sense_is_nothing(answer: dict[str, Any]) -> None:
    assert read(answer) == {part: Listed() for part in Part}


@pytest.mark.parametrize(
    ("part", "option", "says"),
    [
        (Part.ICE_BREAKERS, Option("é" * 80, "X"), ""),
        (Part.ICE_BREAKERS, Option("é" * 81, "X"), "has 81 characters; the limit is 80"),
        (Part.MENU, Option("📦" * 30, "X"), ""),
        (Part.MENU, Option("📦" * 31, "X"), "has 31 characters; the limit is 30"),
        (Part.MENU, Option("", "X"), "Write what the customer taps."),
        (Part.MENU, Option("Person"), "Say what a tap leads to."),
        (Part.MENU, Option("Person", "X" * 1001), "too long; the limit is 1000"),
        (Part.MENU, Option("Shop", url="https://shop.example"), ""),
        (Part.MENU, Option("Shop", url="shop.example"), "is not a link"),
    ],
)
def test_what_meta_would_refuse_is_said(part: Part, option: Option, says: str) -> None:
    said = option.problems(part)
    assert says in " ".join(said)
    assert bool(said) == bool(says)
