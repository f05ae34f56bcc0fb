"""Two bots that answer each other: ours stops, and staff are told."""

from datetime import timedelta

import pytest
from django.utils import timezone

from conversations.models import Conversation, State
from shop import tuning
from tests.support.clock import Clock
from tests.support.shop import Shop, at_rest, outgoing


def talk(shop: Shop, times: int, customer: str = "870001") -> None:
    for _ in range(times):
        shop.hears("price", customer=customer, at=timezone.now().timestamp())
        shop.works()


def test_more_than_ten_messages_in_five_minutes_pause_the_bot_for_that_customer(
    shop: Shop,
) -> None:
    talk(shop, 12)
    assert len(shop.texts) == 10
    found = Conversation.objects.get()
    assert found.needs_person
    assert found.bot_is_paused(timezone.now())
    assert found.bot_paused_by == "loop protection (more than 10 bot messages in 5 minutes)"
    [stopped] = [row for row in outgoing() if row.state == State.CANCELLED]
    assert stopped.error == (
        "Bot paused by loop protection (more than 10 bot messages in 5 minutes)."
    )
    assert at_rest()
    talk(shop, 1, customer="870002")
    assert len(shop.texts) == 11


def test_ten_messages_in_a_longer_time_are_no_loop(shop: Shop, time_passes: Clock) -> None:
    for _ in range(4):
        talk(shop, 5)
        time_passes(timedelta(minutes=3))
    assert len(shop.texts) == 20


@pytest.mark.parametrize(("most", "sent"), [("3", 3), ("0", 6)])
def test_staff_set_how_many_are_too_many(shop: Shop, most: str, sent: int) -> None:
    tuning.put("loop_messages", most)
    talk(shop, 6)
    assert len(shop.texts) == sent


def test_the_pause_of_a_loop_has_a_length_even_where_persons_pause_nothing(shop: Shop) -> None:
    tuning.put("pause_hours", "0")
    talk(shop, 12)
    assert len(shop.texts) == 10
