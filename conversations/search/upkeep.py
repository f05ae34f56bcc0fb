"""What the worker does for search, a bite at a time: nobody's message waits for it."""

# ruff: noqa: S608 - the names are those of our own tables

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.models import Manager, QuerySet

from backoffice.words import search_text
from conversations.models import Conversation, Message, Note
from conversations.models.search_text import NOT_SEARCHABLE_YET
from conversations.search import directory, index
from conversations.search.index import MESSAGES, NOTES, Table

BITE = 500  # rows of a transaction
SQLITE_BITE = 200  # it keeps out every other writer
_FILLED: tuple[tuple[Table, Manager[Any]], ...] = (
    (MESSAGES, Message.objects),
    (NOTES, Note.objects),
)


def tend() -> None:
    """Do what is due, but one bite of each: called again and again by the worker.

    Rows that a version before this one wrote have no words yet; that they have none is all there is
    to remember, so it goes on where it ended, and several workers share it.
    """
    for table, rows in _FILLED:
        _fill(table, rows.filter(NOT_SEARCHABLE_YET))
    directory.write(_bite())
    index.merge()


def catch_up() -> None:
    """Do all that is due, at once."""
    for table, rows in _FILLED:
        while _fill(table, rows.filter(NOT_SEARCHABLE_YET)):
            pass
    while directory.write(_bite()):
        pass


def renew() -> int:
    """Read all texts anew, change what differs, and make the indexes anew; return how many rows.

    For an index that is damaged, or rows that were written past it.
    """
    catch_up()
    changed = sum(_renew(table, rows.all()) for table, rows in _FILLED)
    Conversation.objects.filter(in_directory=True).update(in_directory=False)
    while directory.write(_bite()):
        pass
    index.rebuild()
    return changed


def _bite() -> int:
    return SQLITE_BITE if connection.vendor == "sqlite" else BITE


def _fill(table: Table, rows: QuerySet[Any]) -> int:
    """Write the words of the newest rows that have none; return how many."""
    if not rows.exists():  # as nearly always: without a turn to write
        return 0
    with _locked(rows.order_by("-pk")) as found:
        return _write(table, list(found.values_list("pk", "text")[: _bite()]))


def _renew(table: Table, rows: QuerySet[Any]) -> int:
    changed, last = 0, 0
    while True:
        with _locked(rows.filter(pk__gt=last).order_by("pk")) as found:
            bite = list(found.values_list("pk", "text", "search_text")[: _bite()])
            stale = [(pk, text) for pk, text, words in bite if words != search_text(text)]
            changed += _write(table, stale)
        if not bite:
            return changed
        last = bite[-1][0]


@contextmanager
def _locked(
    rows: QuerySet[Any],
) -> Iterator[QuerySet[Any]]:
    """Keep what is read as it is until it is written; what somebody else changes now is left."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            rows = rows.select_for_update(of=("self",), skip_locked=True)
        yield rows


def _write(table: Table, texts: list[tuple[int, str]]) -> int:
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table.name} SET search_text = %s WHERE {table.key} = %s",
            [(search_text(text), pk) for pk, text in texts],
        )
    return len(texts)
