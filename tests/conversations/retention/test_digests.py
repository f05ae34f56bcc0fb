"""What was deleted for its age comes once more, by whatever way: it is recognised."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from conversations import inbox, waiting
from conversations.account import identity
from conversations.models import FIRST, Account, Conversation, DeletedMessage, Message
from conversations.retention import digests
from instagram import parser
from tests.support.clock import Clock
from tests.support.graph import ACCOUNT, echo_body, envelope, text_body
from tests.support.points import at_point
from tests.support.removal import erase
from tests.support.retention import DAY, ago, asked, keep, looks, said
from tests.support.shop import Shop
from tests.support.talks import make_conversation
from webhooks.models import WebhookEvent

CUSTOMER = "870001"


def item(at: float, **content: Any) -> bytes:
    around = {"sender": {"id": CUSTOMER}, "recipient": {"id": ACCOUNT}, "timestamp": int(at * 1000)}
    return envelope(around | content)


def shop_item(at: float, **content: Any) -> bytes:
    """What was sent from our account."""
    around = {"sender": {"id": ACCOUNT}, "recipient": {"id": CUSTOMER}, "timestamp": int(at * 1000)}
    return envelope(around | content)


def picture(at: float, mid: str) -> bytes:
    attachment = {"type": "image", "payload": {"url": "https://cdn.example/1.jpg"}}
    return item(at, message={"mid": mid, "attachments": [attachment]})


def below_a_post(at: float, mid: str) -> bytes:
    value = {"id": mid, "text": "price?", "from": {"id": CUSTOMER, "username": "buyer"},
             "media": {"id": "1800"}, "timestamp": int(at)}  # fmt: skip
    entry = {"id": ACCOUNT, "time": int(at), "changes": [{"field": "comments", "value": value}]}
    return json.dumps({"object": "instagram", "entry": [entry]}).encode()


# Every kind of item that makes a message.
BODIES: dict[str, Callable[[float, str], bytes]] = {
    "a text": lambda at, mid: text_body(CUSTOMER, "price", mid, at),
    "a picture": picture,
    "a tap": lambda at, mid: item(at, postback={"mid": mid, "title": "Price", "payload": "price"}),
    "a tap without a mid": lambda at, _: item(at, postback={"title": "Price", "payload": "price"}),
    "a comment": below_a_post,
    "an echo of a person's": lambda at, mid: shop_item(
        at, message={"mid": mid, "text": "Hello!", "is_echo": True}
    ),
    "what instabot does not know": lambda at, mid: item(at, novelty={"mid": mid}),
    "a message in standby": lambda at, mid: text_body(CUSTOMER, "price", mid, at).replace(
        b'"messaging"', b'"standby"'
    ),
}


def everything() -> list[tuple[Any, ...]]:
    """All that staff can see of conversations and messages."""
    talks = Conversation.objects.order_by("pk").values_list(
        "pk", "version", "last_inbound_at", "waiting_since", "bot_paused_until", "due_at"
    )
    return [*talks, *Message.objects.order_by("pk").values_list("pk", "mid", "text", "verdict")]


@pytest.fixture
def old(shop: Shop, time_passes: Clock) -> Callable[[bytes], None]:
    """A message comes and is dealt with; forty days go by, and nothing is kept of it."""

    def comes(body: bytes) -> None:
        assert shop.receives(body) == 200
        shop.works()
        for sent in list(shop.graph.sent):
            shop.hears_echo(sent)
        shop.works()
        for talk in Conversation.objects.all():
            waiting.done(talk.pk, 2**62, timezone.now())
        time_passes(40 * DAY)
        keep(messages=30)
        looks()
        assert not Message.objects.exists()

    return comes


@pytest.mark.parametrize("also", ["alone", "in a batch", "as an event that is read once more"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_it_is_recorded_and_answered_once(
    shop: Shop, old: Callable[[bytes], None], body: Callable[[float, str], bytes], also: str
) -> None:
    posted = body(timezone.now().timestamp(), "aWdf/1=")
    old(posted)
    sent, before = len(shop.graph.sent), everything()
    if also == "as an event that is read once more":
        WebhookEvent.objects.again(timezone.now())
    elif also == "alone":
        shop.receives(posted)
    else:
        envelopes = json.loads(posted), json.loads(posted)
        both = envelopes[0] | {"entry": [one["entry"][0] for one in envelopes]}
        shop.receives(json.dumps(both).encode())
    shop.works()
    assert everything() == before
    assert len(shop.graph.sent) == sent
    event = WebhookEvent.objects.latest("pk")
    assert event.state == "processed"
    assert {one["outcome"] for one in event.outcomes} <= {"duplicate", "echo"}


def test_a_customer_who_writes_again_is_answered(shop: Shop, old: Callable[[bytes], None]) -> None:
    old(text_body(CUSTOMER, "price", "m1", timezone.now().timestamp()))
    shop.hears("price")
    shop.works()
    assert shop.texts == ["Ten euros.", "Ten euros."]
    assert Conversation.objects.count() == 1


def test_our_own_message_is_recognised_by_its_echo(
    shop: Shop, old: Callable[[bytes], None]
) -> None:
    """Else it would be a person's, and pause the bot."""
    old(text_body(CUSTOMER, "price", "m1", timezone.now().timestamp()))
    [sent] = shop.graph.sent
    for metadata in (True, False):
        shop.receives(echo_body(sent, metadata=metadata))
    shop.works()
    assert not Message.objects.exists()
    assert not Conversation.objects.exclude(bot_paused_until=None).exists()


