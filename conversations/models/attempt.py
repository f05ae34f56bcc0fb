"""Each call to Meta for a message."""

from datetime import datetime

from django.db import models

from conversations.models.message import Message
from conversations.models.shown import ShownManager
from instagram.errors import Reply
from workqueue import sql

# Begin: a call is on record, on the disk, before it is made.
_BEGIN_ATTEMPT = """
INSERT INTO conversations_attempt (message_id, started_at) VALUES (%(message)s, %(at)s)
RETURNING id"""
# End: what came of the call.
_END_ATTEMPT = """
UPDATE conversations_attempt
SET outcome = %(outcome)s, milliseconds = %(milliseconds)s, http_status = %(status)s,
    code = %(code)s, subcode = %(subcode)s, trace_id = %(trace_id)s, body = %(body)s
WHERE id = %(pk)s"""


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def begin(self, message: int, at: datetime) -> int:
        """Put a call on record before it is made, in the transaction that marks its message.

        On the disk, or a crash of the database could have the message sent again.
        """
        begun = sql.fetch(_BEGIN_ATTEMPT, message=message, at=at, durable=True)
        assert begun is not None
        return int(begun[0])

    def end(self, pk: int, outcome: str, milliseconds: int, reply: Reply) -> None:
        """Write down what came of a call."""
        sql.change(
            _END_ATTEMPT,
            pk=pk, outcome=outcome, milliseconds=milliseconds, status=reply.status,
            code=reply.code, subcode=reply.subcode, trace_id=reply.trace_id, body=reply.body,
        )  # fmt: skip


AttemptManager = ShownManager.from_queryset(AttemptQuerySet)


class Attempt(models.Model):
    """One call to Meta for a message: written before the call, completed after it."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attempts")
    started_at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField(null=True)
    outcome = models.CharField(max_length=40, blank=True, db_default="")
    http_status = models.PositiveSmallIntegerField(null=True)
    code = models.IntegerField(null=True)
    subcode = models.IntegerField(null=True)
    trace_id = models.CharField(max_length=100, blank=True, db_default="")
    body = models.TextField(blank=True, db_default="")

    objects = AttemptManager()
    account_path = "message__conversation__account"
    conversation_path = "message__conversation"

    def __str__(self) -> str:
        return f"Attempt {self.pk} for message {self.message_id}"
