"""What can be sent: Meta's shapes, Meta's limits, and the way into a row and back."""

import json
from typing import Any

import pytest

from instagram.content import (
    Button,
    Buttons,
    Card,
    Cards,
    Content,
    Media,
    QuickReply,
    Text,
    messages,
    read,
    row,
)

pytestmark = pytest.mark.no_database

COAT = Card(
    "Coat",
    "Wool",
    "https://shop.example/c.jpg",
    "https://shop.example/c",
    (Button("Open", url="https://shop.example/c"), Button("Buy", payload="BUY_1")),
)
# Each beside the example of Meta's page (Send API, Quick Replies, Button and Generic Template).
SHAPES: list[tuple[Content, dict[str, Any]]] = [
    (Text("Yes."), {"text": "Yes."}),
    (
        Text("What do you need?", (QuickReply("Sizes", "MENU_SIZES"),)),
        {
            "text": "What do you need?",
            "quick_replies": [{"content_type": "text", "title": "Sizes", "payload": "MENU_SIZES"}],
        },
    ),
    (
        Buttons("How can we help?", (Button("Talk to a person", payload="HUMAN"),)),
        {
            "attachment": {
                "type": "template",
                "payload": {
                    "template_type": "button",
                    "text": "How can we help?",
                    "buttons": [
                        {"type": "postback", "title": "Talk to a person", "payload": "HUMAN"}
                    ],
                },
            }
        },
    ),
    *(
        (
            Media(kind, "https://shop.example/a"),
            {"attachment": {"type": kind, "payload": {"url": "https://shop.example/a"}}},
        )
        for kind in ("image", "audio", "video", "file")
    ),
    (
        Cards((COAT, Card("Scarf", "Silk"))),
        {
            "attachment": {
                "type": "template",
                "payload": {
                    "template_type": "generic",
                    "elements": [
                        {
                            "title": "Coat",
                            "subtitle": "Wool",
                            "image_url": "https://shop.example/c.jpg",
                            "default_action": {"type": "web_url", "url": "https://shop.example/c"},
                            "buttons": [
                                {
                                    "type": "web_url",
                                    "title": "Open",
                                    "url": "https://shop.example/c",
                                },
                                {"type": "postback", "title": "Buy", "payload": "BUY_1"},
                            ],
                        },
                        {"title": "Scarf", "subtitle": "Silk"},
                    ],
                },
            }
        },
    ),
]


@pytest.mark.parametrize(("content", "shape"), SHAPES)
def test_each_has_the_shape_of_metas_example(content: Content, shape: dict[str, Any]) -> None:
    assert content.shape() == shape
    assert content.problems() == []


@pytest.mark.parametrize("content", [content for content, _ in SHAPES])
def test_each_comes_back_from_its_row(content: Content) -> None:
    kind, text, rest = row(content)
    assert read(kind, text, json.loads(json.dumps(rest))) == content


def test_a_plain_text_keeps_nothing_beside_itself() -> None:
    assert row(Text("Yes.")) == ("text", "Yes.", {})


def test_a_long_text_is_cut_and_its_quick_replies_stand_under_the_last_part() -> None:
    replies = (QuickReply("Yes", "YES"),)
    parts = messages(Text("word " * 300, replies))
    assert [getattr(part, "quick_replies", None) for part in parts] == [(), replies]
    assert messages("word " * 300) == [Text(part.text) for part in parts if isinstance(part, Text)]


def test_what_is_blank_says_nothing_and_anything_else_is_one_message() -> None:
    assert messages(" \n") == messages(Text("", (QuickReply("Yes", "YES"),))) == []
    assert messages(Cards((COAT,))) == [Cards((COAT,))]


def chips(count: int) -> tuple[QuickReply, ...]:
    return tuple(QuickReply(f"Chip {number}", "X") for number in range(count))


def buttons(count: int) -> tuple[Button, ...]:
    return tuple(Button(f"Button {number}", payload="X") for number in range(count))


