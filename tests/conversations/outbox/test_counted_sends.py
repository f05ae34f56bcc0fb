"""What is counted of calls to Meta: outcome, Meta's code, and how long the customer waited."""

from datetime import timedelta
from typing import Any

import pytest

from conversations.models import Conversation
from conversations.outbox import staff
from tests.support.clock import Clock
from tests.support.counted import Counted
from tests.support.graph import HTML_502, error
from tests.support.shop import Shop

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("fault", "outcome", "code"),
    [
        (error(190), "login", "190"),
        (error(10, 2534022), "permanent", "10"),
        (error(613), "throttled", "613"),
        (error(98765), "permanent", "other"),
        (HTML_502, "ambiguous", "none"),
    ],
)
def test_a_refusal_is_counted_with_its_code_and_an_unknown_code_as_one_of_many(
    shop: Shop, fault: Any, outcome: str, code: str
) -> None:
    counted = Counted()
    shop.graph.faults.append(fault)
    shop.hears("price")
    shop.works()
    assert counted.of("sends_total", outcome=outcome, code=code) == 1
    assert counted.of("send_seconds_count") == 1
    assert counted.of("answer_seconds_count") == 0


def test_a_customer_who_had_to_wait_is_measured_to_the_answer(
    shop: Shop, time_passes: Clock
) -> None:
    counted = Counted()
    shop.graph.faults.append(error(2018321))  # not now
    shop.hears("price")
    shop.works()
    time_passes(timedelta(seconds=40))
    shop.works()
    assert shop.texts[-1] == "Ten euros."
    assert counted.of("sends_total", outcome="retry", code="2018321") == 1
    assert counted.of("answer_seconds_count") == 1
    assert 40_000_000 <= counted.of("answer_seconds_sum") < 80_000_000


def test_the_time_without_a_worker_is_measured_too(shop: Shop, time_passes: Clock) -> None:
    counted = Counted()
    shop.hears("price")
    time_passes(timedelta(minutes=10))
    shop.works()
    assert shop.texts == ["Ten euros."]
    assert 600_000_000 <= counted.of("answer_seconds_sum") < 640_000_000


def test_only_the_first_message_of_an_answer_of_the_bot_is_measured(shop: Shop) -> None:
    shop.hears("price")
    shop.works()
    counted = Counted()
    talk = Conversation.objects.get()
    staff.reply(talk.pk, "Hello", by="anna", token="t" * 32)
    shop.works()
    assert counted.of("sends_total", outcome="sent", code="none") == 1
    assert counted.of("answer_seconds_count") == 0
