"""Fills a database, of either kind, with a large inbox, and logs people in."""

import random
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
from psycopg2.extras import execute_values

from bench.databases import Database, manage

DAYS = 90
LONG = 1  # the conversation that has far more messages than others
LONG_MESSAGES = 20_000
WAITING = 400  # conversations; a quarter of them has somebody
PUT_OFF = 40
CUSTOMER = 17841400000000000  # the first one's id, less one
BITE = 5000  # rows of an INSERT
WORDS = (
    "Hello! I saw your beautiful bags and would like to know how much the red one costs.",
    "How long does delivery to Germany take, and what does it cost?",
    "Can I return it when it does not fit?",
    "Do you have size 38 of these shoes, or will you have it again soon?",
    "Здравствуйте! Сколько стоит красная сумка, и отправляете ли вы в Германию?",
)
ACCOUNT = """
INSERT INTO conversations_account
    (id, instagram_id, node_id, username, identified_by, pause, pause_reason, strikes)
VALUES (1, '17841400000000000', 'me', 'shop', '', '', '', 0)"""
CONVERSATION = (
    "id", "account_id", "customer_id", "name", "username", "last_inbound_at", "bot_paused_until",
    "bot_paused_by", "needs_person", "profile_at", "created_at", "waiting_since", "put_off_until",
)  # fmt: skip
MESSAGE = (
    "id", "conversation_id", "origin", "kind", "mid", "text", "at", "created_at", "verdict",
    "reason", "decided_at", "in_reply_to_id", "rule", "state", "called_at", "sent_at", "staff",
    "error",
)  # fmt: skip
ASSIGN = """
UPDATE conversations_conversation SET assignee_id = (SELECT MIN(id) FROM auth_user)
WHERE waiting_since IS NOT NULL AND id % 4 = 0"""
# People who may read and answer; each prints the key of a session.
LOG_IN = """
from django.contrib.auth.models import Permission, User
from django.contrib.sessions.backends.db import SessionStore
may = Permission.objects.filter(codename__in=["view_conversation", "change_conversation"])
for number in range({people}):
    user = User.objects.create_user(f"anna{{number}}", is_staff=True)
    user.user_permissions.set(may)
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.create()
    print(session.session_key)
"""


def log_in(database: Database, people: int) -> list[str]:
    """Return the session keys of so many people."""
    return manage(database.url, "shell", "--no-imports", "-c", LOG_IN.format(people=people)).split()


def fill(database: Database, conversations: int, messages: int) -> None:
    """Write so many conversations and messages, in the order in which a shop would."""
    chance, now = random.Random(20261128), datetime.now(UTC)
    long = min(LONG_MESSAGES, messages // 5)
    times = sorted(now - DAYS * timedelta(days=1) * chance.random() for _ in range(messages // 2))
    talks = [chance.randint(1, conversations) for _ in times]
    for place in chance.sample(range(len(times)), long // 2):
        talks[place] = LONG
    newest = dict(zip(talks, times, strict=True))
    _insert(database, "", (), [ACCOUNT])
    rows = _conversations(conversations, newest, now)
    _insert(database, "conversations_conversation", CONVERSATION, rows)
    _insert(database, "conversations_message", MESSAGE, _messages(talks, times, chance))


def finish(database: Database) -> None:
    """Give conversations to people, and look at the tables, as the database does later itself."""
    _insert(database, "", (), [ASSIGN])
    _insert(
        database, "", (), ["ANALYZE" if database.url.startswith("sqlite") else "VACUUM ANALYZE"]
    )


def _conversations(
    count: int, newest: dict[int, datetime], now: datetime
) -> Iterator[Sequence[Any]]:
    waiting_every = max(count // WAITING, 1)
    for pk in range(1, count + 1):
        last = newest.get(pk)
        waits = last if pk % waiting_every == 0 else None
        put_off = now + timedelta(hours=3) if waits and pk % (waiting_every * 10) == 0 else None
        first = now - DAYS * timedelta(days=1)
        paused = now + timedelta(hours=6) if pk % 50 == 49 else None
        yield (
            pk, 1, str(CUSTOMER + pk), f"Mia Keller {pk}", f"mia.{pk}", last, paused,
            "anna" if paused else "", bool(waits and pk % 3 == 0), first, first, waits, put_off,
        )  # fmt: skip


def _messages(
    talks: Sequence[int], times: Sequence[datetime], chance: random.Random
) -> Iterator[Sequence[Any]]:
    second = timedelta(seconds=1)
    for number, (talk, at) in enumerate(zip(talks, times, strict=True)):
        pk, luck = number * 2 + 1, chance.random()
        verdict = "answered" if luck < 0.9 else "no_answer"
        words = WORDS[number % len(WORDS)]
        yield (
            pk, talk, "customer", "text", f"aWdf{pk}", words, at, at + second, verdict,
            "Matched a word of a rule.", at + second, None, None, "", None, None, "", "",
        )  # fmt: skip
        state = "failed" if luck < 0.0005 else "sent"
        yield (
            pk + 1, talk, "bot", "text", f"aWdf{pk + 1}", f"About that: {words}", at + 2 * second,
            at + 2 * second, "", "", None, pk, 1, state, at + second, at + second, "", "",
        )  # fmt: skip


def _insert(database: Database, table: str, columns: Sequence[str], rows: Iterable[Any]) -> None:
    """Write rows; where there is no table they are statements."""
    named = f"INSERT INTO {table} ({', '.join(columns)}) VALUES"
    if database.url.startswith("sqlite"):
        path = database.url.removeprefix("sqlite:///")
        sqlite3.register_adapter(datetime, lambda at: f"{at:%Y-%m-%d %H:%M:%S.%f}")
        with closing(sqlite3.connect(path, isolation_level=None)) as file:
            if table:
                file.execute("BEGIN")
                file.executemany(f"{named} ({', '.join('?' * len(columns))})", rows)
                file.execute("COMMIT")
            else:
                for statement in rows:
                    file.execute(statement)
        return
    with closing(psycopg2.connect(database.url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            if not table:
                for statement in rows:
                    cursor.execute(statement)
                return
            cursor.execute("SET session_replication_role = replica")  # no look at foreign keys
            execute_values(cursor, f"{named} %s", rows, page_size=BITE)
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), MAX(id)) FROM {table}"
            )
