"""What customers take back or change, at any moment of its answer."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from conversations.inbox import late
from conversations.models import Message, State, Verdict
from rules.models import ResponseRule
from tests.support.clock import Clock
from tests.support.graph import error
from tests.support.points import at_point
from tests.support.shop import Shop, at_rest, incoming, outgoing
from tests.support.talks import MOMENT, says, unsends


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_answer_to_two_messages_does_not_leave_when_both_are_unsent(
    patient: Shop, settings: Settings, time_passes: Clock, order: tuple[int, int]
) -> None:
    settings.RETRY_FIRST = 30
    patient.graph.faults.append(error(2018321))
    mids = [patient.hears("delivery?"), patient.hears("shipping?")]
    patient.works()
    time_passes(MOMENT)
    patient.works()
    first, second = order
    unsends(patient, mids[first])
    assert outgoing()[0].state == State.QUEUED, "it is for the other one, too"
    unsends(patient, mids[second])
    time_passes(timedelta(minutes=1))
    patient.works()
    assert outgoing()[0].state == State.CANCELLED
    assert patient.texts == []


def test_what_was_unsent_while_it_was_late_is_not_on_the_list(shop: Shop) -> None:
    mid = shop.hears("price", at=timezone.now().timestamp() - 3600)
    shop.works()
    unsends(shop, mid)
    assert late.answer_late(Message.objects.all()) == 0
    shop.works()
    assert (incoming()[0].verdict, incoming()[0].reason) == (
        Verdict.KEPT,
        "Unsent by the customer.",
    )
    assert shop.texts == []


def test_the_reason_does_not_tell_what_an_unsent_message_said(
    patient: Shop, time_passes: Clock
) -> None:
    says(patient, time_passes, "delivery", "shipping")
    unsends(patient, "aWdfIN1", "aWdfIN2")
    assert [(row.verdict, row.reason) for row in incoming()] == [
        (Verdict.ANSWERED, "Unsent by the customer."),
        (Verdict.TOGETHER, "Unsent by the customer."),
    ]


@pytest.mark.parametrize(
    "point",
    [
        "after the open rows are read",
        "while the engines are asked",
        "after the engines were asked",
        "before the verdict is written",
    ],
)
def test_what_is_edited_before_the_verdict_is_answered_as_it_reads_then(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    def is_edited() -> None:
        shop.hears_item({"message_edit": {"mid": mid, "text": "delivery", "num_edit": 1}})
        shop.reads()

    mid = shop.hears("price")
    shop.reads()
    at_point(monkeypatch, point, is_edited)
    shop.works()
    assert shop.texts == ["Two days."]
    assert incoming()[0].reason == "matched 'delivery' in rule Delivery"
    assert at_rest()


def test_no_word_of_it_stays_beside_the_message_that_it_was_read_with(
    patient: Shop, time_passes: Clock
) -> None:
    ResponseRule.objects.create(name="Cost", keywords="shipment cost", reply="Ten.", typos=1)
    says(patient, time_passes, "shipmemt", "cost")
    first, last = incoming()
    assert first.why["answered_with"] == last.pk
    assert "shipmemt" in str(last.why), "the word that was read with a typo"
    unsends(patient, "aWdfIN1")
    last.refresh_from_db()
    assert last.text == "cost"
    assert "shipmemt" not in str(last.why)