@pytest.mark.parametrize(
    ("at_most", "one_more", "words"),
    [
        (Text("é" * 500), Text("é" * 500 + "."), "has 1001 bytes; the limit is 1000"),
        (Text("?", chips(13)), Text("?", chips(14)), "There are 14 quick replies; the limit is 13"),
        (
            Text("?", (QuickReply("é" * 20, "X"),)),
            Text("?", (QuickReply("é" * 21, "X"),)),
            "has 21 characters; the limit is 20",
        ),
        (
            Text("?", (QuickReply("Yes", "X" * 1000),)),
            Text("?", (QuickReply("Yes", "X" * 1001),)),
            "the limit is 1000 characters",
        ),
        (Buttons("?", buttons(3)), Buttons("?", buttons(4)), "There are 4 buttons; the limit is 3"),
        (Buttons("?", buttons(1)), Buttons("?", ()), "Add at least one button"),
        (
            Buttons("é" * 640, buttons(1)),
            Buttons("é" * 641, buttons(1)),
            "can have 640 characters; this one has 641",
        ),
        (
            Buttons("?", (Button("x" * 20, payload="X"),)),
            Buttons("?", (Button("x" * 21, payload="X"),)),
            "has 21 characters",
        ),
        (
            Buttons("?", (Button("Buy", payload="X" * 1000),)),
            Buttons("?", (Button("Buy", payload="X" * 1001),)),
            "the limit is 1000 characters",
        ),
        (Cards((COAT,) * 10), Cards((COAT,) * 11), "can have 1 to 10 cards, not 11"),
        (Cards((COAT,)), Cards(()), "can have 1 to 10 cards, not 0"),
        (Cards((Card("x" * 80, "y"),)), Cards((Card("x" * 81, "y"),)), "title has 81 characters"),
        (
            Cards((Card("x", "y" * 80),)),
            Cards((Card("x", "y" * 81),)),
            "subtitle has 81",
        ),
        (
            Cards((Card("x", buttons=buttons(3)),)),
            Cards((Card("x", buttons=buttons(4)),)),
            "the limit is 3",
        ),
        (Cards((Card("x", url="http://s.example"),)), Cards((Card("x"),)), "more than a title"),
        (
            Media("image", "https://shop.example/a.jpg"),
            Media("image", "http://shop.example/a.jpg"),
            "begin with https://",
        ),
        (Media("file", "https://s.example/a.pdf"), Media("gif", "https://s.example"), "no attach"),
    ],
)
def test_metas_limit_is_taken_and_one_more_is_not(
    at_most: Content, one_more: Content, words: str
) -> None:
    assert at_most.problems() == []
    [problem] = one_more.problems()
    assert words in problem


@pytest.mark.parametrize(
    "url",
    ["", "https://", "shop.example/a.jpg", "javascript:alert(1)", "https://a b", "https://["],
)
def test_what_is_no_link_is_named(url: str) -> None:
    [problem] = Media("image", url).problems()
    assert "is not a link" in problem


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (Text(" "), "The text is empty"),
        (Text("?", (QuickReply("", "X"),)), "A quick reply needs a title"),
        (Text("?", (QuickReply("Yes", ""),)), "Say what tapping 'Yes' sends"),
        (Buttons(" ", buttons(1)), "text above them: write one"),
        (Buttons("?", (Button("", payload="X"),)), "A button needs a title"),
        (Buttons("?", (Button("Buy"),)), "Say what tapping 'Buy' sends"),
        (Buttons("?", (Button("Open", url="https:/shop"),)), "is not a link"),
        (Cards((Card("", "y"),)), "A card needs a title"),
        (Cards((Card("x", image_url="http://s.example/a.jpg"),)), "begin with https://"),
    ],
)
def test_what_is_missing_or_wrong_is_said(content: Content, words: str) -> None:
    [problem] = content.problems()
    assert words in problem
