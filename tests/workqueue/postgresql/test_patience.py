"""A server that falls silent: whoever waits is told in time, and all goes on when it answers."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection
from pytest_django import Settings

from tests.support.line import Line
from tests.support.service import wait_for
from tests.workqueue.postgresql.conftest import MOMENT, by
from workqueue.postgresql import patience


def ask(database: Any) -> int:
    with database.cursor() as cursor:
        cursor.execute("SELECT 1")
        return int(cursor.fetchone()[0])


@pytest.fixture
def limited() -> Iterator[None]:
    patience.limit(MOMENT)
    yield
    patience.limit(None)


def test_who_waits_in_vain_is_told_and_goes_on_when_the_server_answers(
    far: Any, line: Line
) -> None:
    assert ask(far) == 1
    line.go_dead()
    with (
        pytest.raises(OperationalError, match=r"gave no answer for 0\.5 s"),
        patience.at_most(MOMENT),
    ):
        ask(far)
    line.come_back()
    far.close_if_unusable_or_obsolete()
    assert ask(far) == 1


def test_a_process_has_a_limit_of_its_own_and_the_server_a_shorter_one(
    far: Any, line: Line, limited: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OperationalError, match="statement timeout"), far.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(60)")
    assert ask(far) == 1, "it is the statement that was too long: the connection is good"
    monkeypatch.setattr(patience, "SERVER_FIRST_SECONDS", 0.0)
    line.go_dead()
    with pytest.raises(OperationalError, match="gave no answer"):
        ask(far)


def test_while_it_is_silent_one_thread_asks_and_the_others_are_told_at_once(
    far: Any, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "CONNECT_WHILE_SILENT_SECONDS", 60.0)
    monkeypatch.setattr(patience, "CONNECT_SECONDS", 60.0)
    far.settings_dict["OPTIONS"]["connect_timeout"] = 60
    ask(far)
    line.go_dead()
    with pytest.raises(OperationalError), patience.at_most(MOMENT):
        ask(far)
    far.close()
    answers: list[int] = []

    def asks() -> None:
        one = by(line)
        one.settings_dict["OPTIONS"]["connect_timeout"] = 60
        answers.append(ask(one))
        one.close()

    thread = threading.Thread(target=asks)
    thread.start()
    wait_for(patience._one_asks.locked, "the one that asks")
    with pytest.raises(OperationalError, match="another thread is asking"):
        ask(far)
    line.come_back()
    thread.join(30)
    assert answers == [1]
    assert ask(far) == 1


def test_where_a_connection_is_there_it_is_tried_for_a_moment_while_the_server_is_silent(
    far: Any, line: Line, limited: None
) -> None:
    ask(far)
    patience.limit(60)
    patience._silent.set()
    line.go_dead()
    with pytest.raises(OperationalError, match=r"gave no answer for 0\.5 s"):
        ask(far)


def test_any_answer_ends_the_silence(far: Any) -> None:
    patience._silent.set()
    assert ask(far) == 1
    assert not patience._silent.is_set()


@pytest.mark.parametrize(
    ("limit", "own", "said"),
    [
        (None, "", ""),
        (None, "-c jit=off", "-c jit=off"),
        (2.5, "", "-c statement_timeout=2500 -c idle_in_transaction_session_timeout=60000"),
        (
            2.5,
            "-c statement_timeout=9s",
            "-c statement_timeout=9s -c idle_in_transaction_session_timeout=60000",
        ),
    ],
)
def test_what_the_server_is_told_and_what_the_address_says_itself(
    limit: float | None, own: str, said: str
) -> None:
    patience.limit(limit)
    try:
        assert patience.session_options(own) == said
    finally:
        patience.limit(None)


@pytest.mark.django_db
def test_behind_a_pooler_nothing_is_told(limited: None, settings: Settings) -> None:
    settings.PREPARED_STATEMENTS = False
    assert "options" not in connection.get_connection_params()
