"""Figures that were counted before days had accounts come along: no day is lost."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.graph import NOBODY_THERE, Graph
from tests.support.service import ON_POSTGRES, Database, Service

pytestmark = [pytest.mark.xdist_group("upgrade"), pytest.mark.slow]

DAYS = 700  # more than are copied at once
FIGURES = {"messages": {"received": 3, "customers": 2}, "hours": [0] * 24, "people": {"anna": {}}}
AT = "2026-11-20 12:00:00" + ("+00" if ON_POSTGRES else "")  # as Django writes it
COUNTED = "begins_at, ends_at, messages, figures, counted_at"

Before = Callable[..., Service]


def on(number: int) -> date:
    return date(2026, 11, 20) - number * timedelta(days=1)


def day(number: int, *, dirty: bool = False) -> str:
    return (
        f"INSERT INTO conversations_dayfigures (day, {COUNTED}, dirty) VALUES"
        f" ('{on(number)}', '{AT}', '{AT}', {number}, '{json.dumps(FIGURES)}', '{AT}', {dirty});"
    )


def account(pk: int) -> str:
    return (
        "INSERT INTO conversations_account (id, instagram_id, node_id, username, identified_by,"
        f" pause, pause_reason) VALUES ({pk}, '{pk}', '', '', '', '', '');"
    )


@pytest.fixture
def before(tmp_path: Path, template: Database) -> Iterator[Before]:
    """A database of the release before, with these statements run in it."""
    service = Service(tmp_path, Graph(port=NOBODY_THERE), Database(tmp_path, template))
    service.manage("migrate", "conversations", "0026", "--verbosity=0")

    def run(*statements: str) -> Service:
        service.database.execute("".join(statements))
        return service

    yield run
    service.stop()


def test_the_days_of_one_account_are_that_accounts(before: Before) -> None:
    days = [day(number, dirty=number == 5) for number in range(DAYS)]
    service = before(account(1), *days)
    service.manage("migrate", "conversations", "0033", "--verbosity=0")
    same = " AND ".join(f"new.{name} = old.{name}" for name in (*COUNTED.split(", "), "dirty"))
    copied = (
        "SELECT COUNT(*) FROM conversations_accountday new JOIN conversations_dayfigures old"
        f" ON new.day = old.day AND {same}"
        " WHERE new.account_id = 1 AND NOT new.of_all AND old.taken_over = old.counted_at"
    )
    assert service.database.rows(copied) == [(DAYS,)]
    assert service.database.rows("SELECT COUNT(*) FROM conversations_accountday") == [(DAYS,)]
    # What runs meanwhile goes on writing, as it has the columns.
    service.database.execute(day(DAYS))
    # The last weeks are counted once more: nobody had counted who began to write.
    service.manage("migrate", "--verbosity=0")
    dirty = service.database.rows("SELECT day FROM conversations_accountday WHERE dirty")
    recent = [
        one for one in range(DAYS) if on(one) >= datetime.now(UTC).date() - timedelta(days=84)
    ]
    assert {str(one) for (one,) in dirty} == {str(on(one)) for one in {5, *recent}}


def test_days_of_several_accounts_are_kept_whole_until_they_are_counted_again(
    before: Before,
) -> None:
    service = before(account(1), account(2), day(1), day(2))
    service.manage("migrate", "--verbosity=0")
    rows = "SELECT account_id, of_all, dirty, messages FROM conversations_accountday"
    assert sorted(service.database.rows(f"{rows} ORDER BY messages")) == [
        (1, True, True, 1),
        (1, True, True, 2),
    ]


def test_days_without_an_account_have_the_first_one(before: Before) -> None:
    service = before(day(1))
    service.manage("migrate", "--verbosity=0")
    assert service.database.rows("SELECT account_id FROM conversations_accountday") == [(1,)]
