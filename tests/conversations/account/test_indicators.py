"""Seen and typing: shown where staff want it, and never in the way of an answer."""

from datetime import timedelta

import pytest
from django.utils import timezone

from conversations.account import indicators
from conversations.models import Conversation
from shop import tuning
from tests.support.clock import Clock
from tests.support.graph import HTML_502, error
from tests.support.service import wait_for
from tests.support.shop import Shop, at_rest


@pytest.fixture(autouse=True)
def _switched_on(shop: Shop) -> None:
    tuning.put("show_seen", "1")
    tuning.put("show_typing", "1")


def shown(shop: Shop, count: int) -> list[str]:
    wait_for(lambda: len(shop.graph.signs) >= count, "the signs")
    return [sign for _, sign in shop.graph.signs]


def test_nothing_is_shown_unless_switched_on(shop: Shop) -> None:
    tuning.put("show_seen", "0")
    tuning.put("show_typing", "0")
    shop.hears("price")
    shop.works()
    assert shop.texts == ["Ten euros."]
    assert shop.graph.signs == []


def test_a_message_that_is_answered_is_seen(shop: Shop) -> None:
    shop.hears("price")
    shop.works()
    assert shown(shop, 1) == ["mark_seen"]


def test_while_the_customer_is_waited_for_somebody_types(shop: Shop, time_passes: Clock) -> None:
    tuning.put("waiting_seconds", "2")
    shop.hears("price")
    shop.works()
    assert shown(shop, 1) == ["typing_on"]
    time_passes(timedelta(seconds=2))
    shop.works()
    assert shown(shop, 2) == ["typing_on", "mark_seen"]
    assert shop.texts == ["Ten euros."]


@pytest.mark.parametrize("answer", [error(100), error(190), HTML_502])
def test_a_sign_that_fails_fails_nothing_else(shop: Shop, answer: tuple[int, str, bytes]) -> None:
    shop.graph.sign_fault = answer
    shop.hears("price")
    shop.works()
    assert shown(shop, 1) == ["mark_seen"]
    assert shop.texts == ["Ten euros."]
    assert at_rest()


def test_signs_that_hang_delay_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(indicators.MOST_WAITING):
        assert indicators._free.acquire(blocking=False)
    try:
        shop.hears("price")
        shop.works()
    finally:
        for _ in range(indicators.MOST_WAITING):
            indicators._free.release()
    assert shop.texts == ["Ten euros."]
    assert shop.graph.signs == []


def test_where_the_bot_is_paused_nobody_types(shop: Shop) -> None:
    tuning.put("waiting_seconds", "2")
    shop.hears("hello")
    shop.reads()
    later = timezone.now() + timedelta(hours=1)
    Conversation.objects.update(bot_paused_until=later, bot_paused_by="anna")
    shop.works()
    assert shop.graph.signs == []
