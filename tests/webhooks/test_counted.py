"""What is counted of webhooks, items and turns."""

from typing import Any

import pytest
from django.db import OperationalError

from conversations import engine, inbox
from conversations.account import pause as account_pause
from tests.support.counted import Counted
from tests.support.graph import envelope, text_body
from tests.support.shop import Shop
from webhooks import views

pytestmark = pytest.mark.once


def test_each_answer_to_a_webhook_is_counted(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted()
    body = text_body("870001", "price", "m1")
    assert shop.receives(body) == 200
    assert shop.receives(body, "wrong") == 401
    shop.client.get("/webhooks/instagram")

    def away(_: bytes) -> int:
        raise OperationalError

    monkeypatch.setattr(views, "store", away)
    assert shop.receives(body) == 503
    found = {
        status: counted.of("webhooks_total", status=status) for status in ("200", "401", "503")
    }
    assert found == {"200": 1, "401": 1, "503": 1}


def test_each_item_is_counted_by_what_became_of_it(shop: Shop) -> None:
    account_pause.look_after()  # now it is known who we are
    counted = Counted()
    shop.hears("price", mid="m1")
    shop.hears("price", mid="m1")
    item = {"sender": {"id": "1"}, "recipient": {"id": "999"}, "timestamp": 1_790_000_000_000}
    told = [item | {"message": {"mid": f"m{number}", "text": "hello"}} for number in (2, 3)]
    assert shop.receives(envelope(*told, account="999")) == 200
    shop.works()
    assert counted.of("items_total", outcome="recorded") == 1
    assert counted.of("items_total", outcome="duplicate") == 1
    assert counted.of("items_total", outcome="no account") == 2
    assert counted.of("webhook_seconds_count") == 3


def test_what_breaks_is_counted(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted()

    def clumsy(*_: Any) -> Any:
        raise KeyError

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "record", clumsy)
        shop.hears("price")
        shop.reads()
    assert counted.of("items_total", outcome="failed") == 1
    monkeypatch.setattr(engine, "ask", clumsy)
    shop.hears("price")
    shop.works()
    assert counted.of("turns_total", result="failed") == 1
