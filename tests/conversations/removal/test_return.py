"""What was erased with its customer comes once more, by whatever way: nothing of it returns."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from conversations.models import Account, Conversation, HistoryImport, Message
from conversations.recovery import history, upkeep
from tests.support import remains
from tests.support.clock import Clock
from tests.support.graph import ACCOUNT
from tests.support.missed import begins, looks, loses, loses_echo
from tests.support.removal import CUSTOMER, MARKED, erase, fill
from tests.support.shop import Shop
from webhooks.models import WebhookEvent

DAY = timedelta(days=1)


@pytest.fixture
def bodies(shop: Shop, time_passes: Clock) -> list[bytes]:
    """All that Meta posted about a customer who has been erased since."""
    talk = fill(shop)
    posted = [bytes(body) for body in WebhookEvent.objects.values_list("body", flat=True)]
    time_passes(timedelta(seconds=1))
    erase(talk)
    # (What is of a kind that nobody knows says nobody knows where whose it is.)
    return [body for body in posted if b"novelty" not in body]


def writes_again(shop: Shop) -> None:
    shop.hears("delivery", CUSTOMER, "aWdfNEW")
    shop.works()


def nothing(_: Shop) -> None:
    """The customer stays away."""


@pytest.mark.parametrize("then", [nothing, writes_again])
@pytest.mark.parametrize("days", [0, 8])
def test_whatever_meta_delivers_once_more_is_not_taken_in(
    shop: Shop,
    bodies: list[bytes],
    time_passes: Clock,
    days: int,
    then: Callable[[Shop], None],
) -> None:
    then(shop)
    time_passes(days * DAY)
    talks, said = Conversation.objects.count(), Message.objects.count()
    for body in bodies:
        assert shop.receives(body) == 200
    shop.works()
    WebhookEvent.objects.again(timezone.now())  # and as staff may press
    shop.works()
    assert (Conversation.objects.count(), Message.objects.count()) == (talks, said)
    left = set(MARKED) - ({CUSTOMER} if then is writes_again else set())
    assert list(remains.places(left)) == []
    assert not WebhookEvent.objects.filter(state=WebhookEvent.State.FAILED).exists()


MARKS: dict[str, dict[str, Any]] = {
    "an edit": {"message_edit": {"mid": "aWdfPANGOLIN1", "text": "zanzibar", "num_edit": 2}},
    "an unsend": {"message": {"mid": "aWdfPANGOLIN1", "is_deleted": True}},
    "a reaction": {"reaction": {"mid": "aWdfPANGOLIN1", "action": "react", "emoji": "❤"}},
    "that it was read": {"read": {"mid": "aWdfPANGOLIN1"}},
}


@pytest.mark.once
@pytest.mark.parametrize("mark", MARKS.values(), ids=MARKS)
def test_what_is_told_later_of_an_erased_message_makes_none(
    shop: Shop, bodies: list[bytes], time_passes: Clock, mark: dict[str, Any]
) -> None:
    time_passes(timedelta(hours=1))
    shop.hears_item(mark, CUSTOMER)
    shop.works()
    assert not Conversation.objects.filter(customer_id=CUSTOMER).exists()
    assert list(remains.places(["zanzibar"])) == []


def test_a_message_that_was_written_after_the_erasure_begins_a_new_conversation(
    shop: Shop, bodies: list[bytes]
) -> None:
    writes_again(shop)
    talk = Conversation.objects.get(customer_id=CUSTOMER)
    assert (talk.name, talk.username, talk.labels.count()) == ("", "", 0)
    assert [one.text for one in talk.messages.order_by("pk")] == ["delivery", "Two days."]


def test_a_look_at_instagrams_threads_finds_nothing_of_it(shop: Shop, time_passes: Clock) -> None:
    begins(time_passes)
    loses(shop, "quagga, lost", CUSTOMER)
    loses_echo(shop, "zanzibar!", CUSTOMER)
    talk = fill(shop)
    time_passes(timedelta(minutes=1))
    erase(talk)
    writes_again(shop)
    looks(time_passes)
    assert list(remains.places(set(MARKED) - {CUSTOMER})) == []
    assert Message.objects.filter(conversation__customer_id=CUSTOMER).count() == 2


def test_an_import_of_the_history_finds_nothing_of_it(shop: Shop, time_passes: Clock) -> None:
    begins(time_passes)
    loses(shop, "quagga, from before our time", CUSTOMER)
    talk = fill(shop)
    time_passes(timedelta(minutes=5))
    erase(talk)
    history.want(Account.objects.ours().pk, "olga")
    for _ in range(20):
        upkeep.look()
    assert HistoryImport.objects.get().is_over
    assert Message.objects.filter(conversation__customer_id="870002").exists()
    assert list(remains.places(MARKED)) == []


def test_whoever_has_the_same_id_at_another_account_is_somebody_else(
    shop: Shop, second: Account
) -> None:
    talk = fill(shop)
    item = {"sender": {"id": CUSTOMER}, "recipient": {"id": second.instagram_id},
            "timestamp": int(timezone.now().timestamp() * 1000),
            "message": {"mid": "aWdfTHEIRS", "text": "price of the heron"}}  # fmt: skip
    entry = {"id": second.instagram_id, "time": 1, "messaging": [item]}
    shop.receives(json.dumps({"object": "instagram", "entry": [entry]}).encode())
    shop.works()
    assert second.instagram_id != ACCOUNT
    erase(talk)
    assert Conversation.objects.get(customer_id=CUSTOMER).account == second
    assert b"heron" in bytes(WebhookEvent.objects.latest("pk").body)
