"""The disk of a SQLite file is full: the webhook is refused, so that Meta sends it again."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from instabot import logs
from tests.support.graph import text_body
from tests.support.shop import Shop

pytestmark = pytest.mark.skipif(not settings.ON_SQLITE, reason="a server has a disk of its own")


@contextmanager
def full_disk() -> Iterator[None]:
    """Let the file grow no further, whoever connects: to SQLite the disk is full."""

    def limit(connection: BaseDatabaseWrapper, **_: object) -> None:
        [pages] = connection.connection.execute("PRAGMA page_count").fetchone()
        connection.connection.execute(f"PRAGMA max_page_count = {pages}")

    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # else there are pages that were free before
    connection.close()
    connection_created.connect(limit)
    try:
        yield
    finally:
        connection_created.disconnect(limit)
        connection.close()


def test_it_is_said_once_in_plain_words_and_mended_by_itself(shop: Shop, capfd: Any) -> None:
    logs.repeats.forget()
    capfd.readouterr()
    long = "price " + "x" * 20_000
    with full_disk():
        for number in range(5):
            assert shop.receives(text_body("870001", long, f"m{number}")) == 503
        said = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    [line] = [line for line in said if line["event"] == "webhook_not_stored"]
    assert line["said"] == "database or disk is full"
    assert "make room on it" in line["next"]
    shop.hears("price")
    shop.works()
    assert shop.texts == ["Ten euros."]
