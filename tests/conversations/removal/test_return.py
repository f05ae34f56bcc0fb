"""What was erased with its customer comes once more, by whatever way: nothing of it returns."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from conversations.models import Account, Conversation, HistoryImport, Message
from conversations.recovery import history, upkeep
from conversations.removal import request, work
from tests.support import remains
from tests.support.clock import Clock
from tests.support.graph import ACCOUNT, envelope
from tests.support.missed import begins, looks, loses, loses_echo
from tests.support.removal import CUSTOMER, MARKED, OTHER, changed, comment, erase, fill, item
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
    return posted


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
    assert list(remains.places(MARKED)) == []


@pytest.mark.parametrize("then", [nothing, writes_again])
def test_a_comment_is_known_by_its_id_since_meta_gives_it_no_time(
    shop: Shop, bodies: list[bytes], time_passes: Clock, then: Callable[[Shop], None]
) -> None:
    then(shop)
    time_passes(timedelta(hours=1))  # longer than the clocks may differ
    said, sent = Message.objects.count(), len(shop.graph.sent)
    shop.receives(comment(timezone.now().timestamp()))
    shop.works()
    assert (Message.objects.count(), len(shop.graph.sent)) == (said, sent)
    assert list(remains.places(["zanzibar", "olenka", "pangolin"])) == []


@pytest.mark.once
def test_a_comment_that_comes_while_its_writer_is_being_erased_begins_nothing(
    shop: Shop, time_passes: Clock
) -> None:
    asked = request.begin(fill(shop).pk, "olga")
    time_passes(timedelta(hours=1))
    shop.receives(comment(timezone.now().timestamp()))
    shop.works()
    assert not Conversation.objects.filter(customer_id=CUSTOMER).exists()
    assert asked is not None
    assert work.go_on(asked.pk, timedelta(seconds=30))
    assert list(remains.places(MARKED)) == []


KNOWN: dict[str, dict[str, Any]] = {
    "a message": {"message": {"mid": "aWdfPANGOLIN2", "text": "zanzibar delivery"}},
    "a tap": {"postback": {"mid": "aWdfPANGOLIN1", "title": "zanzibar", "payload": "X"}},
    "an edit": {"message_edit": {"mid": "aWdfPANGOLIN2", "text": "zanzibar", "num_edit": 5}},
}


@pytest.mark.once
@pytest.mark.parametrize("time", ["of now", "none"])
@pytest.mark.parametrize("said", KNOWN.values(), ids=KNOWN)
def test_what_has_the_id_of_an_erased_message_is_not_taken_in_whatever_its_time(
    shop: Shop, bodies: list[bytes], time_passes: Clock, said: dict[str, Any], time: str
) -> None:
    time_passes(timedelta(hours=1))
    told = item(CUSTOMER, timezone.now().timestamp(), **said)
    if time == "none":
        del told["timestamp"]
    shop.receives(json.dumps({"object": "instagram", "entry": [
        {"id": ACCOUNT, "messaging": [told]}]}).encode())  # fmt: skip
    shop.works()
    assert list(remains.places(MARKED)) == []


def of_before(at: float) -> dict[str, bytes]:
    """What was told before the erasure, and comes for the first time after it."""
    mention = {"media_id": "17918", "comment_id": "1790", "text": "zanzibar",
               "from": {"id": CUSTOMER, "username": "olenka"}}  # fmt: skip
    said = item(CUSTOMER, at, message={"mid": "aWdfPANGOLIN2", "text": "zanzibar delivery"})
    whole = envelope(said)
    return {
        "a mention": changed(at, mention, field="mentions"),
        "a message as a change": changed(at, said, field="messages"),
        "another product's": whole.replace(b'"instagram"', b'"page"'),
        "a message that is broken": envelope(
            item(CUSTOMER, at, message={"mid": {"a": "zanzibar"}})),
        "a body that is cut off": whole[: whole.index(b"delivery")],
        "a list of people": changed(at, {"of": [CUSTOMER], "by": "olenka"}, field="groups"),
        "a reaction": envelope(item(CUSTOMER, at, reaction={
            "mid": "aWdfPANGOLIN8", "action": "react", "reaction": "zanzibar", "emoji": "❤"})),
        "that it was read": envelope(item(CUSTOMER, at, read={"mid": "aWdfPANGOLIN8"})),
    }  # fmt: skip


@pytest.mark.parametrize("kind", of_before(0))
def test_nothing_of_before_is_kept_in_an_event_of_whatever_kind(
    shop: Shop, bodies: list[bytes], time_passes: Clock, kind: str
) -> None:
    at = timezone.now().timestamp() - 60
    time_passes(timedelta(hours=1))
    body = of_before(at)[kind]
    assert any(mark.encode() in body.lower() for mark in MARKED)
    shop.receives(body)
    shop.works()
    assert list(remains.places(MARKED)) == []


@pytest.mark.once
def test_what_nobody_can_read_stays_where_it_is_of_somebody_else_or_of_afterwards(
    shop: Shop, bodies: list[bytes], time_passes: Clock
) -> None:
    time_passes(timedelta(hours=1))
    now = timezone.now().timestamp()
    for customer, word in ((CUSTOMER, "finch"), (OTHER, "heron")):
        said = item(customer, now, message={"mid": "aWdfX", "text": word})
        shop.receives(changed(now, said, field="messages")[:-4])
    shop.works()
    left = "".join(
        bytes(one).decode() for one in WebhookEvent.objects.values_list("body", flat=True)
    )
    assert "finch" in left
    assert "heron" in left


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
