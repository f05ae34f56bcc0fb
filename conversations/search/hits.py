"""Which conversations have the words that somebody looks for, in which order, and where.

First customers who are called so, have such a label, or of whom a note says it; those who wrote
last come first. Then conversations in which it was said; the one with the newest such message comes
first. Both databases have the same order, since all of it is in numbers and times.

How rare a word is, nobody knows beforehand. A common one is found at once among the newest rows,
which are read one by one; an index would bring hundreds of thousands of hits, to be sorted for the
fifty that a page shows. A rare one is not among them, and its index brings few. So the newest rows
are read first, and the index is asked for the rest where they were not enough.
"""

# ruff: noqa: S608 - the names are those of our own tables

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from backoffice.reach import reach
from backoffice.words import Words
from conversations.models import Conversation
from conversations.search import directory
from conversations.search.index import DIRECTORY, MESSAGES, NOTES, Table

MOST_FOUND = 1000  # conversations of one search; who finds more says more words
NEWEST_READ = 10_000  # messages that are read one by one: a few milliseconds
MOST_READ = 80_000  # of a word that one message in so many has at least, at once no more than:
COMMON = 50
READ_AT_ONCE = 30_000
FEW = 1000  # conversations of which all messages are read, where a list is narrowed to them
MANY_NAMED = 2000  # customers: of more than these the index does not give all

# PostgreSQL's planner takes a word for more common than it is, or two words for likelier to stand
# together, and would then read the table; it is not to compile a query of some milliseconds either.
_BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL jit = off"

