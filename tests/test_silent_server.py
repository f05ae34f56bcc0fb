"""PostgreSQL is frozen, or allows few connections: nobody hangs, and no message is lost."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
import pytest
import requests

from tests.support.own_server import beside_its_own_server
from tests.support.service import ON_POSTGRES, Service, wait_for

pytestmark = [
    pytest.mark.skipif(not ON_POSTGRES, reason="SQLite is no server"),
    pytest.mark.long,
]

ALLOWED = 20  # as hosts' smallest plans have it; three of them are kept for superusers


@pytest.fixture
def beside_a_small_server(tmp_path: Path) -> Iterator[tuple[Service, Path]]:
    with beside_its_own_server(tmp_path, connections=ALLOWED, durable=False) as found:
        yield found


@contextmanager
def frozen(folder: Path) -> Iterator[None]:
    """Stop each process of a server in its tracks, as a stalled disk or machine does."""
    postmaster = int((folder / "postgres/postmaster.pid").read_text().split()[0])
    found = subprocess.run(
        ["pgrep", "-P", str(postmaster)], capture_output=True, text=True, check=True
    )
    pids = [postmaster, *map(int, found.stdout.split())]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in reversed(pids):
            os.kill(pid, signal.SIGCONT)


def clients(server: str) -> list[str]:
    with closing(psycopg2.connect(server)) as connection:
        cursor = connection.cursor()
        cursor.execute(
            "SELECT application_name FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return [name for (name,) in cursor.fetchall()]


def post(one: Service, count: int, begin: str) -> list[int]:
    """Post so many webhooks, each of another customer, at the same time; return the answers."""
    with ThreadPoolExecutor(count) as threads:
        return list(
            threads.map(
                lambda number: one.hears("price", f"{begin}{number}", customer=f"{begin}7{number}"),
                range(count),
            )
        )


def test_a_frozen_postgresql_is_answered_for_in_time_and_forgotten(
    beside_a_small_server: tuple[Service, Path],
) -> None:
    one, folder = beside_a_small_server
    one.settings = "tests.settings_hurried"
    one.manage("tune", "waiting_seconds=0", "conversation_rate=0")
    one.start_web()
    one.start_worker()
    assert post(one, 8, "1") == [200] * 8
    wait_for(lambda: len(one.texts) == 8 and one.finished(), "rest")
    with frozen(folder):
        for _ in range(2):
            assert post(one, 12, "2") == [503] * 12
        assert requests.get(f"{one.url}/health", timeout=20).status_code == 200
        ready = requests.get(f"{one.url}/health/ready", timeout=20)
        assert ready.status_code == 503
        assert ready.json()["parts"]["database"].startswith("the database does not answer")
    wait_for(lambda: set(post(one, 12, "2")) == {200}, "a webhook that is taken")
    wait_for(lambda: len(one.texts) == 20 and one.finished(), "rest", 60)
    assert len({sent.recipient for sent in one.graph.sent}) == 20
    said = [line for line in one.log.read_text().splitlines() if '"webhook_not_stored"' in line]
    assert 1 <= len(said) <= 2, "once for each web process"
    assert all("See that PostgreSQL runs" in line for line in said)


def test_a_server_that_allows_twenty_connections_is_enough(
    beside_a_small_server: tuple[Service, Path],
) -> None:
    one, _ = beside_a_small_server
    one.manage("tune", "waiting_seconds=0", "conversation_rate=0", "send_rate=0")
    one.graph.on_send = lambda _: time.sleep(0.1)  # so that all threads of the worker have work
    one.start_web()
    one.start_worker()
    for begin in ("1", "2", "3"):
        assert post(one, 16, begin) == [200] * 16
    wait_for(lambda: len(one.texts) == 48 and one.finished(), "rest", 60)
    # Connections of the test's own have no name, and take a moment to go.
    wait_for(lambda: "" not in clients(one.database.server), "ours alone")
    names = clients(one.database.server)
    assert {name.rpartition(" ")[0] for name in names} == {
        "instabot web of 4",
        "instabot worker of 8",
    }
    assert len(names) <= 16
    answers = requests.get(f"{one.url}/health/ready", timeout=10).json()["parts"]
    assert answers["connections"] == "ok"
    assert "too_few_connections" not in one.log.read_text()
