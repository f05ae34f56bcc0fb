"""Whether the version of a conversation was raised with whatever staff can see of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from conversations.models import Attempt, Conversation, Message, Note

# What staff do not see: a column that is not named here must raise the version.
UNSEEN = {
    "conversation": {
        "version",
        "counted_version",
        "due_at",
        "leased_until",
        "tries",
        "profile_at",
        "disclosed_at",
    },
    # How far the settlement is, a form's token; what is done shows in who waits.
    "message": {"looks", "looked_at", "token", "done_at"},
    "attempt": set[str](),
    "note": {"token"},
}


def visible(talk: int) -> list[Any]:
    """Return everything that staff may see of a conversation, labels included."""
    found: list[Any] = []
    for model, rows in (
        ("conversation", Conversation.objects.filter(pk=talk)),
        ("message", Message.objects.filter(conversation=talk)),
        ("attempt", Attempt.objects.filter(message__conversation=talk)),
        ("note", Note.objects.filter(conversation=talk)),
    ):
        found += [
            {name: value for name, value in row.items() if name not in UNSEEN[model]}
            for row in rows.order_by("pk").values()
        ]
    labels = Conversation.labels.through.objects.filter(conversation=talk)
    return [*found, *labels.order_by("pk").values()]


def version_of(talk: int) -> int:
    return Conversation.objects.values_list("version", flat=True).get(pk=talk)


# The same, transaction by transaction, as PostgreSQL sees it.
_WATCH = """
CREATE TABLE watched (transaction bigint, talk bigint, raised boolean);
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    one jsonb := to_jsonb(COALESCE(NEW, OLD));
    before jsonb := to_jsonb(OLD);
    after jsonb := to_jsonb(NEW);
    unseen text[] := TG_ARGV[1]::text[];
    talk bigint;
BEGIN
    IF TG_ARGV[0] = 'message_id' THEN
        SELECT conversation_id INTO talk FROM conversations_message
        WHERE id = (one->>'message_id')::bigint;
    ELSE
        talk := (one->>TG_ARGV[0])::bigint;
    END IF;
    IF TG_ARGV[0] = 'id' AND (after->>'version')::bigint > (before->>'version')::bigint THEN
        INSERT INTO watched VALUES (txid_current(), talk, true);
    END IF;
    IF (before - unseen) IS DISTINCT FROM (after - unseen) THEN
        INSERT INTO watched VALUES (txid_current(), talk, false);
    END IF;
    RETURN NULL;
END $$;
"""
_TABLES = {
    "conversations_conversation": ("UPDATE", "id", UNSEEN["conversation"]),
    "conversations_message": ("INSERT OR UPDATE OR DELETE", "conversation_id", UNSEEN["message"]),
    "conversations_note": ("INSERT OR UPDATE OR DELETE", "conversation_id", UNSEEN["note"]),
    "conversations_attempt": ("INSERT OR UPDATE", "message_id", UNSEEN["attempt"]),
    "conversations_conversation_labels": ("INSERT OR DELETE", "conversation_id", set[str]()),
}
_NOT_RAISED = """
SELECT DISTINCT transaction, talk FROM watched WHERE NOT raised
EXCEPT SELECT transaction, talk FROM watched WHERE raised"""


@contextmanager
def each_transaction_raises() -> Iterator[None]:
    """Fail at the end if a transaction changed what staff see and raised no version (PostgreSQL).

    SQLite has no number for a transaction, and is looked at from outside alone.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(_WATCH)
        for table, (events, talk, unseen) in _TABLES.items():
            columns = "{" + ",".join(sorted(unseen)) + "}"
            cursor.execute(
                f"CREATE TRIGGER watch AFTER {events} ON {table} FOR EACH ROW "
                f"EXECUTE FUNCTION watch('{talk}', '{columns}')"
            )
    try:
        yield
        with connection.cursor() as cursor:
            cursor.execute(_NOT_RAISED)
            assert cursor.fetchall() == []
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION watch() CASCADE; DROP TABLE watched")
