"""A shop with rows enough that its database chooses indexes as it does in a large one."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, models
from django.db.models import F
from django.utils import timezone

from conversations.models import Conversation, Message, Note, State, Verdict
from tests.support.talks import ask, make_conversation, say

MODELS = (Conversation, Message, Note)
KINDS = 30  # of conversations
EACH = 100  # of a kind
UNCOUNTED = 6  # the kind that the figures do not know
MULTIPLY = """
WITH RECURSIVE numbers(number) AS (
    SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {count}
)
INSERT INTO {table} ({columns}) SELECT {values} FROM {table}, numbers WHERE {table}.id = %s"""


def fill() -> None:
    """Write 3,000 conversations, 6,000 messages and 3,000 notes, and let the database count them.

    What it knows of a small table depends on what ran before, and on when it looked last.
    """
    if connection.vendor == "postgresql":
        _forget_rows_of_before()
    now, day = timezone.now(), timedelta(days=1)
    user = User.objects.create_user("many")
    special: dict[int, dict[str, Any]] = {
        0: {"waiting_since": now, "needs_person": True},
        1: {"waiting_since": now - day, "assignee": user},
        2: {"put_off_until": now + day, "waiting_since": now},
        3: {"assignee": user, "closed_at": now},
        4: {"assignee": user},
    }
    for kind in range(KINDS):
        at = now - kind * day
        fields = {"last_inbound_at": at} | special.get(kind, {})
        talk = make_conversation(f"many{kind}", **fields)
        asked = ask(talk, at=at, verdict=Verdict.NO_ANSWER if kind < 2 else Verdict.ANSWERED)
        said = say(talk, at=at, rule=kind + 1, state=State.FAILED if kind == 5 else State.SENT)
        if kind != UNCOUNTED:
            Conversation.objects.filter(pk=talk.pk).update(counted_version=F("version"))
        _multiply(talk, customer_id=f"'many{kind}-' || number")
        noted = Note.objects.create(conversation=talk, text="Sent by post.", by="many", at=at)
        for row in (asked, said, noted):
            _multiply(row, conversation_id=f"{talk.pk} + number")
    with connection.cursor() as cursor:
        for model in MODELS:
            cursor.execute(f"ANALYZE {model._meta.db_table}")


def _forget_rows_of_before() -> None:
    """Write the tables anew without what tests before rolled back: a plan's cost is in pages."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a check that waits holds its table
        for model in MODELS:
            table = model._meta.db_table
            cursor.execute(f"CLUSTER {table} USING {table}_pkey")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _multiply(row: models.Model, **expressions: str) -> None:
    """Write rows like this one; expressions: what differs, in SQL, by their number."""
    fields = [field.attname for field in row._meta.concrete_fields if not field.primary_key]
    statement = MULTIPLY.format(
        table=row._meta.db_table,
        count=EACH,
        columns=", ".join(fields),
        values=", ".join(expressions.get(name, name) for name in fields),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [row.pk])
