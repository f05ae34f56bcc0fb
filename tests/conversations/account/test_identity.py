"""What an account is called, which its owner may change."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations.account import pause as account_pause
from conversations.models import Account
from incidents import probe
from tests.support.clock import Clock
from tests.support.graph import ACCOUNT
from tests.support.shop import Shop

SHOP = {
    "id": "917", "user_id": ACCOUNT, "username": "shop", "name": "The shop",
    "profile_picture_url": "https://cdn.example/1.jpg?oh=1",
}  # fmt: skip
PICTURE = "https://cdn.example/2.jpg?oh=9"


@pytest.mark.parametrize(
    ("says", "changed"),
    [
        ({}, {}),
        ({"profile_picture_url": "https://cdn.example/1.jpg?oh=2"}, {}),  # signed anew
        ({"username": "the.shop"}, {"username": "the.shop"}),
        ({"name": "A shop"}, {"name": "A shop"}),
        ({"profile_picture_url": PICTURE}, {"picture_url": PICTURE}),
        ({"username": "", "name": "", "profile_picture_url": ""}, {}),  # Meta does not tell
        ({"user_id": "17841499999999999", "username": "other"}, {}),  # another account
    ],
    ids=[
        "as it was", "signed anew", "username", "name", "picture", "not told", "another account",
    ],
)  # fmt: skip
def test_a_renamed_account_is_called_by_its_new_name(
    shop: Shop, time_stands: Clock, says: dict[str, str], changed: dict[str, Any]
) -> None:
    shop.graph.me = SHOP
    account_pause.look_after()
    before = Account.objects.values().get()
    assert before["username"] == "shop"
    shop.graph.me = SHOP | says
    time_stands(probe.EVERY)
    with CaptureQueriesContext(connection) as asked:
        probe.look()
    assert Account.objects.values().get() == before | changed
    writes = [one for one in asked if one["sql"].startswith('UPDATE "conversations_account"')]
    assert len(writes) == bool(changed)
    assert shop.graph.calls[-1].startswith("GET /v26.0/me?"), "it was asked"
