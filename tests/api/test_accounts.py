"""Several accounts in the API: conversations of one, and its bot's switch."""

import pytest

from conversations.models import FIRST, Account, Conversation
from tests.api.caller import Caller
from tests.support.accounts import SECOND
from tests.support.graph import ACCOUNT


@pytest.fixture
def second(second: Account) -> Account:
    """The second account, and a conversation of each."""
    for pk, username in ((FIRST, "kate"), (second.pk, "liam")):
        Conversation.objects.create(account_id=pk, customer_id=f"1{pk}", username=username)
    return second


@pytest.mark.parametrize(
    ("account", "found"),
    [
        (ACCOUNT, [("kate", ACCOUNT)]),
        (SECOND, [("liam", SECOND)]),
        ("second", [("liam", SECOND)]),
        ("@Second", [("liam", SECOND)]),
        ("nobody", []),
    ],
)
def test_conversations_are_narrowed_to_an_account(
    api: Caller, second: Account, account: str, found: list[tuple[str, str]]
) -> None:
    rows = api.get(f"conversations/?account={account}")["results"]
    assert [(row["customer"]["username"], row["account"]) for row in rows] == found


@pytest.mark.parametrize(
    ("address", "silent"), [("", [1, 2]), ("?account=second", [2]), (f"?account={ACCOUNT}", [1])]
)
def test_the_bot_of_an_account_is_switched_off(
    api: Caller, second: Account, address: str, silent: list[int]
) -> None:
    numbers = {FIRST: 1, second.pk: 2}
    assert api.get(f"bot/{address}")["is_on"]
    assert not api.post(f"bot/off/{address}")["is_on"]
    off = Account.objects.exclude(bot_off_by="").order_by("pk")
    assert [numbers[row.pk] for row in off] == silent
    assert not api.get("bot/")["is_on"]
    assert api.post(f"bot/on/{address}")["is_on"]


def test_an_account_that_there_is_not_is_said_to_be_none(api: Caller, second: Account) -> None:
    problem = api.post("bot/off/?account=nobody", expect=400)
    assert "There is no account of this name." in str(problem)
    assert not Account.objects.exclude(bot_off_by="").exists()
