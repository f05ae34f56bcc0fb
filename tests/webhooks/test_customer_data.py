"""What an event tells of one customer, of the many that it may tell of."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from conversations.customer_data.colleagues import Colleagues
from conversations.models import PRIVATE_REPLY, Account, Conversation
from instagram import parser
from instagram.events import Broken
from tests.support.graph import ACCOUNT
from tests.support.talks import make_conversation, say
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
@pytest.mark.parametrize("path", sorted(PAYLOADS.glob("*.json")), ids=lambda path: path.stem)
def test_each_kind_of_item_is_told_to_its_customer_alone(path: Path) -> None:
    body = path.read_bytes()
    account = Account.objects.ours()
    named = {item.account for item in parser.parse(body) if not isinstance(item, Broken)}
    Account.objects.filter(pk=account.pk).update(instagram_id=max(named, default=""))
    assert tell(body, customer("nobody-else")) is None
    everybody = {one[0] for one in items(body)} - {""}
    for name in everybody:
        told = tell(body, customer(name))
        if told is None:  # it is of another account
            assert len(named) > 1
            continue
        event = {"object": told["object"], "entry": told["entry"]}
        found = items(json.dumps(event).encode())
        assert {one[0] for one in found} == {name}
        if len(named) == 1:
            assert found == {one for one in items(body) if one[0] == name}


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


@pytest.mark.parametrize("body", [b"{not json 870001", b'{"x": "870001"}', b"[" * 5000])
def test_what_nobody_can_read_is_named_and_not_given(body: bytes) -> None:
    told = tell(body, customer("870001"))
    assert told
    assert told["left_out"] == customer_data.UNREADABLE
    assert "870001" not in str(told)