# What is told of it afterwards.
MARKS: dict[str, tuple[dict[str, Any], str]] = {
    "unsent": ({"message": {"mid": "m1", "is_deleted": True}}, "unsent"),
    "edited": ({"message_edit": {"mid": "m1", "text": "delivery", "num_edit": 1}}, "duplicate"),
    "reacted to": (
        {"reaction": {"mid": "m1", "action": "react", "emoji": "❤"}}, "duplicate"),
    "seen": ({"read": {"mid": "m1"}}, "duplicate"),
}  # fmt: skip


@pytest.mark.parametrize(("mark", "outcome"), MARKS.values(), ids=MARKS)
def test_what_is_told_of_it_afterwards_makes_no_message(
    shop: Shop, old: Callable[[bytes], None], mark: dict[str, Any], outcome: str
) -> None:
    old(text_body(CUSTOMER, "price", "m1", timezone.now().timestamp()))
    shop.hears_item(mark)
    shop.works()
    assert not Message.objects.exists()
    assert shop.texts == ["Ten euros."]
    event = WebhookEvent.objects.latest("pk")
    assert [one["outcome"] for one in event.outcomes] == [outcome]
    assert event.outcomes[0]["reason"] == "Its message was deleted for its age."
    assert event.state == "processed"


@pytest.mark.parametrize("indexed", [True, False], ids=["indexed", "closed by an earlier version"])
@pytest.mark.parametrize("unsent_first", [True, False])
def test_what_was_unsent_stays_erased_when_it_comes_once_more(
    shop: Shop, old: Callable[[bytes], None], unsent_first: bool, indexed: bool
) -> None:
    """Its events are erased though its row is gone, and so is one that brings it back."""
    body = text_body(CUSTOMER, "price aardvark", "m1", timezone.now().timestamp())
    unsend = {"message": {"mid": "m1", "is_deleted": True}}
    if unsent_first:
        shop.receives(body)
        shop.works()
        shop.hears_item(unsend)
        old(body)
    else:
        old(body)
        assert b"aardvark" in bytes(WebhookEvent.objects.earliest("pk").body)
        if not indexed:
            WebhookEvent.objects.update(mid_hash=None)
        shop.hears_item(unsend)
    shop.works()
    shop.receives(body)
    shop.works()
    bodies = [bytes(one) for one in WebhookEvent.objects.values_list("body", flat=True)]
    assert not any(b"aardvark" in one for one in bodies)
    assert not Message.objects.exists()


def test_our_two_accounts_have_digests_of_their_own(db: None) -> None:
    """They write to each other, and both have the mid: one side may be deleted before the other."""
    ours = Account.objects.ours()
    digests.remember(ours.pk, [("m1", False)])
    assert digests.find(ours.pk, "m1")
    assert digests.find(ours.pk + 1, "m1") is None
    assert digests.find(ours.pk, "m2") is None


