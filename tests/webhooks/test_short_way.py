"""New events go the short way; what is wrong there is seen, and costs no message."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.support.shop import Shop, incoming
from webhooks import processing
from webhooks.models import WebhookEvent, WebhookEventQuerySet
from workqueue.failures import Failures


@pytest.fixture(autouse=True)
def failures(monkeypatch: pytest.MonkeyPatch) -> Failures:
    ours = Failures("short_way_failed")
    monkeypatch.setattr(processing, "short_way_failures", ours)
    return ours


def test_an_error_on_the_short_way_is_seen_and_the_careful_way_takes_over(
    shop: Shop, failures: Failures, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise TypeError("a column was renamed")

    monkeypatch.setattr(WebhookEventQuerySet, "close_unread", broken)
    with capture_logs() as logs:
        for text in ("price", "delivery", "hello"):
            shop.hears(text)
            shop.works()
    assert [message.text for message in incoming()] == ["price", "delivery", "hello"]
    assert not WebhookEvent.objects.exclude(state="processed").exists()
    told = [line for line in logs if line["event"] == "short_way_failed"]
    assert [(line["kind"], line["count"]) for line in told] == [("TypeError", 1)]
    assert told[0]["place"].endswith("broken")
    assert "a column was renamed" not in str({**told[0], "exc_info": None})
    assert sum(failures.counts.values()) == 3


def test_what_is_meant_for_the_careful_way_is_no_error(shop: Shop, failures: Failures) -> None:
    mid = shop.hears("price")
    shop.reads()
    shop.hears_item({"message": {"mid": mid, "is_deleted": True}})
    shop.works()
    assert not failures.counts
