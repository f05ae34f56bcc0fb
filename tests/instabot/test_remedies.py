"""What the log says to do where something that instabot stands on fails, and how often."""

import json
import logging
import sqlite3
from typing import Any

import psycopg2
import psycopg2.errors
import pytest
import redis
import requests
import structlog
from django.db import utils

from instabot import logs, remedies
from instabot.logs import Repeats

pytestmark = pytest.mark.no_database


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (sqlite3.OperationalError("database or disk is full"), "make room"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "Let the user"),
        (sqlite3.OperationalError("unable to open database file"), "Let the user"),
        (sqlite3.OperationalError("database is locked"), "Another program"),
        (OSError(28, "No space left on device", "/var/secret"), "make room"),
        (
            psycopg2.OperationalError("FATAL:  sorry, too many clients already"),
            "max_connections",
        ),
        (
            psycopg2.OperationalError("FATAL:  remaining connection slots are reserved for"),
            "max_connections",
        ),
        (
            psycopg2.OperationalError('FATAL:  too many connections for role "shop"'),
            "max_connections",
        ),
        (
            psycopg2.OperationalError("All 8 connections of this process to PostgreSQL have been"),
            "Raise WORKER_CONNECTIONS",
        ),
        (psycopg2.OperationalError("could not extend file: No space left on device"), "make room"),
        (
            psycopg2.OperationalError('FATAL:  password authentication failed for user "anna"'),
            "Correct DATABASE_URL",
        ),
        (psycopg2.OperationalError("PostgreSQL gave no answer for 5 s"), "See that PostgreSQL"),
        (psycopg2.OperationalError("PostgreSQL gave no answer a moment ago"), "See that Postgre"),
        (psycopg2.OperationalError("could not connect: Connection refused"), "See that PostgreSQL"),
        (psycopg2.OperationalError("server closed the connection unexpectedly"), "See that"),
        (
            redis.ConnectionError(
                "Error 1 connecting to r:6379. [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify"
                " failed: self-signed certificate (_ssl.c:1006)."
            ),
            "?ssl_cert_reqs=none",
        ),
        (
            redis.ConnectionError("Error 1 connecting: [SSL: WRONG_VERSION_NUMBER] wrong version"),
            "rediss://",
        ),
        (redis.AuthenticationError("WRONGPASS invalid username-password pair"), "password"),
        (redis.ConnectionError("Error 111 connecting to r:6379. Connection refused."), "See that"),
        (redis.TimeoutError("Timeout connecting to server"), "See that Redis"),
    ],
)
def test_each_fault_has_its_next_step(error: Exception, word: str) -> None:
    assert word in remedies.find(error)[1]
    wrapped = utils.OperationalError("as Django has it")
    wrapped.__cause__ = error
    told = logs.describe(wrapped)
    assert word in told["next"]
    assert "secret" not in str(told)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("database or disk is full"),
        sqlite3.OperationalError('fts5: syntax error near "what a customer wrote"'),
        psycopg2.OperationalError("canceling statement due to lock"),
        OSError(2, "No such file or directory"),
    ],
)
def test_of_other_faults_nothing_is_said(error: Exception) -> None:
    assert remedies.find(error) == ("", "")
    assert "next" not in logs.describe(error)
    assert "customer" not in str(logs.describe(error))


@pytest.fixture
def _afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "repeats", Repeats())
    logs.configure(readable=False)


def lines(capfd: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capfd.readouterr().err.splitlines()]


FULL = sqlite3.OperationalError("database or disk is full")


def fail(times: int) -> None:
    for _ in range(times):
        structlog.get_logger("door").error("webhook_not_stored", exc_info=FULL)
        logging.getLogger("huey").error("Unhandled exception in task 1234", exc_info=FULL)


@pytest.mark.usefixtures("_afresh")
def test_the_same_trouble_is_said_once_a_minute_with_how_often_it_was_held_back(
    capfd: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(1000)
    told = lines(capfd)
    assert [line["event"] for line in told] == [
        "webhook_not_stored",
        "Unhandled exception in task 1234",
    ]
    assert {line["said"] for line in told} == {"database or disk is full"}
    assert all("make room" in line["next"] for line in told)
    monkeypatch.setattr(logs, "SAY_AGAIN_SECONDS", 0.0)
    fail(1)
    assert lines(capfd)[0]["held_back"] == 999


@pytest.mark.usefixtures("_afresh")
def test_a_bug_is_said_each_time(capfd: Any) -> None:
    for _ in range(3):
        structlog.get_logger("turns").error("turn_failed", exc_info=ZeroDivisionError())
    assert [line["event"] for line in lines(capfd)] == ["turn_failed"] * 3


def test_what_is_remembered_does_not_grow_without_end() -> None:
    one = Repeats()
    for number in range(logs.MOST_TROUBLES * 2):
        assert one.hold_back("host_not_allowed", f"Add host{number}.example") == 0
    assert len(one._told) <= logs.MOST_TROUBLES


@pytest.mark.parametrize(
    "error",
    [
        psycopg2.errors.NotNullViolation(
            'null value in column "x" violates not-null constraint\nDETAIL:  Failing row contains'
            " (1, is the SSL certificate ok? I am Ann 555, null)."
        ),
        psycopg2.errors.UndefinedColumn(
            "column \"nocol\" does not exist\nLINE 1: update t set text = 'Ann 555' where …"
        ),
    ],
)
def test_what_quotes_a_row_is_neither_told_nor_advised_about(error: Exception) -> None:
    told = logs.describe(error)
    assert "said" not in told
    assert "next" not in told


def test_a_statement_that_took_too_long_is_no_server_that_is_away() -> None:
    error = psycopg2.errors.QueryCanceled("canceling statement due to statement timeout")
    assert "took too long" in remedies.find(error)[1]


def test_a_customer_in_an_address_is_not_told() -> None:
    said = "HTTPSConnectionPool(host='graph'): url: /v26.0/me?user_id=17841 (Caused"
    told = logs.describe(requests.ConnectionError(said))
    assert "17841" not in told["said"]
    assert told["said"].endswith("(Caused")