def test_a_digest_says_nothing_of_its_mid(db: None) -> None:
    account = Account.objects.ours().pk
    digests.remember(account, [("m1", False)])
    [digest] = DeletedMessage.objects.values_list("digest", flat=True)
    other = "0" * 64
    assert digests.digest(other, account, "m1") != digest


def test_another_secret_key_changes_nothing(db: None, settings: Settings) -> None:
    account = Account.objects.ours().pk
    digests.remember(account, [("m1", False)])
    settings.SECRET_KEY = django_settings.SECRET_KEY + "rotated"
    assert digests.find(account, "m1")


def test_it_is_remembered_twice_without_harm(db: None) -> None:
    account = Account.objects.ours().pk
    digests.remember(account, [("m1", True)])
    digests.remember(account, [("m1", False), ("m2", False)])
    found = digests.find(account, "m1")
    assert found
    assert found.was_unsent


def test_an_ordinary_message_costs_no_statement_more(shop: Shop) -> None:
    shop.hears("price")
    with CaptureQueriesContext(connection) as caught:
        shop.works()
    assert not any("deletedmessage" in one["sql"] for one in caught)
    assert not any("retention" in one["sql"] for one in caught)
    # Not even where a conversation begins, which is asked by the statement that begins it.
    asked = [one["sql"] for one in caught if "erasedcustomer" in one["sql"]]
    assert [one.split()[0] for one in asked] == ["INSERT"]


def test_where_somebody_was_erased_only_a_conversation_that_begins_costs_statements(
    shop: Shop,
) -> None:
    shop.hears("price", "870008")
    shop.works()
    erase(Conversation.objects.get())
    counts = []
    for text in ("price", "delivery"):
        shop.hears(text)
        with CaptureQueriesContext(connection) as caught:
            shop.works()
        counts.append(sum("erasedcustomer" in one["sql"] for one in caught))
    # Try to begin, ask twice, begin.
    assert counts == [4, 0]


def test_what_is_not_old_is_not_looked_up_and_what_may_be_deleted_is() -> None:
    now = timezone.now()
    assert digests.may_be_deleted(now - timedelta(days=7))
    assert digests.may_be_deleted(now - timedelta(days=6, minutes=1)), "Meta's clock is another"
    assert not digests.may_be_deleted(now - timedelta(days=2)), "a delivery of the last 36 hours"


@pytest.mark.parametrize("days", [8, 400])
def test_what_is_imported_once_more_is_recognised(
    shop: Shop, time_passes: Clock, days: int
) -> None:
    """As a poll or an import reads it from a thread: without an event of its own."""
    talk = make_conversation(CUSTOMER, last_inbound_at=ago(days))
    Conversation.objects.filter(pk=talk.pk).update(customer_id=CUSTOMER)
    row, answer = asked(talk, days), said(talk, days)
    keep(messages=7)
    looks()
    for one in (row, answer):
        body = text_body(CUSTOMER, "price", one.mid or "", one.at.timestamp())
        [found] = parser.parse(body)
        recorded = inbox.record(found, identity.accounts().first)
        assert (recorded.outcome, recorded.message) == ("duplicate", None)
    assert not Message.objects.exists()


@pytest.mark.parametrize("point", ["after it is chosen what goes", "after it is deleted"])
def test_a_delivery_at_the_moment_of_its_deletion_is_recognised(
    shop: Shop, time_passes: Clock, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """It waits for the conversation, and looks then."""
    posted = text_body(CUSTOMER, "price", "m1", timezone.now().timestamp())
    shop.receives(posted)
    shop.works()
    time_passes(40 * DAY)
    keep(messages=30)
    [item_again] = parser.parse(posted)
    account, found = identity.account(FIRST), []

    def comes_once_more() -> None:
        try:
            found.append(inbox.record(item_again, account))
        finally:
            connection.close()

    other = threading.Thread(target=comes_once_more)

    def begins() -> None:
        other.start()
        other.join(0.5)  # it waits for us, or has looked already

    at_point(monkeypatch, point, begins)
    looks()
    other.join()
    [recorded] = found
    assert (recorded.outcome, recorded.conversation) == ("duplicate", None)
    assert Message.objects.filter(origin="customer").count() <= 1
    shop.works()
    assert shop.texts == ["Ten euros."]
