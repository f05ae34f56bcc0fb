"""Many threads and few connections: each has one while it asks, and none while it waits."""

import gc
import threading
from collections.abc import Iterator

import pytest
from django.db import OperationalError, connection, transaction

from conversations.models import Account
from tests.support.graph import Sent
from tests.support.shop import Shop, at_rest
from tests.support.threads import all_at_once
from workqueue import sql
from workqueue.postgresql import pool
from workqueue.postgresql.pool import Pool

MOST = 2
ONE = "SELECT id FROM conversations_account WHERE id = %(value)s"
PREPARED = "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'instabot%'"


@pytest.fixture
def shared(transactional_db: None) -> Iterator[Pool]:
    Account.objects.ours()
    connection.close()
    one = Pool(MOST)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "_shared", one)
        yield one
    connection.close()
    one.drop_idle()


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def in_thread(work: object) -> None:
    thread = threading.Thread(target=work)  # type: ignore[arg-type]
    thread.start()
    thread.join(30)
    assert not thread.is_alive()


def test_threads_take_turns_with_few_connections(shared: Pool) -> None:
    seen: set[int] = set()

    def work(_: int) -> None:
        with transaction.atomic():
            seen.add(backend())
        pool.give_back()

    all_at_once(*[work] * 8)
    assert 1 <= len(seen) <= MOST
    assert len(shared._idle) == shared._count == len(seen)


def test_what_is_prepared_goes_with_the_connection(shared: Pool) -> None:
    assert sql.fetch(ONE, value=1) == (1,)
    first = backend()
    pool.give_back()
    found = []

    def other() -> None:
        found.append((sql.fetch(ONE, value=1), backend()))
        with connection.cursor() as cursor:
            cursor.execute(PREPARED)
            found.append(cursor.fetchone())
        pool.give_back()

    in_thread(other)
    assert found == [((1,), first), (1,)]


def test_nothing_is_given_back_inside_a_transaction(shared: Pool) -> None:
    with transaction.atomic():
        first = backend()
        pool.give_back()
        assert backend() == first
        assert shared._idle == []


def test_who_finds_none_free_waits_and_is_told_after_long(
    shared: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "WAIT_SECONDS", 0.1)
    taken = [connection.copy() for _ in range(MOST)]
    for one in taken:
        one.ensure_connection()
    with pytest.raises(OperationalError, match="All 2 connections of this process"):
        backend()
    for one in taken:
        one.close()
    assert backend()


def test_a_thread_that_ends_without_a_word_makes_room(shared: Pool) -> None:
    for _ in range(MOST + 2):
        in_thread(backend)
        gc.collect()  # of Django's connection, which is in a circle with its parts
    assert backend()


def test_when_the_server_has_hung_up_one_fails_and_the_others_connect_anew(shared: Pool) -> None:
    others = [connection.copy() for _ in range(MOST)]
    for one in others:
        one.ensure_connection()
    for one in others:
        one.close()
    assert len(shared._idle) == MOST
    pids = [one.info.backend_pid for one in shared._idle]
    admin = connection.copy()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "_shared", None)
        with admin.cursor() as cursor:
            for pid in pids:
                cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    admin.close()
    with pytest.raises(OperationalError):
        backend()
    connection.close_if_unusable_or_obsolete()
    assert shared._count == 0
    assert backend() not in pids


def test_a_connection_in_a_broken_state_is_for_nobody_else(shared: Pool) -> None:
    first = backend()
    connection.set_autocommit(False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    connection.close()
    assert shared._count == 0
    assert backend() != first


def test_who_waits_for_meta_has_no_connection(shared: Pool, shop: Shop) -> None:
    free: list[bool] = []

    def look(_: Sent) -> None:
        free.append(len(shared._idle) == shared._count)

    shop.graph.on_send = look
    shop.hears("price")
    shop.works()
    assert shop.texts == ["Ten euros."]
    assert free == [True]
    assert at_rest()


def test_a_process_without_a_pool_keeps_its_connection(transactional_db: None) -> None:
    first = backend()
    pool.give_back()
    assert backend() == first
