"""How many connections there are, and how many all processes may open, as any of them sees it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import connection
from django.test import Client
from pytest_django import Settings

from instabot import worker
from instabot.doctor import installation
from instabot.doctor.findings import State
from workqueue.postgresql import capacity

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Connect as a process of another machine, which says that it may open so many."""
    made: list[Any] = []

    def connect(kind: str, most: int, where: str = "host:1") -> None:
        with monkeypatch.context() as patch:
            patch.setattr(capacity, "_name", f"instabot {kind} of {most} {where}")
            made.append(connection.copy())
            made[-1].ensure_connection()

    yield connect
    for one in made:
        one.close()


def test_each_process_counts_once_with_what_it_may_open(claim: Any) -> None:
    claim("web", 4)
    claim("web", 4)  # another connection of the same process
    claim("worker", 8, "host:2")
    found = capacity.read()
    assert found is not None
    assert found.claimed == 12
    assert found.in_use >= 4
    assert not found.is_too_small
    assert not found.is_used_up


@pytest.mark.parametrize("of", ["ROLE", "DATABASE"])
def test_the_tightest_limit_counts(of: str) -> None:
    name = connection.settings_dict["USER" if of == "ROLE" else "NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER {of} "{name}" CONNECTION LIMIT 5')
    found = capacity.read()
    assert found is not None
    assert found.allowed == 5


def test_a_name_is_cut_so_that_the_server_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capacity, "_name", "")
    monkeypatch.setattr("socket.gethostname", lambda: "h" * 100)
    capacity.introduce("worker", 8)
    assert len(capacity.name()) == capacity.LONGEST_NAME
    assert capacity.NAME.match(capacity.name())


def test_it_is_said_in_the_log_by_the_doctor_and_by_a_check(
    claim: Any, settings: Settings, capfd: Any
) -> None:
    settings.WORKER_CONNECTIONS = 1000
    claim("worker", 1000)
    capfd.readouterr()
    worker.compare_connections()
    line = json.loads(capfd.readouterr().err.splitlines()[-1])
    assert (line["event"], line["claimed"]) == ("too_few_connections", 1000)
    assert "max_connections" in line["next"]
    [finding] = installation.check_connections()
    assert finding.state == State.WARNING
    assert "may open 1000" in finding.says
    [caution] = run_checks(databases=["default"], tags=["database"])
    assert caution.id == "instabot.W004"
    assert "1008 connections" in caution.msg


def test_ready_says_that_none_is_left(client: Client, claim: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{connection.settings_dict["NAME"]}" CONNECTION LIMIT 1')
    parts = client.get("/health/ready").json()["parts"]
    assert parts["connections"].startswith("all connections that PostgreSQL allows")
    assert installation.check_connections().__next__().state == State.WRONG
