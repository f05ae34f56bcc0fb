"""A second account beside the first one, and what Meta posts about either."""

import json
from typing import Any

from django.utils import timezone

from conversations.account import connection, identity
from conversations.account import pause as account_pause
from conversations.account.connection import NewToken
from conversations.models import Account, Message
from instagram.client import Identity
from instagram.kinds import Kind
from shop.models import GENERAL, row_of
from shop.models import Shop as AboutShop
from tests.support.graph import ACCOUNT
from tests.support.shop import Shop
from workqueue.snapshot import Snapshot

SECOND, TOKEN = "17841400000000002", "IGAA-of-the-second"
NAMES = {ACCOUNT: "A", SECOND: "B"}


def connect_second(shop: Shop) -> Account:
    """Let Meta say who the first account is, and connect a second one."""
    me = {"id": "918", "user_id": SECOND, "username": "second"}
    shop.graph.me_of[TOKEN] = me
    account_pause.look_after()
    return connection.connect(Identity(SECOND, "918", "second"), NewToken(TOKEN, Kind.INSTAGRAM))


def describe(account: Account | None = None, **fields: object) -> AboutShop:
    """Describe the general shop, or an account's own."""
    number = row_of(account.pk) if account else GENERAL
    named = {"account": account.pk if account else None, **fields}
    row, _ = AboutShop.objects.update_or_create(pk=number, defaults=named)
    Snapshot.forget_everything()
    return row


def item(account: str, customer: str, *, echo: bool = False, **content: Any) -> dict[str, Any]:
    """An item of an entry of this account; echo: the account wrote it, not the customer."""
    sides = (account, customer) if echo else (customer, account)
    return {
        "sender": {"id": sides[0]},
        "recipient": {"id": sides[1]},
        "timestamp": int(timezone.now().timestamp() * 1000),
        **content,
    }


def text(mid: str, said: str = "price?") -> dict[str, Any]:
    return {"mid": mid, "text": said}


def batch(*entries: tuple[str, dict[str, Any]]) -> bytes:
    """One POST with an entry for each of these accounts and items."""
    now = int(timezone.now().timestamp() * 1000)
    told = [{"id": account, "time": now, "messaging": [one]} for account, one in entries]
    return json.dumps({"object": "instagram", "entry": told}).encode()


def tokens_used(shop: Shop) -> list[str]:
    return ["B" if sent.token == TOKEN else "A" for sent in shop.graph.sent]


def told(**which: Any) -> list[tuple[str, str, str]]:
    """What is stored of what was said: for which account, by whom, and what."""
    rows = Message.objects.filter(**which).select_related("conversation__account")
    found = rows.order_by("conversation__account", "at", "pk")
    return [(NAMES[one.conversation.account.instagram_id], one.origin, one.text) for one in found]


def half_a_second_passes() -> None:
    identity.forget()
