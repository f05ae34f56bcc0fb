"""The fixed statements on PostgreSQL: prepared once a connection, and healed when that fails."""

import threading
import time
from contextlib import closing, suppress
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from pytest_django import Settings

from conversations import outbox
from conversations.models import Account, Conversation, Message, State
from conversations.outbox import settlement
from tests.support.shop import Shop, at_rest
from tests.support.talks import make_conversation, say
from workqueue import durability, sql

pytestmark = pytest.mark.skipif(settings.ON_SQLITE, reason="SQLite prepares by itself")

NAMES = "SELECT name FROM pg_prepared_statements WHERE name LIKE 'instabot%'"
ONE = "SELECT id FROM conversations_account WHERE id = %(value)s"


def prepared() -> int:
    with connection.cursor() as cursor:
        cursor.execute(NAMES)
        return len(cursor.fetchall())


@pytest.fixture(autouse=True)
def _afresh(transactional_db: None) -> None:
    connection.close()
    Account.objects.ours()


def test_a_statement_is_prepared_once_for_a_connection() -> None:
    for _ in range(3):
        assert sql.fetch(ONE, value=1) == (1,)
    assert prepared() == 1
    connection.close()
    assert prepared() == 0
    assert sql.fetch(ONE, value=1) == (1,)


def test_what_is_switched_off_is_not_prepared(shop: Shop, settings: Settings) -> None:
    settings.PREPARED_STATEMENTS = False
    shop.hears("price")
    shop.works()
    assert shop.texts == ["Ten euros."]
    assert prepared() == 0


def test_a_changed_table_costs_one_failure_and_is_prepared_anew() -> None:
    every = "SELECT * FROM conversations_account WHERE id = %(pk)s"
    assert sql.fetch(every, pk=1)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE conversations_account ADD COLUMN added integer")
    try:
        with pytest.raises(DatabaseError):  # "cached plan must not change result type"
            sql.fetch(every, pk=1)
        assert sql.fetch(every, pk=1)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE conversations_account DROP COLUMN added")


def test_work_goes_on_over_a_migration(shop: Shop) -> None:
    shop.hears("price")
    shop.works()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE conversations_conversation ADD COLUMN added integer")
    try:
        shop.hears("delivery")
        shop.works()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE conversations_conversation DROP COLUMN added")
    assert shop.texts == ["Ten euros.", "Two days."]
    assert at_rest()


def test_a_statement_that_is_gone_is_prepared_again_in_the_next_transaction() -> None:
    sql.fetch(ONE, value=1)
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    with pytest.raises(DatabaseError), transaction.atomic():
        sql.fetch(ONE, value=1)
    assert sql.fetch(ONE, value=1) == (1,)


def test_a_worker_waits_for_the_disk_only_before_a_call(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durability, "_relaxed", _set())
    connection.close()
    shop.hears("price")
    pk = Conversation.objects.count()
    assert pk == 0
    seen = []
    run = sql._run

    def watched(text: str, *rest: Any, **named: Any) -> Any:
        cursor = run(text, *rest, **named)
        with connection.cursor() as looking:
            looking.execute("SHOW synchronous_commit")
            seen.append((text.split()[0:3], looking.fetchone()[0]))
        return cursor

    monkeypatch.setattr(sql, "_run", watched)
    shop.works()
    assert shop.texts == ["Ten euros."]
    waits = [text for text, durable in seen if durable == "on"]
    assert waits == [["INSERT", "INTO", "conversations_attempt"]], "the last of its transaction"
    connection.close()


def _set() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


def test_times_come_back_with_their_zone() -> None:
    now = timezone.now()
    Account.objects.update(next_send_at=now)
    found = sql.fetch("SELECT next_send_at FROM conversations_account WHERE id = %(pk)s", pk=1)
    assert found is not None
    assert sql.moment(found[0]) == now


def test_a_broken_transaction_does_not_spoil_the_connection() -> None:
    sql.fetch(ONE, value=1)
    with suppress(DatabaseError), transaction.atomic():
        for _ in range(2):
            with suppress(DatabaseError):
                sql.fetch(ONE, value="no number")
    for _ in range(3):
        assert sql.fetch(ONE, value=1) == (1,)


def test_who_waits_for_the_account_reads_its_new_slot() -> None:
    talk = make_conversation("maria")
    base, locked = timezone.now(), threading.Event()

    def first() -> None:
        with closing(connection), transaction.atomic():
            Account.objects.at_gate(talk.account_id, talk.pk, base, lock=True)
            locked.set()
            time.sleep(0.2)  # the other one waits for the lock
            Account.objects.take_slot(talk.account_id, base + timedelta(seconds=9))

    thread = threading.Thread(target=first)
    thread.start()
    assert locked.wait(10)
    with transaction.atomic():
        seen = Account.objects.at_gate(talk.account_id, talk.pk, base, lock=True)
    thread.join()
    assert seen.next_send_at == base + timedelta(seconds=9)


def test_staff_and_the_settler_do_not_lock_each_other_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    talk = make_conversation("maria", last_inbound_at=timezone.now())
    row = say(talk, state=State.UNKNOWN, called_at=timezone.now(), looks=1)
    again, has = settlement.send_once_more, threading.Event()

    def slow(message: Message) -> bool:
        has.set()
        time.sleep(0.3)  # staff click meanwhile
        return again(message)

    monkeypatch.setattr(settlement, "send_once_more", slow)

    def settle() -> None:
        with closing(connection):
            settlement.missed(row)

    thread = threading.Thread(target=settle)
    thread.start()
    assert has.wait(10)
    outbox.resend(Message.objects.filter(pk=row.pk), "anna")
    thread.join()
    row.refresh_from_db()
    assert (row.state, row.staff) == (State.QUEUED, "anna")
