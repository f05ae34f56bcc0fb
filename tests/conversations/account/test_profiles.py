"""What customers are called: asked off the way of a message, and never in its way."""

from datetime import timedelta

import pytest
from django.utils import timezone

from conversations.account import profiles
from conversations.models import Account, Conversation
from tests.support.clock import Clock
from tests.support.graph import HTML_502, error
from tests.support.shop import Shop
from workqueue.snapshot import Snapshot

IRYNA = {"name": "Iryna K", "username": "iryna_k", "profile_pic": "https://cdn.example/1.jpg"}


def asked(shop: Shop) -> int:
    return sum("?fields=name" in call for call in shop.graph.calls)


def customer(shop: Shop) -> Conversation:
    shop.hears("price", customer="870001", at=timezone.now().timestamp())
    shop.works()
    return Conversation.objects.get()


def test_a_customer_gets_name_username_and_picture(shop: Shop) -> None:
    shop.graph.profiles["870001"] = IRYNA
    customer(shop)
    assert asked(shop) == 0  # not on the way of the answer
    profiles.refresh()
    found = Conversation.objects.get()
    assert (found.name, found.username) == ("Iryna K", "iryna_k")
    assert found.picture_url == "https://cdn.example/1.jpg"
    profiles.refresh()
    assert asked(shop) == 1


@pytest.mark.parametrize(
    "answer", [error(230), error(9010), error(200), error(100, 33), {"name": None}]
)
def test_a_profile_that_meta_does_not_give_leaves_a_nameless_customer(
    shop: Shop, answer: object
) -> None:
    shop.graph.profiles["870001"] = answer  # type: ignore[assignment]  # any answer
    talk = customer(shop)
    for _ in range(3):
        profiles.refresh()
    assert asked(shop) == 1
    assert str(Conversation.objects.get(pk=talk.pk)) == "Instagram user …0001"


def test_without_the_right_to_the_picture_the_name_is_asked_for_alone(shop: Shop) -> None:
    shop.graph.profiles["870001"] = error(100, text="(#100) Tried accessing nonexisting field")
    customer(shop)
    profiles.refresh()
    assert shop.graph.calls[-2].endswith("?fields=name,username,profile_pic")
    assert shop.graph.calls[-1].endswith("?fields=name,username")


def test_a_failure_that_may_pass_is_tried_again_when_the_customer_writes_again(
    shop: Shop, time_passes: Clock
) -> None:
    shop.graph.profiles["870001"] = HTML_502
    customer(shop)
    profiles.refresh()
    profiles.refresh()
    assert asked(shop) == 1
    shop.graph.profiles["870001"] = IRYNA
    time_passes(timedelta(minutes=11))
    profiles.refresh()
    assert Conversation.objects.get().name == "Iryna K"


def test_a_stale_profile_is_fetched_again_when_the_customer_writes(
    shop: Shop, time_passes: Clock
) -> None:
    shop.graph.profiles["870001"] = IRYNA
    customer(shop)
    profiles.refresh()
    time_passes(timedelta(days=2))
    profiles.refresh()
    assert asked(shop) == 1  # silent customers are left alone
    shop.graph.profiles["870001"] = IRYNA | {"name": "Iryna Kovalenko", "profile_pic": None}
    customer(shop)
    profiles.refresh()
    found = Conversation.objects.get()
    assert (found.name, found.picture_url) == ("Iryna Kovalenko", "")


def test_while_the_account_rests_nobody_is_asked(shop: Shop) -> None:
    talk = customer(shop)
    Account.objects.update(paused_until=talk.created_at + timedelta(hours=1))
    Snapshot.forget_everything()
    profiles.refresh()
    assert asked(shop) == 0


def test_a_comment_is_no_consent(shop: Shop) -> None:
    Conversation.objects.create(account=Account.objects.ours(), customer_id="870002")
    profiles.refresh()
    assert asked(shop) == 0
