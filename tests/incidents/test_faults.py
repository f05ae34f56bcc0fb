"""Faults made for real, in processes of their own: from the fault to the message, and its end."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from conversations.account import vault
from instagram.signature import sign
from tests.environment import postgres_away
from tests.support.graph import error, text_body
from tests.support.receiver import Receiver
from tests.support.service import ON_POSTGRES, Database, Service, service, wait_for
from tests.test_hosts import beside_its_own_postgresql  # noqa: F401 - a fixture

pytestmark = pytest.mark.slow

MEGABYTES = 30
NO_WORKER, OVER = "instabot: No worker is running", "instabot: over: "


@contextmanager
def watched(one: Service) -> Iterator[Receiver]:
    """Let a service watch every third of a second, and tell somebody here."""
    with Receiver() as receiver:
        one.settings = "tests.settings_watch"
        one.variables |= {
            "ALERT_HOSTS": "127.0.0.1", "HEARTBEAT_URL": receiver.heartbeat(),
            "INSTAGRAM_PAGE_ACCESS_TOKEN": "IGAA-token-of-tests",
        }  # fmt: skip
        address = vault.seal(receiver.address)
        one.database.execute(
            "INSERT INTO incidents_contact (who, address, hears, urgent_anyway, active, error)"
            f" VALUES ('Anna', '{address}', 'all', true, true, '');"
        )
        yield receiver


def somebody_hears_of_customers(one: Service, receiver: Receiver) -> None:
    one.database.execute(
        "INSERT INTO auth_user (username, password, first_name, last_name, email, is_superuser,"
        " is_staff, is_active, date_joined)"
        " VALUES ('lena', '!', '', '', '', true, true, true, '2026-01-01 00:00:00');"
    )
    one.database.execute(
        "INSERT INTO notices_listener (user_id, address, error, tries, waits, closing_hours,"
        " mentions, whose)"
        f" SELECT id, '{vault.seal(receiver.address)}', '', 0, true, 2, true, 'all'"
        " FROM auth_user WHERE username = 'lena';"
    )


def says(receiver: Receiver, words: str) -> None:
    wait_for(lambda: any(words in one for one in receiver.titles), words, 60)


def is_well(receiver: Receiver) -> None:
    """Wait until the heartbeat is told that all is well, from now on."""
    seen = len(receiver.beats)
    wait_for(lambda: "" in receiver.beats[seen:], "a good heartbeat", 60)


@pytest.mark.once
@pytest.mark.timeout(300)
def test_a_killed_worker_a_refused_login_and_a_wrong_secret(bare: Service) -> None:
    with watched(bare) as receiver:
        worker = bare.start_worker()  # or the web process would tell that there is none
        is_well(receiver)
        bare.start_web()
        assert receiver.titles == []

        worker.kill()
        worker.wait()
        # A minute passes, in which nobody gives a sign of life.
        bare.database.execute("UPDATE conversations_worker SET seen_at = '2026-01-01 00:00:00+00'")
        says(receiver, NO_WORKER)
        assert "/fail" in receiver.beats
        bare.start_worker()
        says(receiver, f"{OVER}No worker is running")
        is_well(receiver)

        bare.graph.always = error(190)
        bare.hears("price", "aWdf1")
        says(receiver, "does not accept our login")
        bare.graph.always = None
        wait_for(lambda: bare.texts, "the answer")
        says(receiver, OVER + "@shop cannot send")

        body = text_body("870001", "hi", "aWdf2")
        signed = {"X-Hub-Signature-256": sign(body, "verify-me")}
        refused = requests.post(f"{bare.url}/webhooks/instagram", body, headers=signed, timeout=10)
        assert refused.status_code == 401
        says(receiver, "Webhooks are refused")
        bare.hears("delivery", "aWdf3")
        says(receiver, f"{OVER}Webhooks are refused")
        assert len(receiver.titles) == len(set(receiver.titles)) == 6  # each one once

        somebody_hears_of_customers(bare, receiver)
        hour_ago = f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%d %H:%M:%S}"
        bare.database.execute(f"UPDATE conversations_conversation SET waiting_since = '{hour_ago}'")
        says(receiver, "a customer of @shop has waited 1 h")


@pytest.mark.skipif(not ON_POSTGRES, reason="SQLite is no server")
@pytest.mark.timeout(300)
def test_postgresql_that_is_stopped(
    beside_its_own_postgresql: tuple[Service, Path],  # noqa: F811 - the fixture
) -> None:
    one, folder = beside_its_own_postgresql
    with watched(one) as receiver:
        one.start_worker()
        one.start_web()
        is_well(receiver)
        time.sleep(2)  # each web process has looked for whom to tell
        with postgres_away(folder):
            says(receiver, "The database cannot be reached")
            assert receiver.beats[-1] == "/fail"
        says(receiver, f"{OVER}The database cannot be reached")
        is_well(receiver)
        away = [title for title in receiver.titles if "database" in title]
        assert len(away) == 2, "one of two web processes tells"
        kept = one.database.rows("SELECT title FROM incidents_incident WHERE kind = 'outage'")
        assert kept == [("The database cannot be reached",)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, as small as a full one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a file system, and not everywhere")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.skipif(ON_POSTGRES, reason="a server has a disk of its own")
@pytest.mark.timeout(300)
def test_a_disk_that_is_full(tmp_path: Path, template: Database, small_disk: Path) -> None:
    with service(tmp_path, template) as one:
        one.database = Database(small_disk, template)
        with watched(one) as receiver:
            one.start_web()
            one.start_worker()
            says(receiver, "A disk is full")  # less than 200 MB are left
            time.sleep(2)
            filler = small_disk / "filler"
            with filler.open("wb", buffering=0) as file:
                try:
                    while True:
                        file.write(b"x" * 65536)
                except OSError:
                    pass
            says(receiver, "The disk of the database is full")
            filler.unlink()
            says(receiver, f"{OVER}The disk of the database is full")
            one.hears("price", "aWdf1")
            wait_for(lambda: one.texts, "the answer")
