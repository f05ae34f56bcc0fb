"""Erasing waits for nobody, and stops nobody who answers customers."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from conversations.models import Conversation
from conversations.removal import request, thread, work
from conversations.removal.steps import Bite
from tests.support import remains
from tests.support.clock import Clock
from tests.support.removal import MARKED, fill
from tests.support.shop import Shop

HOUR = timedelta(hours=1)


@pytest.fixture
def reader(shop: Shop) -> Iterator[sqlite3.Connection]:
    """Somebody beside us, who may read for long."""
    reader = sqlite3.connect(str(connection.settings_dict["NAME"]), isolation_level=None)
    yield reader
    reader.close()


def patience() -> int:
    [(milliseconds,)] = connection.connection.execute("PRAGMA busy_timeout").fetchall()
    return int(milliseconds)


@pytest.mark.skipif(not settings.ON_SQLITE, reason="of SQLite's files")
def test_whoever_reads_is_not_waited_for_with_the_writers_locked_out(
    shop: Shop, reader: sqlite3.Connection, time_passes: Clock
) -> None:
    erasure = request.begin(fill(shop).pk, "olga")
    assert erasure is not None
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM conversations_message").fetchone()
    usual, tries = patience(), list[int]()

    def watch(execute: Any, sql: str, *given: Any) -> Any:
        if "wal_checkpoint" in sql:
            tries.append(patience())
        return execute(sql, *given)

    with connection.execute_wrapper(watch):
        assert not work.go_on(erasure.pk)
        assert tries == [0], "one try, which waits for nobody"
        assert patience() == usual > 0, "whoever writes next waits as long as ever"
        reader.execute("COMMIT")
        work.look()
        assert tries == [0], "not at once again"
        time_passes(work.UNTIL_FILES_ARE_FREE + timedelta(seconds=1))
        work.look()
    erasure.refresh_from_db()
    assert erasure.done_at is not None
    assert list(remains.places(MARKED)) == []


def test_a_message_that_is_being_sent_is_looked_at_once_a_look(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk, looked, bite = fill(shop), list[int](), thread.bite

    def count(*given: Any) -> Bite:
        looked.append(1)
        return bite(*given)

    monkeypatch.setattr(thread, "bite", count)
    row, now = Conversation.objects.filter(pk=talk.pk), timezone.now()
    row.update(due_at=now, leased_until=now + HOUR)
    erasure = request.begin(talk.pk, "olga")
    assert erasure is not None
    assert not work.go_on(erasure.pk)
    assert looked == [1]
    row.update(leased_until=None)
    work.look()
    erasure.refresh_from_db()
    assert erasure.done_at is not None
