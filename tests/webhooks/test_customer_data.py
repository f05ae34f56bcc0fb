"""What an event tells of one customer, of the many that it may tell of."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from conversations.account import identity
from conversations.customer_data.colleagues import Colleagues
from conversations.models import PRIVATE_REPLY, Account, Conversation
from instagram import parser
from instagram.events import Broken
from tests.support.graph import ACCOUNT
from tests.support.removal import answer_below
from tests.support.talks import ask, make_conversation, say
from webhooks import customer_data
from webhooks.models import WebhookEvent

pytestmark = pytest.mark.django_db
PAYLOADS = Path(__file__).parents[1] / "payloads"
NOBODY = Colleagues([], {})


def tell(body: bytes, talk: Conversation) -> dict[str, Any] | None:
    event = WebhookEvent(pk=1, body=body, received_at=timezone.now())
    return customer_data.tell(event, talk, NOBODY)


def customer(name: str) -> Conversation:
    talk, _ = Conversation.objects.get_or_create(
        account=Account.objects.ours(), customer_id=name
    )  # fmt: skip
    return talk


def items(body: bytes) -> set[tuple[str, str, str]]:
    """Of each item: of whom it is, what it is, and its text."""
    try:
        found = [item for item in parser.parse(body) if not isinstance(item, Broken)]
    except parser.UnreadableError:
        return set()
    return {(item.customer, type(item).__name__, getattr(item, "text", "")) for item in found}


@pytest.mark.once
def test_each_kind_of_item_is_told_to_its_customer_alone() -> None:
    account, nobody, told = Account.objects.ours(), customer("nobody-else"), 0
    for path in sorted(PAYLOADS.glob("*.json")):
        body = path.read_bytes()
        named = {item.account for item in parser.parse(body) if not isinstance(item, Broken)}
        Account.objects.filter(pk=account.pk).update(instagram_id=max(named, default=""))
        identity.forget()
        assert tell(body, nobody) is None, path.stem
        told += sum(is_told(body, name, named) for name in {one[0] for one in items(body)} - {""})
    assert told > 50


def is_told(body: bytes, name: str, accounts: set[str]) -> bool:
    """See that somebody is told what is theirs alone; False: it is another account's."""
    found = tell(body, Conversation.objects.select_related("account").get(pk=customer(name).pk))
    if found is None:
        assert len(accounts) > 1
        return False
    own = items(json.dumps({"object": found["object"], "entry": found["entry"]}).encode())
    assert {one[0] for one in own} == {name}
    assert len(accounts) > 1 or own == {one for one in items(body) if one[0] == name}
    return True


def test_whoever_writes_somebodys_id_does_not_become_them() -> None:
    said = {"sender": {"id": "870002"}, "recipient": {"id": ACCOUNT}, "timestamp": 1}
    message = {"message": {"mid": "m1", "text": "870001"}}
    body = json.dumps({"entry": [{"id": ACCOUNT, "messaging": [said | message]}]}).encode()
    WebhookEvent.objects.create(body=body)
    maria = customer("870001")
    assert customer_data.events_of(maria).count() == 1  # it seems to be hers
    assert tell(body, maria) is None
    assert tell(body, customer("870002"))


def test_the_echo_of_a_private_reply_is_the_commenters_though_it_names_another_id() -> None:
    maria = make_conversation("maria")
    say(maria, "Hello", kind=PRIVATE_REPLY, mid="reply-1")
    echo = {
        "sender": {"id": ACCOUNT}, "recipient": {"id": "99"}, "timestamp": 1,
        "message": {"mid": "reply-1", "is_echo": True, "text": "Hello"},
    }  # fmt: skip
    body = json.dumps({"entry": [{"id": ACCOUNT, "messaging": [echo]}]}).encode()
    told = tell(body, maria)
    assert told
    assert told["entry"][0]["messaging"] == [echo]
    assert tell(body, make_conversation("peter")) is None


def test_what_the_shop_wrote_below_a_comment_is_the_commenters() -> None:
    maria, peter = make_conversation("maria"), make_conversation("peter")
    ask(maria, "How much?", kind="comment", mid="comment:1790")
    body = answer_below("1790", timezone.now().timestamp())
    WebhookEvent.objects.create(body=body)
    assert customer_data.events_of(maria).count() == 1
    assert customer_data.events_of(peter).count() == 0
    assert tell(body, maria)
    assert tell(body, peter) is None


@pytest.mark.parametrize("body", [b"{not json 870001", b'{"x": "870001"}', b"[" * 5000])
def test_what_nobody_can_read_is_named_and_not_given(body: bytes) -> None:
    told = tell(body, customer("870001"))
    assert told
    assert told["left_out"] == customer_data.UNREADABLE
    assert "870001" not in str(told)


@pytest.mark.once
@pytest.mark.parametrize("place", ["changes", "novelty"])
def test_what_names_nobody_is_told_to_whoevers_id_stands_in_it(place: str) -> None:
    account, talk, other = Account.objects.ours(), customer("870001"), customer("870002")
    Account.objects.filter(pk=account.pk).update(instagram_id=ACCOUNT)
    identity.forget()
    theirs = {"field": "mentions", "value": {"from": {"id": "870001"}, "text": "mine"}}
    others = {"field": "mentions", "value": {"from": {"id": "870002"}, "text": "another's"}}
    body = json.dumps(
        {"object": "instagram", "entry": [{"id": ACCOUNT, "time": 1, place: [theirs, others]}]}
    ).encode()
    told = tell(body, talk)
    assert told is not None
    assert told["entry"] == [{"id": ACCOUNT, "time": 1, place: [theirs]}]
    assert "mine" not in json.dumps(tell(body, other), default=str)
    assert tell(body, customer("870003")) is None
