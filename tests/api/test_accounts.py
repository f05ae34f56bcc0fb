"""Several accounts in the API: conversations of one, and its bot's switch."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations.account import identity
from conversations.models import FIRST, Account, Conversation
from tests.api.caller import Caller, problem, rule
from tests.support.accounts import SECOND
from tests.support.graph import ACCOUNT
from tests.support.talks import ask, say


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
    said = api.post("bot/off/?account=nobody", expect=400)
    assert "There is no account of this name." in str(said)
    assert not Account.objects.exclude(bot_off_by="").exists()


def busy(second: Account) -> None:
    """A message to the first account, which a rule answered; two to the second one."""
    for account, count in ((FIRST, 1), (second.pk, 2)):
        talk = Conversation.objects.get(account=account)
        for _ in range(count):
            question = ask(talk, verdict="answered")
            say(talk, in_reply_to=question, rule=rule().pk)


FIGURES = {
    "reports/": lambda found: found["days"][-1]["received"],
    "statistics/days/": lambda found: found["days"][-1]["received"],
    "statistics/rules/": lambda found: sum(one["answers"] for one in found["rules"]),
    "statistics/rules/{}/days/": lambda found: found["days"][-1]["answers"],
}


@pytest.mark.parametrize(
    ("account", "count"), [("", 3), (ACCOUNT, 1), (SECOND, 2), ("second", 2), ("@Second", 2)]
)
@pytest.mark.parametrize("path", FIGURES)
def test_figures_are_those_of_an_account(
    api: Caller, second: Account, path: str, account: str, count: int
) -> None:
    busy(second)
    asked = {"account": account} if account else {}
    assert FIGURES[path](api.get(path.format(rule().pk), **asked)) == count


@pytest.mark.parametrize("path", FIGURES)
def test_figures_of_an_account_that_there_is_not_are_refused(
    api: Caller, second: Account, path: str
) -> None:
    found = api.call("get", path.format(rule().pk), params={"account": "nobody"})
    said = problem(found, 400, "invalid")
    assert said["errors"] == [
        {"detail": "There is no account of this name.", "parameter": "account"}
    ]


def test_the_only_account_is_not_looked_for(api: Caller) -> None:
    Account.objects.filter(pk=Account.objects.ours().pk).update(instagram_id=ACCOUNT)
    identity.forget()
    with CaptureQueriesContext(connection) as caught:
        assert api.get("statistics/days/", account=ACCOUNT)["days"]
    assert not [one for one in caught.captured_queries if "conversation_id" in one["sql"]
                and "JOIN" in one["sql"]]  # fmt: skip
