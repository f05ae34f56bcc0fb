"""Engines: the example in the documentation runs, and history is read when it is asked for."""

import re
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from conversations import engine
from conversations.answering import questions
from conversations.engine import Answer, Question
from tests.support.graph import error
from tests.support.shop import Shop, incoming

PAGE = Path(__file__).resolve().parents[2] / "docs/engines.md"


@pytest.fixture
def polite(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example of docs/engines.md, set before the rules as the page says."""
    [code] = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(code.strip().splitlines()) <= 20
    module = types.ModuleType("polite")
    exec(code, module.__dict__)
    monkeypatch.setitem(sys.modules, "polite", module)
    settings.RESPONSE_ENGINES = ["polite.PoliteEngine", "rules.engine.RuleEngine"]


def test_the_example_engine_answers_and_leaves_the_rest_to_the_rules(
    shop: Shop, polite: None
) -> None:
    shop.hears("Thanks!")
    shop.hears("price?")
    shop.hears("thank you")
    shop.works()
    assert shop.texts == [
        "You are welcome!",
        "Ten euros.",
        "You are welcome!",
        "Is there anything else?",
    ]
    assert incoming()[2].reason == "said thanks after 2 of our messages"


def test_history_is_the_latest_twenty_messages_oldest_first_and_read_once(
    shop: Shop, django_assert_num_queries: Any
) -> None:
    start = timezone.now().timestamp() - 100
    for number in range(25):
        shop.hears(f"price {number}", at=start + number)
    shop.reads()
    question = incoming()[24]
    history = engine.History(lambda: questions.history(question))
    with django_assert_num_queries(1):
        assert [said.text for said in history] == [f"price {number}" for number in range(4, 24)]
        assert len(history) == 20
        assert history[-1].by == "customer"
        assert [said.text for said in history[:2]] == ["price 4", "price 5"]


def test_history_that_no_engine_reads_is_not_read(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_: object) -> list[engine.Said]:
        raise AssertionError("nobody asked")

    monkeypatch.setattr(questions, "history", read)
    shop.hears("price")
    shop.works()
    assert shop.texts == ["Ten euros."]


def test_history_holds_nothing_that_was_never_said(shop: Shop) -> None:
    shop.graph.faults.append(error(551))
    shop.hears("price")
    shop.works()
    shop.hears("delivery")
    shop.reads()
    assert [said.text for said in questions.history(incoming()[1])] == ["price"]


class Blank:
    def answer(self, question: Question) -> Answer | None:
        return Answer((" ", ""), "has nothing to say")


def test_an_answer_without_words_is_none(shop: Shop, settings: Settings) -> None:
    settings.RESPONSE_ENGINES = [f"{__name__}.Blank", "rules.engine.RuleEngine"]
    shop.hears("price")
    shop.works()
    assert shop.texts == ["Ten euros."]
