"""Tokens that renew themselves: when, by whom, and what is told where it fails."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from conversations.account import identity, renewal, tokens
from conversations.models import Account
from tests.support.clock import Clock
from tests.support.graph import HTML_502, Graph, error
from workqueue.snapshot import Snapshot

DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("transactional_db")


def given(token: str, seconds: int = 60 * 86400) -> tuple[int, str, bytes]:
    body = {"access_token": token, "token_type": "bearer", "expires_in": seconds}
    return 200, "application/json", json.dumps(body).encode()


@pytest.fixture
def account(graph: Graph) -> Account:
    """An account of Instagram Login whose token is eight days old."""
    identity.read()  # the environment's token is the first account's
    return brings("IGAA-old", age=8)


def brings(token: str, *, age: float | None, login: str = "instagram", left: float = 52) -> Account:
    now = timezone.now()
    made_at = None if age is None else now - age * DAY
    tokens.keep(1, token, login=login, made_at=made_at, ends_at=now + left * DAY)
    identity.forget()
    return Account.objects.get()


def renewals(graph: Graph) -> int:
    return sum("/refresh_access_token" in call for call in graph.calls)


def in_force() -> str:
    return tokens.read(Account.objects.get())


def test_a_week_old_token_is_renewed_and_used_at_once(graph: Graph, account: Account) -> None:
    graph.renewal = given("IGAA-new")
    before = timezone.now()
    renewal.look()
    renewed = Account.objects.get()
    assert in_force() == "IGAA-new"
    assert renewed.token_version == account.token_version + 1
    assert before <= (renewed.token_made_at or before - DAY)
    assert (renewed.token_ends_at or before) - before > 59 * DAY
    assert identity.client(identity.account(1))._headers["Authorization"] == "Bearer IGAA-new"
    renewal.look()
    assert renewals(graph) == 1


@pytest.mark.parametrize(("age", "asked"), [(0, 0), (1, 0), (6.9, 0), (7.1, 1), (50, 1), (None, 0)])
def test_only_a_token_of_a_week_is_renewed_at_once(
    graph: Graph, account: Account, age: float | None, asked: int
) -> None:
    brings("IGAA-another", age=age)
    renewal.look()
    assert renewals(graph) == asked


@pytest.mark.parametrize("brought", ["pasted", "of the environment"])
def test_a_token_of_unknown_age_is_renewed_a_day_after_it_was_brought(
    graph: Graph, account: Account, time_stands: Clock, settings: Settings, brought: str
) -> None:
    """It may be a minute old, and Meta renews none that is younger than a day."""
    graph.renewal = error(190, text="The token is less than 24 hours old")
    if brought == "pasted":
        brings("IGAA-another", age=None)
    else:
        settings.INSTAGRAM_PAGE_ACCESS_TOKEN = "IGAA-another"
        Snapshot.forget_everything()
        identity.ready(1)
    assert in_force() == "IGAA-another"
    for _ in range(3):
        renewal.look()
        time_stands(timedelta(hours=7))
    assert (renewals(graph), Account.objects.get().renewal_problem) == (0, "")
    graph.renewal = given("IGAA-new")
    time_stands(timedelta(hours=4))
    renewal.look()
    assert (renewals(graph), in_force()) == (1, "IGAA-new")


def test_it_is_looked_at_once_a_day(graph: Graph, account: Account, time_stands: Clock) -> None:
    brings("IGAA-young", age=0)
    renewal.look()
    for days in range(1, 9):
        assert renewals(graph) == (1 if days > 7 else 0)
        time_stands(DAY + timedelta(seconds=1))
        renewal.look()
        renewal.look()


@pytest.mark.parametrize(
    "failure",
    [
        (HTML_502, renewal.AFTER_OUTAGE, "couldn't be read"),
        (error(2, status=500), renewal.AFTER_OUTAGE, "did not say"),
        (error(190, 460), renewal.AFTER_REFUSAL, "which still works"),
        (error(4), renewal.AFTER_REFUSAL, "which still works"),
    ],
)
def test_a_renewal_that_fails_is_tried_again_and_said(
    graph: Graph, account: Account, time_stands: Clock, failure: tuple[Any, timedelta, str]
) -> None:
    graph.renewal, again, says = failure
    now = timezone.now()
    renewal.look()
    failed = Account.objects.get()
    assert says in failed.renewal_problem
    assert failed.renewal_failed_at
    assert failed.renewal_failed_at - now < timedelta(minutes=1)
    assert in_force() == "IGAA-old"
    time_stands(again - timedelta(minutes=1))
    renewal.look()
    assert renewals(graph) == 1
    time_stands(timedelta(minutes=2))
    renewal.look()
    assert Account.objects.get().renewal_failed_at == failed.renewal_failed_at  # since when
    graph.renewal = given("IGAA-new")
    time_stands(again)
    renewal.look()
    mended = Account.objects.get()
    assert (mended.renewal_problem, mended.renewal_failed_at) == ("", None)
    assert in_force() == "IGAA-new"


def test_a_refused_token_that_no_longer_works_says_so(graph: Graph, account: Account) -> None:
    graph.renewal = graph.always = error(190, 463)
    renewal.look()
    assert "expired" in Account.objects.get().renewal_problem


def test_a_token_pasted_meanwhile_wins(
    graph: Graph, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph.renewal = given("IGAA-renewed")
    replace = tokens.replace

    def after_somebody_pasted(*arguments: Any, **values: Any) -> bool:
        tokens.keep(1, "IGAA-pasted", login="instagram", made_at=timezone.now())
        return replace(*arguments, **values)

    monkeypatch.setattr(tokens, "replace", after_somebody_pasted)
    renewal.look()
    assert in_force() == "IGAA-pasted"
    assert Account.objects.get() in renewal.due(timezone.now())  # it has not been looked at


def test_a_failure_is_not_said_of_a_token_pasted_meanwhile(graph: Graph, account: Account) -> None:
    graph.renewal = HTML_502
    renewal.look()
    assert Account.objects.get().renewal_problem
    brings("IGAA-pasted", age=0)
    renewal.look()
    assert not Account.objects.get().renewal_problem


def together(*calls: Callable[[], None]) -> None:
    """Run these in threads with connections of their own, all at once."""
    ready = threading.Barrier(len(calls))
    problems: list[BaseException] = []

    def run(call: Callable[[], None]) -> None:
        try:
            ready.wait(10)
            call()
        except BaseException as problem:  # noqa: BLE001 - told below
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not problems


def test_of_several_that_renew_at_once_one_does(graph: Graph, account: Account) -> None:
    graph.latency = 0.2
    graph.renewal = given("IGAA-new")
    together(*[renewal.look] * 4)
    assert renewals(graph) == 1
    assert Account.objects.get().token_version == account.token_version + 1


def test_of_two_that_found_it_due_one_takes_it(graph: Graph, account: Account) -> None:
    """Each has read the row before either has moved it."""
    [first] = renewal.due(timezone.now())
    [second] = renewal.due(timezone.now())
    taken: list[bool] = []
    now = timezone.now()
    together(
        lambda: taken.append(renewal._take(first, now)),
        lambda: taken.append(renewal._take(second, now)),
    )
    assert sorted(taken) == [False, True]


def test_whoever_dies_with_it_is_followed_after_its_lease(
    graph: Graph, account: Account, time_stands: Clock
) -> None:
    assert renewal._take(account, timezone.now())
    renewal.look()
    assert renewals(graph) == 0
    time_stands(renewal.LEASE + timedelta(seconds=1))
    renewal.look()
    assert renewals(graph) == 1


@pytest.mark.parametrize("change", ["inactive", "without a token"])
def test_an_account_that_sends_nothing_is_left_alone(
    graph: Graph, account: Account, change: str
) -> None:
    if change == "inactive":
        Account.objects.update(active=False)
    else:
        tokens.drop(1)
    renewal.look()
    assert not graph.calls


def test_a_broken_account_does_not_keep_the_others_from_it(graph: Graph, account: Account) -> None:
    other = Account.objects.create(instagram_id="17841400000000002", username="second")
    made_at = timezone.now() - 8 * DAY
    tokens.keep(other.pk, "IGAA-second", login="instagram", made_at=made_at)
    Account.objects.filter(pk=1).update(token="sealed with a key that is gone")
    renewal.look()
    assert renewals(graph) == 1
    assert "decrypt" in Account.objects.get(pk=1).renewal_problem


# What cannot be renewed is asked about


def facts(**more: Any) -> tuple[int, str, bytes]:
    data = {"app_id": "2222222222", "type": "PAGE", "is_valid": True, "scopes": ["a", "b"]}
    return 200, "application/json", json.dumps({"data": data | more}).encode()


def test_a_pages_token_is_asked_about_once_a_day(
    graph: Graph, account: Account, time_stands: Clock
) -> None:
    brings("EAA-page", age=None, login="page")
    ends_at = timezone.now() + 5 * DAY
    graph.facts = facts(expires_at=int(ends_at.timestamp()))
    renewal.look()
    asked = Account.objects.get()
    assert asked.permissions == ["a", "b"]
    assert renewal.days_left(asked, timezone.now()) == 4
    renewal.look()
    assert sum("/debug_token" in call for call in graph.calls) == 1
    time_stands(DAY + timedelta(seconds=1))
    renewal.look()
    assert sum("/debug_token" in call for call in graph.calls) == 2
    assert renewals(graph) == 0


def test_a_pages_token_that_is_over_stops_its_account(graph: Graph, account: Account) -> None:
    brings("EAA-page", age=None, login="page")
    over = {"code": 190, "subcode": 460, "message": "changed"}
    graph.facts = facts(is_valid=False, error=over)
    renewal.look()
    broken = Account.objects.get()
    assert "password was changed" in broken.renewal_problem
    assert broken.pause == Account.Pause.BROKEN
    assert renewal.is_refused(broken)


@pytest.mark.parametrize("code", [190, 101, 104, 200, 10])
def test_an_app_that_is_not_accepted_is_not_the_tokens_trouble(
    graph: Graph, account: Account, time_stands: Clock, code: int
) -> None:
    brings("EAA-page", age=None, login="page")
    graph.facts = error(code)
    renewal.look()
    asked = Account.objects.get()
    assert asked.renewal_problem == renewal.NOT_ASKED
    assert asked.pause == ""
    assert in_force() == "EAA-page"
    time_stands(renewal.AFTER_REFUSAL + timedelta(seconds=1))
    graph.facts = facts()
    renewal.look()
    assert Account.objects.get().renewal_problem == ""


def test_without_the_apps_secret_nobody_is_asked(
    graph: Graph, account: Account, settings: Settings
) -> None:
    settings.FACEBOOK_APP_ID = ""
    brings("EAA-page", age=None, login="page")
    renewal.look()
    assert not graph.calls


# What is told of it


@pytest.mark.table
@pytest.mark.parametrize(
    ("left", "days", "level"),
    [
        (timedelta(days=60), 60, None),
        (timedelta(days=15), 15, None),
        (timedelta(days=14, hours=5), 14, 14),
        (timedelta(days=8), 8, 14),
        (timedelta(days=7, hours=1), 7, 7),
        (timedelta(days=4), 4, 7),
        (timedelta(days=3, hours=1), 3, 3),
        (timedelta(days=1, hours=1), 1, 1),
        (timedelta(hours=2), 0, 1),
        (timedelta(0), -1, 0),
        (timedelta(days=-3), -1, 0),
        (None, None, None),
    ],
)
def test_days_left_are_counted_and_warned_of(
    account: Account, left: timedelta | None, days: int | None, level: int | None
) -> None:
    now = timezone.now()
    account.token_ends_at = None if left is None else now + left
    assert renewal.days_left(account, now) == days
    ending = renewal.warn(account, now)
    assert (ending.level if ending else None) == level
