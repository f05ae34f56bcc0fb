"""Fills a database, of either kind, with a large shop and its inbox, and logs people in."""

import json
import random
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2

from backoffice.words import search_text
from bench.api_shop import RULES, write_rules
from bench.databases import Database, manage

DAYS = 90
LONG = 1  # the conversation that has far more messages than others
LONG_MESSAGES = 20_000
WAITING = 400  # conversations; a quarter of them has somebody
PER_PAGE = 50  # rows of a list
# Who writes meanwhile: each 25th, whose bot is not paused, and as many whom no rule answers.
EVERY, ANSWERED, UNANSWERED = 25, 11, 13
CUSTOMER = 17841400000000000  # the first one's id, less one
BITE = 1 << 20  # characters that PostgreSQL gets at once
LABELS = {"returns": 33, "vip": 400, "press": 9000}  # of how many conversations one has it
WORDS = (
    "Hello! I saw your beautiful bags and would like to know how much the red one costs.",
    "How long does delivery to Germany take, and what does it cost?",
    "Can I return it when it does not fit?",
    "Do you have size 38 of these shoes, or will you have it again soon?",
    "Здравствуйте! Сколько стоит красная сумка, и отправляете ли вы в Германию?",
)
# What each third customer asks about: some things often, most of them rarely.
THINGS = tuple(
    f"{first}{second}{third}"
    for first in ("ba", "ke", "lo", "mu", "na", "pi", "ra", "so", "ta", "vi", "zu", "fe")
    for second in ("rin", "mel", "tok", "van", "lis", "der", "gon", "sha", "bru", "nel", "pas")
    for third in ("a", "o", "ette", "ino", "us", "ex", "y", "ora", "ik", "ade")
)
ACCOUNT = """
INSERT INTO conversations_account
    (id, instagram_id, node_id, username, identified_by, pause, pause_reason, strikes)
VALUES (1, '17841400000000000', 'me', 'shop', '', '', '', 0)"""
CONVERSATION = (
    "id", "account_id", "customer_id", "name", "username", "last_inbound_at", "bot_paused_until",
    "bot_paused_by", "needs_person", "profile_at", "created_at", "waiting_since", "put_off_until",
    "opted_out_at", "referral",
)  # fmt: skip
MESSAGE = (
    "id", "conversation_id", "origin", "kind", "mid", "text", "at", "created_at", "verdict",
    "reason", "decided_at", "in_reply_to_id", "rule", "state", "called_at", "sent_at", "staff",
    "error", "done_at", "search_text",
)  # fmt: skip
EVENT = ("id", "body", "received_at", "processed_at", "state", "outcomes", "reason", "mid_hash")
NO_MID = 0  # as webhooks.mids has it: else the worker would look through all of them
# Of how many events one has such an item; others have none: the whole ledger has to say so.
OUTCOMES = {"no account": 50_000, "unknown": 400, "duplicate": 3000}
FAILED_EVERY = 20_000  # events
LABELLED = "conversations_conversation_labels"
# Of those who wait a quarter has somebody; others had somebody who is done.
ASSIGN = """
UPDATE conversations_conversation SET assignee_id = (SELECT MIN(id) + {number} FROM auth_user)
WHERE waiting_since IS NOT NULL AND id % 80 = {number} * 4"""
CLOSE = """
UPDATE conversations_conversation
SET assignee_id = (SELECT MIN(id) FROM auth_user), closed_at = last_inbound_at
WHERE waiting_since IS NULL AND id % 20 = 3"""
# People who may read and answer, the last one everything; each prints the key of a session.
LOG_IN = """
from django.contrib.auth.models import Permission, User
from people.sessions.store import SessionStore
may = Permission.objects.filter(codename__in=["view_conversation", "change_conversation"])
for number in range({people}):
    is_last = number == {people} - 1
    user, _ = User.objects.update_or_create(
        username=f"anna{{number}}", defaults={{"is_staff": True, "is_superuser": is_last}}
    )
    user.user_permissions.set(may)
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = "people.login.passwords.Backend"
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.create()
    print(session.session_key)
"""


