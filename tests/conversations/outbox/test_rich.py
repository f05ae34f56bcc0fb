"""Answers that are more than a text, from the engine to the wire."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from conversations.engine import Answer, Question
from conversations.models import Origin, State
from instagram.content import (
    Button,
    Buttons,
    Card,
    Cards,
    Content,
    Media,
    QuickReply,
    Text,
)
from tests.support.clock import Clock
from tests.support.graph import HANG
from tests.support.shop import Shop, incoming, outgoing
from tests.support.talks import comment

PICTURE = Media("image", "https://shop.example/coat.jpg")
BUTTONS = Buttons("Which one?", (Button("The blue one", payload="BLUE"),))
CARDS = Cards((Card("Coat", "Wool", buttons=(Button("Buy", payload="BUY_1"),)),))
CHIPS = (QuickReply("Sizes", "SIZES"), QuickReply("Delivery", "DELIVERY"))


class Rich:
    says: tuple[str | Content, ...] = ()
    public_reply = ""

    def answer(self, _: Question) -> Answer | None:
        return Answer(self.says, "is rich", public_reply=self.public_reply)


@pytest.fixture
def rich(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> type[Rich]:
    settings.RESPONSE_ENGINES = [f"{__name__}.Rich"]
    monkeypatch.setattr(Rich, "says", ())
    monkeypatch.setattr(Rich, "public_reply", "")
    return Rich


def shapes(shop: Shop) -> list[dict[str, Any]]:
    return [
        {key: value for key, value in sent.message.items() if key != "metadata"}
        for sent in shop.graph.sent
    ]


def test_all_that_an_answer_says_leaves_in_its_order(shop: Shop, rich: type[Rich]) -> None:
    rich.says = (PICTURE, "word " * 300, BUTTONS, CARDS, Text("Anything else?", CHIPS))
    shop.hears("coat?")
    shop.works()
    long = ["word " * 200, "word " * 100]
    assert shapes(shop) == [
        PICTURE.shape(),
        {"text": long[0]},
        {"text": long[1]},
        BUTTONS.shape(),
        CARDS.shape(),
        Text("Anything else?", CHIPS).shape(),
    ]
    rows = outgoing()
    assert [row.position for row in rows] == [0, 1, 2, 3, 4, 5]
    assert [row.kind for row in rows] == ["image", "text", "text", "template", "template", "text"]
    assert {row.state for row in rows} == {State.SENT}
    assert [sent.metadata for sent in shop.graph.sent] == [f"instabot:{row.pk}" for row in rows]


def test_what_waits_is_sent_as_it_was_decided(shop: Shop, rich: type[Rich]) -> None:
    rich.says = (Text("What now?", CHIPS), CARDS)
    shop.graph.faults.append(HANG)
    shop.hears("coat?")
    shop.works()
    shop.hears_echo(shop.graph.sent[0])  # what it held back is read from its row
    shop.works()
    assert shapes(shop) == [Text("What now?", CHIPS).shape(), CARDS.shape()]


def test_a_plain_text_costs_one_insert_without_the_column(
    shop: Shop, rich: type[Rich], settings: Settings
) -> None:
    settings.PREPARED_STATEMENTS = False  # so that the texts of statements are seen
    rich.says = ("Hello.", PICTURE)
    shop.hears("coat?")
    shop.reads()
    with CaptureQueriesContext(connection) as caught:
        shop.works()
    inserts = [
        query["sql"]
        for query in caught
        if query["sql"].strip().startswith("INSERT INTO conversations_message")
    ]
    assert ["content" in insert.split("VALUES")[0] for insert in inserts] == [False, True]
    assert [row.content for row in outgoing()] == [{}, {"url": PICTURE.url}]


def test_a_comment_gets_the_first_text_and_nothing_else(shop: Shop, rich: type[Rich]) -> None:
    rich.says, rich.public_reply = (PICTURE, BUTTONS, "More.", CARDS), "We wrote to you."
    comment(shop)
    assert incoming()[0].kind == "comment"
    assert [(row.kind, row.text, row.position) for row in outgoing()] == [
        ("private_reply", "Which one?", 0),
        ("public_reply", "We wrote to you.", 1),
    ]
    assert shapes(shop)[0] == {"text": "Which one?"}


@pytest.mark.parametrize("said", [PICTURE, BUTTONS, CARDS])
def test_a_rich_send_that_nobody_confirmed_is_settled_by_its_echo(
    shop: Shop, rich: type[Rich], said: Content, time_stands: Clock
) -> None:
    rich.says = (said,)
    shop.graph.faults.append(HANG)
    shop.hears("coat?")
    shop.works()
    assert outgoing()[0].state == State.UNKNOWN
    # Meta's echo of a template has no text, and the metadata may be missing.
    shop.hears_echo(shop.graph.sent[0], metadata=False)
    shop.works()
    [ours] = outgoing()
    assert (ours.state, ours.origin, ours.mid) == (State.SENT, Origin.BOT, shop.graph.sent[0].mid)


@pytest.mark.parametrize("said", [PICTURE, BUTTONS, CARDS])
def test_a_rich_send_is_found_in_the_thread_and_not_sent_again(
    shop: Shop, rich: type[Rich], said: Content, time_stands: Clock
) -> None:
    rich.says = (said,)
    shop.graph.faults.append(HANG)
    shop.hears("coat?")
    shop.works()
    shop.settles(time_stands)
    assert [row.state for row in outgoing()] == [State.SENT]
    assert len(shop.graph.sent) == 1


def test_what_is_unsent_keeps_no_buttons_or_cards(shop: Shop, rich: type[Rich]) -> None:
    rich.says = (BUTTONS, CARDS)
    shop.hears("coat?")
    shop.works()
    for sent in shop.graph.sent:
        shop.hears_item({"message": {"mid": sent.mid, "is_deleted": True}})
    shop.works()
    assert [(row.text, row.content) for row in outgoing()] == [("", {}), ("", {})]
