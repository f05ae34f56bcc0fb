"""What raw events say of an erased customer goes, wherever it stands; what is others' stays."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from conversations.models import PRIVATE_REPLY, Account, Conversation, Message, Origin, State
from conversations.removal import request
from instagram import removal
from tests.support import remains
from tests.support.clock import Clock
from tests.support.graph import ACCOUNT, envelope
from tests.support.removal import (
    COMMENT,
    CUSTOMER,
    MARKED,
    OTHER,
    answer_below,
    changed,
    erase,
    fill,
    item,
)
from tests.support.shop import Shop
from webhooks import customers
from webhooks.mids import hash_of
from webhooks.models import EventMid, WebhookEvent

SECOND = timedelta(seconds=1)


def last_body() -> bytes:
    return bytes(WebhookEvent.objects.latest("pk").body)


def test_only_events_that_are_kept_are_looked_through_not_the_years_before_them(shop: Shop) -> None:
    asked = request.begin(fill(shop).pk, "olga")
    assert asked is not None
    WebhookEvent.objects.all().delete()  # for their age
    for pk in (10**9, 10**9 + 1):
        WebhookEvent.objects.create(pk=pk, body=b"{}", received_at=timezone.now())
    bite, bites = customers.bite(asked, None), 1
    while bite.place is not None:
        bite, bites = customers.bite(asked, bite.place), bites + 1
    assert bites == 1


def test_what_metas_clock_dates_after_the_erasure_goes_when_it_came_before_it(shop: Shop) -> None:
    ahead = timezone.now().timestamp() + 60
    said = {"mid": "aWdfPANGOLIN1", "text": "quagga price?"}
    shop.receives(envelope(item(CUSTOMER, ahead, message=said)))
    shop.works()
    erase(Conversation.objects.get(customer_id=CUSTOMER))
    assert list(remains.places(MARKED)) == []


def test_the_echo_of_a_private_reply_that_names_another_id_begins_nothing_when_it_comes_again(
    shop: Shop, time_passes: Clock
) -> None:
    talk, now = fill(shop), timezone.now()
    Message.objects.create(
        conversation=talk, kind=PRIVATE_REPLY, mid="aWdfPRIVATE", text="zanzibar, privately",
        origin=Origin.BOT, state=State.SENT, at=now,
    )  # fmt: skip
    said = {"mid": "aWdfPRIVATE", "is_echo": True, "text": "zanzibar, privately"}
    echo = item(ACCOUNT, now.timestamp(), message=said) | {"recipient": {"id": "999000111"}}
    shop.receives(envelope(echo))
    shop.works()
    time_passes(SECOND)
    erase(talk)
    time_passes(timedelta(minutes=5))
    shop.receives(envelope(echo))
    shop.works()
    assert list(remains.places(MARKED)) == []
    assert not Conversation.objects.filter(customer_id="999000111").exists()


@pytest.mark.parametrize("is_known", [True, False], ids=["of ours", "not connected yet"])
def test_what_another_accounts_customer_with_the_same_id_said_in_the_same_event_stays(
    shop: Shop, second: Account, time_passes: Clock, *, is_known: bool
) -> None:
    talk, at = fill(shop), timezone.now().timestamp()
    time_passes(SECOND)
    erase(talk)
    account = second.instagram_id if is_known else "555777"
    theirs = item(CUSTOMER, at - 1, message={"mid": "aWdfTHEIRS", "text": "price of the heron"})
    mine = item(CUSTOMER, at, message={"mid": "aWdfLATE", "text": "zanzibar"})
    batch = [entry(ACCOUNT, mine), entry(account, theirs | {"recipient": {"id": account}})]
    shop.receives(json.dumps({"object": "instagram", "entry": batch}).encode())
    shop.works()
    assert b"heron" in last_body()
    assert b"zanzibar" not in last_body()
    outcomes = [one["outcome"] for one in WebhookEvent.objects.latest("pk").outcomes]
    assert outcomes == ["erased", "recorded" if is_known else "no account"]


def entry(account: str, said: dict[str, Any]) -> dict[str, Any]:
    return {"id": account, "time": 1, "messaging": [said]}


def test_what_the_shop_wrote_below_their_comment_goes(shop: Shop) -> None:
    talk, now = fill(shop), timezone.now().timestamp()
    shop.receives(answer_below(COMMENT, now))
    shop.works()
    assert b"olenka" in last_body()
    erase(talk)
    assert list(remains.places(MARKED)) == []


def test_what_the_shop_wrote_below_their_comment_goes_when_it_comes_later(
    shop: Shop, time_passes: Clock
) -> None:
    erase(fill(shop))
    time_passes(timedelta(hours=1))
    shop.receives(answer_below(COMMENT, timezone.now().timestamp()))
    shop.works()
    assert list(remains.places(MARKED)) == []


def test_comments_of_others_and_below_those_of_others_stay(shop: Shop) -> None:
    talk, now = fill(shop), timezone.now().timestamp()
    bodies = [answer_below(COMMENT, now, by=OTHER), answer_below("1790HERON", now)]
    for body in bodies:
        shop.receives(body)
    shop.works()
    erase(talk)
    kept = [
        bytes(body) for body in WebhookEvent.objects.order_by("pk").values_list("body", flat=True)
    ]
    assert [body for body in kept if b"olenka" in body] == bodies


def test_no_unkeyed_hash_of_an_erased_message_stays_and_those_of_others_do(
    shop: Shop, time_passes: Clock
) -> None:
    talk = fill(shop)
    posted = [bytes(body) for body in WebhookEvent.objects.values_list("body", flat=True)]
    time_passes(SECOND)
    erase(talk)
    theirs = {hash_of(mid) for mid in THEIRS}
    assert not theirs & hashes()
    assert hash_of("aWdfOTHER2") in hashes()
    for body in posted:
        shop.receives(body)
    shop.works()
    assert not theirs & hashes(), "nor when it came once more"
    mixed = WebhookEvent.objects.about([hash_of("aWdfOTHER2")])
    assert len(mixed) == 2


THEIRS = ("aWdfPANGOLIN1", "aWdfPANGOLIN2", "aWdfPANGOLIN3", f"comment:{COMMENT}")


def hashes() -> set[int | None]:
    beside = EventMid.objects.values_list("mid_hash", flat=True)
    return {*beside, *WebhookEvent.objects.values_list("mid_hash", flat=True)}


def test_whoever_never_had_a_conversation_is_erased_from_the_events_that_tell_of_them(
    shop: Shop,
) -> None:
    shop.hears("hello", OTHER)
    mention = {"media_id": "17918", "from": {"id": CUSTOMER, "username": "olenka"}}
    shop.receives(changed(timezone.now().timestamp(), mention, field="mentions"))
    cut = envelope(item(CUSTOMER, 1, message={"mid": "aWdfX", "text": "zanzibar"}))[:-9]
    shop.receives(cut)
    shop.works()
    with pytest.raises(CommandError, match="no customer"):
        call_command("erase_customer", "870009777", "--yes")
    call_command("erase_customer", CUSTOMER, "--yes")
    assert list(remains.places(MARKED)) == []
    assert Conversation.objects.get().customer_id == OTHER


@pytest.mark.no_database
def test_every_id_that_stands_in_a_body_is_found_wherever_it_stands() -> None:
    said = {"a": ["1234"], "5678": {"b": 91011}, "text": "1213", "from_id": "maria"}
    assert removal.ids_of(json.dumps(said).encode()) == {"1234", "5678", "91011", "maria"}
    cut = b'{"time":1700000000,"sender":{"id":"870009123"},"text":"my num'
    assert "870009123" in removal.ids_of(cut)
    assert removal.earliest_in(cut) == datetime.fromtimestamp(1700000000, UTC)
    assert removal.earliest_in(b'{"sender":{"id":"8700') is None