# What the worker would do in time: names that search knows, and figures of all days.
SETTLE = """
from conversations.search import upkeep as search
from conversations.statistics import upkeep as figures
search.catch_up()
figures.BUDGET_SECONDS, figures.REST_SECONDS = float("inf"), 0
figures.look()
"""


def log_in(database: Database, people: int) -> list[str]:
    """Return the session keys of so many people."""
    return manage(database.url, "shell", "--no-imports", "-c", LOG_IN.format(people=people)).split()


def fill(database: Database, conversations: int, messages: int, *, searchable: bool = True) -> None:
    """Write so many conversations and messages, in the order in which a shop would.

    searchable: what search compares is written, too; else that is left to who fills it in.
    """
    write_rules(database)
    chance, now = random.Random(20261128), datetime.now(UTC)
    long = min(LONG_MESSAGES, messages // 5)
    times = sorted(now - DAYS * timedelta(days=1) * chance.random() for _ in range(messages // 2))
    talks = [chance.randint(1, conversations) for _ in times]
    for place in chance.sample(range(len(times)), long // 2):
        talks[place] = LONG
    newest = dict(zip(talks, times, strict=True))
    run(database, ACCOUNT)
    rows = _conversations(conversations, newest, now)
    _insert(database, "conversations_conversation", CONVERSATION, rows)
    rows = _messages(talks, times, newest, chance, searchable=searchable)
    _insert(database, "conversations_message", MESSAGE, rows)
    _insert(database, "webhooks_webhookevent", EVENT, _events(times))
    _insert(database, "conversations_label", ("id", "name"), enumerate(LABELS, 1))
    _insert(
        database,
        LABELLED,
        ("id", "conversation_id", "label_id"),
        _labelled(range(1, conversations)),
    )


def finish(database: Database, people: int) -> None:
    """Give conversations to people, and look at the tables, as the database does later itself."""
    run(database, *(ASSIGN.format(number=number) for number in range(people)), CLOSE)
    run(database, "ANALYZE" if is_sqlite(database) else "VACUUM ANALYZE")


def settle(database: Database) -> None:
    """Do what the worker does in a shop that has been open for a while."""
    manage(database.url, "shell", "--no-imports", "-c", SETTLE)


def is_sqlite(database: Database) -> bool:
    return database.url.startswith("sqlite")


def _conversations(
    count: int, newest: dict[int, datetime], now: datetime
) -> Iterator[Sequence[Any]]:
    waiting_every = max(count // WAITING, 3)
    for pk in range(1, count + 1):
        last = newest.get(pk)
        waits = last if pk % waiting_every == 0 else None
        put_off = now + timedelta(hours=3) if waits and pk % (waiting_every * 10) == 0 else None
        first = now - DAYS * timedelta(days=1)
        paused = now + timedelta(hours=6) if pk % 50 == 49 else None
        came = '{"ad_id": "1"}' if pk % 40 == 7 else "{}"
        yield (
            pk, 1, str(CUSTOMER + pk), f"Mia Keller {pk}", f"mia.{pk}", last, paused,
            "anna" if paused else "", bool(waits and pk % 3 == 0), first, first, waits, put_off,
            last if pk % 200 == 5 else None, came,
        )  # fmt: skip


def _messages(
    talks: Sequence[int],
    times: Sequence[datetime],
    newest: dict[int, datetime],
    chance: random.Random,
    *,
    searchable: bool,
) -> Iterator[Sequence[Any]]:
    second = timedelta(seconds=1)
    for number, (talk, at) in enumerate(zip(talks, times, strict=True)):
        pk, luck = number * 2 + 1, chance.random()
        verdict = "answered" if luck < 0.9 else "no_answer"
        kind = "story_reply" if luck > 0.98 else "text"
        done = at if verdict == "no_answer" and at != newest[talk] else None
        words = _ask(number, chance)
        yield (
            pk, talk, "customer", kind, f"aWdf{pk}", words, at, at + second, verdict,
            "Matched a word of a rule.", at + second, None, None, "", None, None, "", "", done,
            search_text(words) if searchable else None,
        )  # fmt: skip
        state = "failed" if luck < 0.0005 else "sent"
        rule, words = 1 + int(RULES * chance.random() ** 3), f"About that: {words}"
        yield (
            pk + 1, talk, "bot", "text", f"aWdf{pk + 1}", words, at + 2 * second,
            at + 2 * second, "", "", None, pk, rule, state, at + second, at + second, "", "", None,
            search_text(words) if searchable else None,
        )  # fmt: skip


def _ask(number: int, chance: random.Random) -> str:
    words = WORDS[number % len(WORDS)]
    if number % 3:
        return words
    things = [THINGS[int(len(THINGS) * chance.random() ** 3)] for _ in range(2)]
    return f"{words} My order {number} has a {things[0]}, and do you have a {things[1]}, too?"


def _events(times: Sequence[datetime]) -> Iterator[Sequence[Any]]:
    """One for each question, with what became of it."""
    for number, at in enumerate(times):
        pk = number * 2 + 1
        rare = (name for name, every in OUTCOMES.items() if number % every == every - 1)
        outcome = next(rare, "recorded")
        item = {
            "outcome": outcome,
            "kind": "text",
            "reason": "",
            "conversation": None,
            "message": pk if outcome == "recorded" else None,
        }
        is_failed = number % FAILED_EVERY == 7
        body = json.dumps(
            {"object": "instagram", "entry": [{"id": "1", "time": pk}], "is": "bench"}
        )
        yield (
            pk, (body * 4).encode(), at, at, "failed" if is_failed else "processed",
            json.dumps([item]), "Could not be stored (DataError)." if is_failed else "", NO_MID,
        )  # fmt: skip


def _labelled(conversations: Iterable[int]) -> Iterator[Sequence[Any]]:
    pairs = (
        (conversation, label)
        for conversation in conversations
        for label, every in enumerate(LABELS.values(), 1)
        if conversation % every == 0
    )
    for number, pair in enumerate(pairs, 1):
        yield number, *pair


def run(database: Database, *statements: str) -> None:
    """Run statements, each in a transaction of its own."""
    if is_sqlite(database):
        with closing(_open(database)) as file:
            for statement in statements:
                file.execute(statement)
        return
    with closing(psycopg2.connect(database.url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        for statement in statements:
            cursor.execute(statement)


def _open(database: Database) -> sqlite3.Connection:
    sqlite3.register_adapter(datetime, lambda at: f"{at:%Y-%m-%d %H:%M:%S.%f}")
    return sqlite3.connect(database.url.removeprefix("sqlite:///"), isolation_level=None)


def _insert(database: Database, table: str, columns: Sequence[str], rows: Iterable[Any]) -> None:
    """Write rows: by COPY, or in one transaction of SQLite's."""
    named = f"{table} ({', '.join(columns)})"
    if is_sqlite(database):
        with closing(_open(database)) as file:
            file.execute("BEGIN")
            values = ", ".join("?" * len(columns))
            file.executemany(f"INSERT INTO {named} VALUES ({values})", rows)
            file.execute("COMMIT")
        return
    with closing(psycopg2.connect(database.url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("SET session_replication_role = replica")  # no look at foreign keys
        cursor.copy_expert(f"COPY {named} FROM STDIN", _Lines(rows))
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), MAX(id)) FROM {table}"
        )


class _Lines:
    """Rows as the file that COPY reads."""

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self._rows, self._rest = iter(rows), b""

    def read(self, size: int = BITE) -> bytes:
        pieces, length = [self._rest], len(self._rest)
        while length < size and (row := next(self._rows, None)) is not None:
            pieces.append("\t".join(map(_text, row)).encode() + b"\n")
            length += len(pieces[-1])
        found = b"".join(pieces)
        self._rest = found[size:]
        return found[:size]


def _text(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return f"\\\\x{value.hex()}"
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
