"""On SQLite all who write queue for its one writer; each failure leaves the queue."""

import fcntl
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction

from conversations.models import Account
from tests.support.shop import Shop
from tests.support.threads import ROUNDS, all_at_once
from workqueue import durability, sql
from workqueue.sqlite3 import base

pytestmark = [
    pytest.mark.skipif(not settings.ON_SQLITE, reason="it is SQLite's"),
    pytest.mark.django_db(transaction=True),
]


HOLDER = """
import fcntl, sys
file = open(sys.argv[1], "a")
fcntl.flock(file, fcntl.LOCK_EX)
print("has it", flush=True)
input()
"""


def database() -> str:
    return str(connection.settings_dict["NAME"])


def is_free() -> bool:
    return not base.queue_for(database()).threads.locked() and not is_taken_by_a_process()


def is_taken_by_a_process(name: str = base.QUEUE_FILE) -> bool:
    with Path(name.format(database())).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextmanager
def another_process(name: str = base.QUEUE_FILE) -> Iterator[subprocess.Popen[str]]:
    """A process that has the queue, until it is ended."""
    file = name.format(database())
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, file], stdin=PIPE, stdout=PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            process.stdout.readline()
            yield process
        finally:
            process.kill()


def test_a_transaction_has_the_queue_until_it_ends() -> None:
    with transaction.atomic():
        assert not is_free()
        with transaction.atomic():  # a savepoint
            Account.objects.create()
        assert not is_free()
    assert is_free()


@pytest.mark.parametrize("error", [ZeroDivisionError, IntegrityError, KeyboardInterrupt])
def test_a_transaction_that_fails_leaves_it(error: type[BaseException]) -> None:
    with suppress(error), transaction.atomic():
        raise error
    assert is_free()


def test_a_connection_that_closes_leaves_it() -> None:
    with suppress(Exception), transaction.atomic():
        connection.close()
    assert is_free()


def test_a_transaction_that_could_not_begin_leaves_it() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 0")
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"), transaction.atomic():
            pass
    assert is_free()
    connection.close()


def test_who_waits_too_long_fails_as_sqlite_itself_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.05)
    said: list[str] = []

    def wait() -> None:
        try:
            with transaction.atomic():
                pass
        except OperationalError as error:
            said.append(str(error))
        finally:
            connection.close()

    with transaction.atomic():
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join()
    assert said == ["database is locked by another thread"]
    assert is_free()


def write_and_note(written: list[str]) -> None:
    with transaction.atomic():
        Account.objects.create()
    written.append("in a transaction")


def write_alone_and_note(written: list[str]) -> None:
    sql.change("UPDATE conversations_account SET username = %(name)s", name="New")
    written.append("alone")


@pytest.mark.parametrize("write", [write_and_note, write_alone_and_note])
def test_a_writer_waits_for_another_process_and_goes_on_when_that_is_killed(
    write: Callable[[list[str]], None],
) -> None:
    written: list[str] = []

    def run() -> None:
        write(written)
        connection.close()

    with another_process() as process:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join(0.2)
        assert not written
        process.kill()
        thread.join()
    assert written
    assert is_free()


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 28, 16, 5, 9, 123456, tzinfo=UTC),
        datetime(2026, 11, 28, 16, 5, 9, tzinfo=UTC),
        datetime(2026, 11, 28, 1, 5, 9, 1, tzinfo=timezone(timedelta(hours=5, minutes=30))),
        datetime(9999, 12, 30, tzinfo=UTC),
    ],
    ids=str,
)
def test_a_time_is_written_as_the_orm_writes_it(moment: datetime) -> None:
    account = Account.objects.create(paused_until=moment)
    written = "SELECT paused_until FROM conversations_account WHERE id = %(pk)s"
    by_orm = sql.fetch(written, pk=account.pk)
    change = "UPDATE conversations_account SET paused_until = %(at)s WHERE id = %(pk)s"
    sql.change(change, at=moment, pk=account.pk)
    assert sql.fetch(written, pk=account.pk) == by_orm
    account.refresh_from_db()
    assert account.paused_until == moment


def test_whoever_only_reads_waits_for_nobody() -> None:
    with another_process():
        assert sql.fetch("SELECT 1") == (1,)
        assert Account.objects.count() == 0


