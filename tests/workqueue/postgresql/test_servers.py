"""Several servers in DATABASE_URL, or several addresses of one: the first that answers."""

import socket
from contextlib import closing
from typing import Any

import pytest
from django.db import connection

from tests.support.service import ON_POSTGRES
from workqueue.postgresql import servers

ON_BOTH = [{"host": "a", "port": "5432"}, {"host": "b", "port": "5433"}]


@pytest.mark.no_database
@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, [{}]),
        ({"host": "127.0.0.1", "port": "5432"}, [{}]),
        ({"host": "/run/postgresql"}, [{}]),
        ({"host": "10.0.0.1,10.0.0.2"}, [{"host": "10.0.0.1"}, {"host": "10.0.0.2"}]),
        (
            {"host": "10.0.0.1,10.0.0.2", "port": "6432"},
            [{"host": "10.0.0.1", "port": "6432"}, {"host": "10.0.0.2", "port": "6432"}],
        ),
        (
            {"host": "10.0.0.1,/run", "port": "1,2"},
            [{"host": "10.0.0.1", "port": "1"}, {"host": "/run", "port": "2"}],
        ),
    ],
)
def test_each_server_is_named_by_itself(
    params: dict[str, str], expected: list[dict[str, str]]
) -> None:
    assert servers.of(params) == expected


@pytest.mark.no_database
def test_a_name_with_several_addresses_is_tried_by_each(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(None, None, None, "", (address, 5432)) for address in ("::1", "127.0.0.1", "::1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert servers.of({"host": "db"}) == [
        {"host": "db", "hostaddr": "::1"}, {"host": "db", "hostaddr": "127.0.0.1"},
    ]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.skipif(not ON_POSTGRES, reason="SQLite has no server")
def test_a_silent_server_is_passed_over() -> None:
    connection.ensure_connection()
    there = connection.connection.get_dsn_parameters()
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:  # takes calls, says nothing
        other: Any = connection.copy()
        known = other.settings_dict
        known["OPTIONS"] = {**known["OPTIONS"], "connect_timeout": 1}
        known["HOST"] = f"127.0.0.1,{there['host']}"
        known["PORT"] = f"{silent.getsockname()[1]},{there['port']}"
        with closing(other), other.cursor() as cursor:
            cursor.execute("SELECT 1")
            assert cursor.fetchone() == (1,)
