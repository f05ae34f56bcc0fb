"""Many items in one POST: several accounts, mixed kinds, any order, and one that is poison."""

import json
import random
import time
from typing import Any

import pytest

from conversations import inbox
from conversations.account import pause as account_pause
from conversations.models import Conversation, Message, Origin, Verdict
from tests.payloads import payload
from tests.support.graph import ACCOUNT, envelope, error
from tests.support.shop import Shop, incoming
from webhooks.models import WebhookEvent


def message(number: int, text: str = "price", customer: int = 0) -> dict[str, Any]:
    return {
        "sender": {"id": str(870_000 + (customer or number))},
        "recipient": {"id": ACCOUNT},
        "timestamp": int(time.time() * 1000) + number,
        "message": {"mid": f"aWdf{number}", "text": text},
    }


def outcomes() -> list[str]:
    return [item["outcome"] for item in WebhookEvent.objects.latest("pk").outcomes]


def test_one_poison_item_and_five_good(shop: Shop) -> None:
    poison = {**message(6), "message": "not an object"}
    shop.receives(envelope(message(1), message(2), poison, message(3), message(4), message(5)))
    shop.works()
    assert shop.texts == ["Ten euros."] * 5
    event = WebhookEvent.objects.get()
    assert event.state == "failed"
    assert [item["outcome"] for item in event.outcomes].count("failed") == 1
    assert "couldn't be read" in event.reason


def test_an_item_that_no_database_takes_stops_no_other(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = inbox.record

    def poisoned(item: Any, account: Any) -> Any:
        if getattr(item, "mid", "") == "aWdf3":
            raise ValueError
        return record(item, account)

    monkeypatch.setattr(inbox, "record", poisoned)
    shop.receives(envelope(*[message(number) for number in range(1, 7)]))
    WebhookEvent.objects.update(tries=4)  # its last try
    shop.works()
    assert shop.texts == ["Ten euros."] * 5
    assert outcomes().count("failed") == 1


def test_a_thousand_items_of_two_accounts_in_any_order(shop: Shop) -> None:
    account_pause.look_after()
    items: list[dict[str, Any]] = [
        message(number, customer=1 + number % 40) for number in range(900)
    ]
    items += [
        {**message(number), "reaction": {"mid": f"aWdf{number}", "action": "react", "emoji": "❤"}}
        for number in range(90)
    ]
    for one in items[900:]:
        del one["message"]
    random.Random(1).shuffle(items)
    strangers = [message(number) for number in range(5000, 5010)]
    entries = [
        {"id": ACCOUNT, "time": 1, "messaging": items[:500]},
        {"id": "17841499999999999", "time": 1, "messaging": strangers},
        {"id": ACCOUNT, "time": 1, "messaging": items[500:]},
    ]
    shop.receives(json.dumps({"object": "instagram", "entry": entries}).encode())
    shop.reads()
    assert Message.objects.filter(origin=Origin.CUSTOMER).count() == 900
    assert Conversation.objects.count() == 40
    found = outcomes()
    assert len(found) == 1000
    assert found.count("recorded") == 900
    assert found.count("no account") == 10
    assert found.count("marked") + found.count("early") == 90


def test_items_of_another_account_say_so(shop: Shop) -> None:
    account_pause.look_after()
    shop.receives(payload("batch_of_accounts"))
    shop.works()
    assert outcomes() == ["no account", "recorded", "recorded", "marked"]
    reason = WebhookEvent.objects.get().outcomes[0]["reason"]
    assert reason == "This event is for another account ('17841499999999999')."
    assert [row.mid for row in incoming()] == ["aWdfbatch2", "aWdfbatch3"]


def test_standby_is_kept_until_control_returns(shop: Shop) -> None:
    shop.receives(payload("standby"))
    shop.works()
    assert incoming()[0].verdict == Verdict.STANDBY
    assert Conversation.objects.get().other_app_at is not None
    passed = {
        "sender": {"id": "870000000000001"},
        "recipient": {"id": ACCOUNT},
        "timestamp": int(time.time() * 1000),
        "pass_thread_control": {"new_owner_app_id": "1"},
    }
    shop.receives(envelope(passed))
    shop.works()
    assert Conversation.objects.get().other_app_at is None
    shop.hears("price", customer="870000000000001")
    shop.works()
    assert shop.texts == ["Ten euros."]


def test_a_message_of_our_own_shows_that_control_returned(shop: Shop) -> None:
    shop.receives(payload("standby"))
    shop.works()
    shop.hears("price", customer="870000000000001")
    shop.works()
    assert shop.texts == ["Ten euros."]
    assert Conversation.objects.get().other_app_at is None


def test_what_is_queued_when_another_app_takes_over_does_not_leave(shop: Shop) -> None:
    shop.graph.always = error(190)
    shop.hears("price", customer="870000000000001", at=time.time() - 60)
    shop.works()
    shop.receives(payload("standby").replace(b"aWdfstandby", b"aWdflater"))
    shop.works()
    shop.graph.always = None
    account_pause.look_after()
    shop.works()
    assert shop.texts == []
    assert Message.objects.get(origin=Origin.BOT).error == (
        "Another app handles this conversation."
    )