Narrowed = QuerySet[Conversation] | None
Pairs = Iterator[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Hit:
    """Where the words are in a conversation: its newest such message and note, if there are any."""

    conversation: int
    message: int | None = None
    messages: int = 0
    note: int | None = None


def find(words: Words, most: int = MOST_FOUND, narrowed: Narrowed = None) -> list[int]:
    """Return the first conversations with all of these words, at most so many.

    narrowed: only these; None: all.
    """
    if not words:
        return []
    if narrowed is not None and not narrowed.query.where:  # to all
        narrowed = None
    with _planned():
        known = _find_known(words, most, narrowed)
        if len(known) >= most:
            return known[:most]
        found = dict.fromkeys(known)
        for _, conversation in _said(words, most + len(known), narrowed):
            found[conversation] = None
            if len(found) == most:
                break
    return list(found)


def read_hits(words: Words, conversations: Sequence[int]) -> dict[int, Hit]:
    """Say of each of these conversations where the words are."""
    if not words or not conversations:
        return {}
    messages = _newest_in(MESSAGES, words, conversations)
    notes = _newest_in(NOTES, words, conversations)
    found = {}
    for pk in conversations:
        (message, count), (note, _) = messages.get(pk, (None, 0)), notes.get(pk, (None, 0))
        found[pk] = Hit(pk, message, count, note)
    return found


# Customers


def find_customers(words: Words, most: int) -> list[int]:
    """Return conversations whose customer has all of these words in name, username or labels."""
    if not words:
        return []
    with _planned():
        return _find_known(words, most, _of_seen_accounts(), (DIRECTORY,))


def _of_seen_accounts() -> Narrowed:
    return None if reach() is None else Conversation.objects.all()


def _find_known(
    words: Words, most: int, narrowed: Narrowed, tables: tuple[Table, ...] = (DIRECTORY, NOTES)
) -> list[int]:
    """Return those whose names, labels or notes have the words, the last who wrote first."""
    by_table = [_indexed(table, words) for table in tables]
    if all(len(found) <= MANY_NAMED for found in by_table):
        known = directory.not_in_it_yet(words).union(*by_table)
        return _in_order(*_one_of("id", known), narrowed, most) if known else []
    # There are many: soon enough of them are found on the way through all customers.
    conditions, params = [], list[Any]()
    for table in tables:
        holds, words_of = _holds(table, words)
        of_row = "conversation_id = conversations_conversation.id"
        conditions.append(f"EXISTS (SELECT 1 FROM {table.name} WHERE {of_row} AND {holds})")
        params += words_of
    return _in_order(f"({' OR '.join(conditions)})", params, narrowed, most)


def _in_order(condition: str, params: list[Any], narrowed: Narrowed, most: int) -> list[int]:
    """Return the first of these, the last who wrote first: as newest_first() and its index do."""
    inside, narrow = _narrow("id", narrowed)
    statement = (
        f"SELECT id FROM conversations_conversation WHERE {condition}{inside}"
        " ORDER BY COALESCE(last_inbound_at, created_at) DESC, id DESC LIMIT %s"
    )
    return [pk for (pk,) in _fetch(statement, [*params, *narrow, most])]


def _indexed(table: Table, words: Words) -> set[int]:
    """Return conversations with the words in a row of a small table: all, unless they are many."""
    condition, params = _matches(table, words)
    statement = f"SELECT conversation_id FROM {table.name} WHERE {condition} LIMIT %s"
    return {pk for (pk,) in _fetch(statement, [*params, MANY_NAMED + 1])}


# What was said


def _said(words: Words, most: int, narrowed: Narrowed) -> Pairs:
    """Give message and conversation, the newest first; each conversation is there once at least."""
    if narrowed is not None:
        few = list(narrowed.order_by().values_list("pk", flat=True)[: FEW + 1])
        if len(few) <= FEW:
            yield from _said_in(words, few)
            return
    newest = _fetch(f"SELECT MAX(id) FROM {MESSAGES.name}", [])[0][0] or 0
    limit, hits, seen, size = newest, 0, set[int](), NEWEST_READ
    while len(seen) < most and limit > 0 and size:
        limit -= size
        for message, conversation in _said_lately(words, limit, limit + size, narrowed):
            hits += 1
            seen.add(conversation)
            yield message, conversation
        size = _read_further(newest - limit, hits, most - len(seen))
    if len(seen) < most and limit > 0:
        yield from _said_before(words, limit, most + len(seen), narrowed)


def _read_further(read: int, hits: int, lacking: int) -> int:
    """Return how many messages to read next; 0: it is the index's turn.

    Of a common word all hits of the index would be sorted for the few that are shown: as many as
    are lacking stand in fewer messages than that. read, hits: so far.
    """
    if hits * COMMON < read or read >= MOST_READ:
        return 0
    return min(max(2 * lacking * read // hits, NEWEST_READ), READ_AT_ONCE)


def _said_in(words: Words, conversations: list[int]) -> Pairs:
    newest = _newest_in(MESSAGES, words, conversations)
    yield from sorted(((pk, talk) for talk, (pk, _) in newest.items()), reverse=True)


def _said_lately(words: Words, after: int, until: int, narrowed: Narrowed) -> Pairs:
    holds, params = _holds(MESSAGES, words)
    inside, narrow = _narrow("conversation_id", narrowed)
    yield from _fetch(
        f"SELECT id, conversation_id FROM {MESSAGES.name} WHERE id > %s AND id <= %s"
        f" AND {holds}{inside} ORDER BY id DESC",
        [after, until, *params, *narrow],
    )


def _said_before(words: Words, limit: int, most: int, narrowed: Narrowed) -> Pairs:
    condition, params = _matches(MESSAGES, words)
    inside, narrow = _narrow("conversation_id", narrowed)
    if _is_postgresql():
        # All hits first: asked for the newest of them, the planner would rather go through the
        # table from its end, which takes seconds where two common words never stand together.
        yield from _fetch(
            "WITH hits AS MATERIALIZED"
            f" (SELECT id, conversation_id FROM {MESSAGES.name} WHERE {condition})"
            " SELECT MAX(id), conversation_id FROM hits"
            f" WHERE id <= %s{inside} GROUP BY conversation_id ORDER BY 1 DESC LIMIT %s",
            [*params, limit, *narrow, most],
        )
        return
    # SQLite's index is in the order of ids, and is read as far as somebody asks.
    index = MESSAGES.index
    statement = (
        f"SELECT {index}.rowid, conversation_id FROM {index}"
        f" CROSS JOIN {MESSAGES.name} ON {MESSAGES.name}.id = {index}.rowid"
        f" WHERE {index} MATCH %s AND {index}.rowid <= %s{inside} ORDER BY {index}.rowid DESC"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [_as_fts5(words), limit, *narrow])
        yield from iter(cursor.fetchone, None)


def _newest_in(
    table: Table, words: Words, conversations: Sequence[int]
) -> dict[int, tuple[int, int]]:
    """Return the newest row with the words of each conversation, and how many there are."""
    holds, params = _holds(table, words)
    of_these, pks = _one_of("conversation_id", conversations)
    rows = _fetch(
        f"SELECT conversation_id, MAX(id), COUNT(*) FROM {table.name}"
        f" WHERE {of_these} AND {holds} GROUP BY conversation_id",
        [*pks, *params],
    )
    return {conversation: (newest, count) for conversation, newest, count in rows}


# SQL


def _is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def _one_of(column: str, ids: Iterable[int]) -> tuple[str, list[Any]]:
    if _is_postgresql():
        return f"{column} = ANY(%s)", [[*ids]]
    return f"{column} IN ({', '.join(str(int(pk)) for pk in ids)})", []


def _holds(table: Table, words: Words) -> tuple[str, list[str]]:
    """Return the condition that a row has all words, looked for in the row itself."""
    place = "strpos" if _is_postgresql() else "instr"
    one = f"{place}(' ' || {table.name}.search_text || ' ', %s) > 0"
    return " AND ".join([one] * len(words.words)), [word.padded for word in words.words]


def _matches(table: Table, words: Words) -> tuple[str, list[str]]:
    """Return the same condition as its index serves it."""
    if _is_postgresql():
        return f"{table.words} @@ %s::tsquery", [_as_tsquery(words)]
    asked = f"SELECT rowid FROM {table.index} WHERE {table.index} MATCH %s"
    return f"{table.name}.{table.key} IN ({asked})", [_as_fts5(words)]


def _as_tsquery(words: Words) -> str:
    """Words are letters and digits: nothing in them is a sign of the query's language."""
    return " & ".join(f"'{one.text}'{':*' if one.is_beginning else ''}" for one in words.words)


def _as_fts5(words: Words) -> str:
    return " ".join(f'"{one.text}"{"*" if one.is_beginning else ""}' for one in words.words)


def _narrow(column: str, narrowed: Narrowed) -> tuple[str, list[Any]]:
    if narrowed is None:
        return "", []
    statement, params = narrowed.order_by().values("pk").query.sql_with_params()
    return f" AND {column} IN ({statement})", [*params]


@contextmanager
def _planned() -> Iterator[None]:
    """Have PostgreSQL use the indexes; SQLite has none of these choices."""
    if not _is_postgresql():
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_BY_INDEX)
        yield


def _fetch(statement: str, params: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())
