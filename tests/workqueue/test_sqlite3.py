"""On SQLite the threads of a process queue for its one writer; each failure leaves the queue."""

import sqlite3
import threading
from contextlib import closing, suppress

import pytest
from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction

from conversations.models import Account
from tests.support.threads import ROUNDS, all_at_once
from workqueue.sqlite3 import base

pytestmark = [
    pytest.mark.skipif(not settings.ON_SQLITE, reason="it is SQLite's"),
    pytest.mark.django_db(transaction=True),
]


def is_free() -> bool:
    return not base._queues[str(connection.settings_dict["NAME"])].locked()


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


def test_nobody_overtakes_a_writer_who_has_read() -> None:
    account = Account.objects.create(username="0")

    def count(_: int) -> None:
        with transaction.atomic():
            number = int(Account.objects.get(pk=account.pk).username)
            Account.objects.filter(pk=account.pk).update(username=str(number + 1))

    all_at_once(*[count] * 8)
    assert Account.objects.get(pk=account.pk).username == str(8 * ROUNDS)
