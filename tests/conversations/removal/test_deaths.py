"""Somebody is erased while others are at it, and whoever erases is killed."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation, CustomerErasure, Message
from conversations.removal import request, work
from conversations.retention import digests
from tests.support import remains
from tests.support.clock import Clock
from tests.support.graph import Sent
from tests.support.points import REMOVAL, KilledError, at_point, dies
from tests.support.removal import CUSTOMER, MARKED, erase, fill
from tests.support.shop import Shop
from tests.support.talks import ALL

MOMENT = timedelta(seconds=0.1)


def begin(shop: Shop) -> CustomerErasure:
    erasure = request.begin(Conversation.objects.get(customer_id=CUSTOMER).pk, "olga")
    assert erasure is not None
    return erasure


@pytest.mark.parametrize("point", REMOVAL)
def test_whoever_is_killed_while_erasing_leaves_it_to_the_next_one(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, time_passes: Clock, point: str
) -> None:
    talk = fill(shop)
    at_point(monkeypatch, point, dies)
    with pytest.raises(KilledError):
        erase(talk)
    time_passes(settings.LEASE + timedelta(seconds=1))
    if point == "before it is begun":
        assert Conversation.objects.filter(customer_id=CUSTOMER).exists(), "nothing has happened"
        erase(talk)
    work.look()
    receipt = CustomerErasure.objects.get()
    assert receipt.done_at is not None
    assert (receipt.counts["messages"], receipt.counts["customers"]) == (5, 1), "each counts once"
    shop.works()
    assert list(remains.places(MARKED)) == []


def sends_while_erased(shop: Shop, monkeypatch: pytest.MonkeyPatch, admin: Client) -> Sent:
    """A message goes out, and before its outcome is written its customer is erased."""

    def erased() -> None:
        erasure = begin(shop)
        assert not work.go_on(erasure.pk, MOMENT), "it waits for what is being sent"
        assert Message.objects.filter(text="Ten euros.").exists()
        assert "870009123" not in admin.get(ALL).content.decode()
        assert len(admin.get(ALL).context["cl"].result_list) == 0, "gone from the list at once"

    at_point(monkeypatch, "after the answer of Meta", erased)
    shop.hears("quagga price?", CUSTOMER, "aWdfPANGOLIN1")
    shop.works()
    [sent] = shop.graph.sent
    return sent


@pytest.mark.parametrize("metadata", [True, False])
def test_a_message_that_is_being_sent_is_waited_for_and_its_echo_brings_nothing_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, admin_client: Client, metadata: bool
) -> None:
    sent = sends_while_erased(shop, monkeypatch, admin_client)
    work.look()
    assert CustomerErasure.objects.under_way().count() == 0
    sent.at = timezone.now().timestamp() + 1  # by Meta's clock it was sent after the erasure
    shop.hears_echo(sent, metadata=metadata)
    shop.works()
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()
    assert list(remains.places(MARKED)) == []


@pytest.mark.parametrize("metadata", [True, False])
def test_an_echo_that_comes_before_the_rest_is_erased_begins_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, admin_client: Client, metadata: bool
) -> None:
    sent = sends_while_erased(shop, monkeypatch, admin_client)
    sent.at = timezone.now().timestamp() + 1
    shop.hears_echo(sent, metadata=metadata)
    shop.works()
    assert Conversation.objects.count() == 1, "the one that is going"
    work.look()
    assert list(remains.places(MARKED)) == []


@pytest.mark.parametrize("metadata", [True, False])
def test_what_a_worker_held_that_died_is_erased_when_its_lease_is_over(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, time_passes: Clock, *, metadata: bool
) -> None:
    at_point(monkeypatch, "after the answer of Meta", dies)
    shop.hears("quagga price?", CUSTOMER, "aWdfPANGOLIN1")
    with pytest.raises(KilledError):
        shop.works()
    erasure = begin(shop)
    assert not work.go_on(erasure.pk, MOMENT)
    time_passes(settings.LEASE + timedelta(seconds=1))
    work.look()
    assert not Conversation.objects.exists()
    sent = shop.graph.sent[0]
    sent.at = erasure.wanted_at.timestamp() + 1  # by Meta's clock
    shop.hears_echo(sent, metadata=metadata)
    shop.works()
    assert not Conversation.objects.exists(), "who it was is known until no echo can come"
    time_passes(digests.CLOCKS_DIFFER)
    work.look()
    erasure.refresh_from_db()
    assert erasure.done_at is not None
    assert list(remains.places(MARKED)) == []


def test_no_answer_goes_out_any_more_that_was_not_on_its_way(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_point(monkeypatch, "before the verdict is written", lambda: begin(shop))
    shop.hears("price", CUSTOMER)
    shop.hears("delivery", CUSTOMER)
    shop.works()
    assert shop.texts == []
    work.look()
    assert not Conversation.objects.exists()


def test_what_is_written_in_between_begins_a_conversation_of_its_own_and_is_answered(
    shop: Shop,
) -> None:
    shop.hears("quagga price?", CUSTOMER, "aWdfPANGOLIN1")
    shop.works()
    begin(shop)
    shop.hears("delivery", CUSTOMER)
    shop.works()
    assert shop.texts == ["Ten euros.", "Two days."]
    work.look()
    assert [one.text for one in Message.objects.order_by("pk")] == ["delivery", "Two days."]
    assert Conversation.objects.get().customer_id == CUSTOMER
