"""One customer is erased: nothing of them is left, and all of the others' is."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.utils import timezone

from audit.models import Entry
from conversations.models import Conversation, CustomerErasure, Message
from conversations.removal import disk
from tests.support import remains
from tests.support.graph import envelope
from tests.support.removal import CUSTOMER, MARKED, OTHER, erase, fill, item
from tests.support.service import wait_for
from tests.support.shop import Shop
from webhooks.models import WebhookEvent


def test_nothing_of_an_erased_customer_is_left_in_any_table(shop: Shop) -> None:
    talk = fill(shop)
    before = {place.partition(": ")[2] for place in remains.places(MARKED)}
    assert before == set(MARKED), "all of it is there to be erased"
    erase(talk)
    assert list(remains.places(MARKED)) == []
    shop.works()
    assert list(remains.places(MARKED)) == [], "nor does an event bring it that was not read yet"
    assert not Conversation.objects.filter(pk=talk.pk).exists()
    assert Message.objects.filter(conversation__customer_id=OTHER).count() == 4


def test_what_others_said_in_the_same_event_stays(shop: Shop) -> None:
    erase(fill(shop))
    mixed = [bytes(one.body).decode() for one in WebhookEvent.objects.order_by("pk")]
    [body] = [one for one in mixed if "heron" in one]
    [entry] = json.loads(body)["entry"]
    assert [one.get("sender", {}).get("id") for one in entry["messaging"]] == [None, OTHER]
    assert "zanzibar" not in body
    WebhookEvent.objects.again(WebhookEvent.objects.latest("pk").received_at)
    shop.works()
    assert list(remains.places(MARKED)) == []
    assert Message.objects.filter(conversation__customer_id=OTHER).count() == 4, "and once each"


def test_a_receipt_stays_which_names_nobody(shop: Shop) -> None:
    talk = fill(shop)
    receipt = CustomerErasure.objects.get(pk=erase(talk))
    assert (receipt.by, receipt.conversation, receipt.customer_id) == ("olga", talk.pk, "")
    assert receipt.done_at is not None
    assert receipt.counts == {
        "messages": 5, "notes": 1, "drafts": 1, "pictures": 1, "mentions": 1, "customers": 1,
        "calls to Instagram": 2, "idempotency keys": 1, "webhook events": 8,
        "log entries without the name": 1,
    }  # fmt: skip
    entry = Entry.objects.get(kind=Entry.Kind.ERASURE)
    assert entry.says == f"erased the customer of conversation {talk.pk}"
    assert LogEntry.objects.count() == 2, "what staff did stays"


@pytest.mark.skipif(not settings.ON_SQLITE, reason="of SQLite's files")
def test_no_byte_is_left_in_sqlites_file_or_its_log(shop: Shop) -> None:
    name = Path(str(connection.settings_dict["NAME"]))
    files = [name, name.with_name(f"{name.name}-wal")]
    talk = fill(shop)
    assert {one.partition(": ")[2] for one in remains.bytes_in(files, MARKED)} == set(MARKED)
    erase(talk)
    assert remains.bytes_in(files, MARKED) == []


@pytest.mark.skipif(not settings.ON_SQLITE, reason="of SQLite's files")
def test_the_worker_takes_from_the_disk_what_came_once_more_or_was_unsent(shop: Shop) -> None:
    name = Path(str(connection.settings_dict["NAME"]))
    files = [name, name.with_name(f"{name.name}-wal")]
    erase(fill(shop))
    disk.look()
    assert remains.bytes_in(files, MARKED) == []
    said = {"mid": "aWdfPANGOLIN2", "text": "zanzibar delivery"}
    shop.receives(envelope(item(CUSTOMER, timezone.now().timestamp(), message=said)))
    shop.works()
    assert remains.bytes_in(files, MARKED)
    disk.look()
    assert remains.bytes_in(files, MARKED) == []
    mid = shop.hears("sesquipedalian price?", OTHER)
    shop.works()
    shop.hears_item({"message": {"mid": mid, "is_deleted": True}}, OTHER)
    shop.works()
    assert remains.bytes_in(files, ["sesquipedalian"])
    disk.look()
    assert remains.bytes_in(files, ["sesquipedalian"]) == []


def data_files() -> list[Path]:
    """The files of all tables and indexes of this database."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        [(folder,)] = cursor.fetchall()
        cursor.execute(
            "SELECT pg_relation_filepath(oid) FROM pg_class WHERE relkind IN ('r', 'i', 't')"
            " AND relnamespace <> 'pg_catalog'::regnamespace"
        )
        return [Path(folder) / path for (path,) in cursor.fetchall() if path]


# Whoever is in a transaction may still see what was deleted, so that is kept for them.
IN_TRANSACTION = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
    AND pid <> pg_backend_pid() AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)
"""


def is_alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(IN_TRANSACTION)
        [(others,)] = cursor.fetchall()
    return bool(others == 0)


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.mark.skipif(settings.ON_SQLITE, reason="of PostgreSQL's files")
def test_no_byte_is_left_in_postgresqls_files_once_tables_are_written_anew(shop: Shop) -> None:
    """A plain VACUUM only gives the space back: bytes stay until it is used again."""
    talk = fill(shop)
    execute("CHECKPOINT")
    assert {one.partition(": ")[2] for one in remains.bytes_in(data_files(), MARKED)} == set(MARKED)
    erase(talk)
    ours = ("conversations_", "webhooks_", "api_", "django_admin_")
    anew = ", ".join(table for table in remains.tables() if table.startswith(ours))
    wait_for(is_alone, "the end of others' transactions")
    execute(f"VACUUM FULL {anew}", "CHECKPOINT")
    assert remains.bytes_in(data_files(), MARKED) == []
