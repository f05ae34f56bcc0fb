"""What a turn must see that begins with its message, recorded at once or with care."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from conversations.models import Conversation
from rules.models import ResponseRule
from tests.support.graph import Sent
from tests.support.shop import Shop
from webhooks import processing, tasks
from webhooks.models import WebhookEvent

REFERRED = {
    "mid": "aWdfAd",
    "text": "hi",
    "referral": {"ref": "autumn", "source": "ADS", "type": "OPEN_THREAD"},
}


@pytest.fixture(params=["at once", "with care"])
def rings(shop: Shop, request: pytest.FixtureRequest) -> "Rings":
    return Rings(shop, processing.at_once if request.param == "at once" else processing.process)


class Rings:
    """Does with due events what a worker's tasks do: record, and take a turn."""

    def __init__(self, shop: Shop, record: Callable[[int], processing.Woken]) -> None:
        self.shop, self.record = shop, record

    def answer(self) -> None:
        due = WebhookEvent.objects.due(timezone.now()).values_list("pk", flat=True)
        for pk in list(due):
            tasks._go_on(self.record(pk))


@pytest.mark.parametrize("known", [True, False])
def test_a_rule_for_a_referral_answers_the_very_message_that_brought_it(
    shop: Shop, rings: Rings, known: bool
) -> None:
    ResponseRule.objects.create(
        name="Ad", order=1, referral="autumn", match="everything", reply="From the ad!"
    )
    if known:
        shop.hears("hello")
        rings.answer()
    shop.hears_item({"message": REFERRED})
    rings.answer()
    assert shop.texts[-1] == "From the ad!"


def test_a_question_that_an_instant_reply_overtook_is_answered(shop: Shop, rings: Rings) -> None:
    now = timezone.now().timestamp()
    shop.hears("price", at=now - 100)
    rings.answer()
    shop.hears_echo(Sent("870001", "We will be back soon.", "", "aWdfAuto", now))
    rings.answer()
    assert Conversation.objects.get().bot_paused_until
    shop.hears("delivery", at=now - 1)
    rings.answer()
    assert shop.texts == ["Ten euros.", "Two days."]


def test_two_workers_that_begin_in_the_same_microsecond_do_not_share_a_lease(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.hears("price")
    shop.hears("delivery")
    first, second = WebhookEvent.objects.order_by("pk").values_list("pk", flat=True)
    until = timezone.now() + timedelta(seconds=6)
    record = processing._record_at_once
    monkeypatch.setattr(processing, "_record_at_once", lambda event, _: record(event, until))
    assert processing.at_once(first).lease
    assert not processing.at_once(second).lease


def test_an_unsend_is_always_processed_with_care(shop: Shop) -> None:
    """It looks through many events, and nobody may wait for that behind its transaction."""
    mid = shop.hears("price")
    shop.reads()
    shop.hears_item({"message": {"mid": mid, "is_deleted": True}})
    event = WebhookEvent.objects.latest("pk")
    with pytest.raises(processing._CarefullyError):
        processing._record_at_once(event.pk, None)
    shop.works()
    event.refresh_from_db()
    assert event.state == "processed"