def test_a_child_does_not_have_the_place_of_its_parent() -> None:
    with transaction.atomic():
        Account.objects.create()
        child = os.fork()
        if child == 0:
            os._exit(0 if not base._queues and is_taken_by_a_process() else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert not is_free()
    assert is_free()


@pytest.fixture
def _is_worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(durability, "_relaxed", threading.Event())
    durability.relax()
    connection.close()
    yield
    connection.close()


@pytest.fixture
def glances(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    monkeypatch.setattr(time, "sleep", found.append)
    return found


@pytest.mark.usefixtures("_is_worker")
def test_a_worker_lets_others_go_first_but_not_for_ever(glances: list[float]) -> None:
    with another_process(base.FIRST_FILE), transaction.atomic():
        assert not is_free()
    assert len(glances) == base.GLANCES
    with transaction.atomic():
        pass
    assert len(glances) == base.GLANCES, "nobody is there any more"


def test_the_web_does_not_wait_for_who_goes_first(glances: list[float]) -> None:
    with another_process(base.FIRST_FILE), transaction.atomic():
        assert not is_free()
    assert not glances


def test_workers_see_who_goes_first_until_it_is_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks before it stands there: who finds a worker's glance goes on unannounced."""
    stands, begun, end = threading.Event(), threading.Event(), threading.Event()
    flock = fcntl.flock

    def flock_and_tell(file: Any, how: int) -> None:
        flock(file, how)
        if how == fcntl.LOCK_SH | fcntl.LOCK_NB:
            stands.set()

    def run() -> None:
        with transaction.atomic():
            begun.set()
            end.wait()
        connection.close()

    thread = threading.Thread(target=run)
    monkeypatch.setattr(fcntl, "flock", flock_and_tell)
    with another_process() as process:
        thread.start()
        stands.wait()
        assert is_taken_by_a_process(base.FIRST_FILE)
        process.kill()
        begun.wait()
        assert not is_taken_by_a_process(base.FIRST_FILE)
    end.set()
    thread.join()
    assert is_free()


@contextmanager
def opened(level: str) -> Iterator[None]:
    """A connection that waits for the disk as much as this, from its beginning."""
    with pytest.MonkeyPatch.context() as patch:
        commands = f"PRAGMA journal_mode=WAL; PRAGMA synchronous={level}"
        patch.setitem(connection.settings_dict["OPTIONS"], "init_command", commands)
        connection.close()
        connection.ensure_connection()
        yield
        connection.close()


@pytest.fixture
def _waits_for_disk() -> Iterator[None]:
    with opened("FULL"):
        yield


def level() -> int:
    return int(connection.connection.execute("PRAGMA synchronous").fetchone()[0])


@pytest.fixture
def written_out(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether the queue was free, each time that SQLite's log was written out to the disk."""
    found: list[bool] = []
    write_out = os.fdatasync

    def watched(file: int) -> None:
        assert Path(f"/proc/self/fd/{file}").readlink() == Path(base.LOG_FILE.format(database()))
        found.append(is_free())
        write_out(file)

    monkeypatch.setattr(os, "fdatasync", watched)
    return found


@pytest.mark.usefixtures("_waits_for_disk")
def test_what_is_committed_is_on_the_disk_and_nobody_is_kept_waiting_for_that(
    written_out: list[bool],
) -> None:
    with transaction.atomic():
        Account.objects.create()
        assert level() == base.NORMAL
    assert written_out == [True]
    assert level() == 2, "FULL again, for what is written without a transaction"


@pytest.mark.parametrize(
    ("level", "before", "after"),
    [
        ("OFF", [], []),
        ("NORMAL", [], []),
        ("FULL", ["PRAGMA synchronous=1"], ["PRAGMA synchronous=2"]),
        ("EXTRA", ["PRAGMA synchronous=1"], ["PRAGMA synchronous=3"]),
    ],
)
def test_a_transaction_asks_sqlite_nothing_that_its_connection_knows(
    level: str, before: list[str], after: list[str]
) -> None:
    said: list[str] = []
    with opened(level):
        connection.connection.set_trace_callback(said.append)
        for _ in range(2):
            with transaction.atomic():
                pass
    assert said == [*before, "BEGIN IMMEDIATE", "COMMIT", *after] * 2


@pytest.mark.usefixtures("_waits_for_disk")
def test_a_connection_that_was_lost_in_a_transaction_is_followed_by_one_that_waits() -> None:
    with suppress(Exception), transaction.atomic():
        connection.close()
    with transaction.atomic():
        Account.objects.create()
    assert level() == 2


@pytest.mark.usefixtures("_waits_for_disk")
@pytest.mark.parametrize("error", [ZeroDivisionError, IntegrityError, KeyboardInterrupt])
def test_after_a_transaction_that_failed_sqlite_waits_for_the_disk_again(
    error: type[BaseException], written_out: list[bool]
) -> None:
    with suppress(error), transaction.atomic():
        raise error
    assert level() == 2
    assert not written_out


@pytest.mark.usefixtures("_waits_for_disk")
def test_a_disk_that_fails_is_told_as_an_error_of_the_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", fail)
    with pytest.raises(OperationalError, match="may not be on the disk"), transaction.atomic():
        Account.objects.create()
    assert is_free()
    assert level() == 2


@pytest.mark.usefixtures("_is_worker")
def test_a_worker_waits_for_the_disk_only_before_a_call_and_keeps_nobody_waiting(
    shop: Shop, written_out: list[bool]
) -> None:
    shop.hears("price")
    written_out.clear()
    shop.works()
    assert shop.texts == ["Ten euros."]
    assert written_out == [True]
    assert level() == base.NORMAL


def test_nobody_overtakes_a_writer_who_has_read() -> None:
    account = Account.objects.create(username="0")

    def count(_: int) -> None:
        with transaction.atomic():
            number = int(Account.objects.get(pk=account.pk).username)
            Account.objects.filter(pk=account.pk).update(username=str(number + 1))

    all_at_once(*[count] * 8)
    assert Account.objects.get(pk=account.pk).username == str(8 * ROUNDS)
