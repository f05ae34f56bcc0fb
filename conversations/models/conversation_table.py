"""What is asked of the table of conversations, beside what a customer says there (`arrival`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, Self

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from backoffice.reach import reach
from conversations.models.arrival import ArrivalQuerySet
from conversations.models.version import RAISE
from workqueue import sql

# When a conversation last moved; one that the shop began counts from its beginning.
NEWEST = Coalesce("last_inbound_at", "created_at")
NAMES = {"name", "username"}

# Relabel: its labels change.
_RELABEL = f"""
UPDATE conversations_conversation SET in_directory = FALSE, {RAISE} WHERE id = %(conversation)s"""

# Count the queue: each number from an index of few rows, all in one statement, since every open
# page asks for them once a second. What stands in braces keeps to the accounts that may be seen.
_COUNT_QUEUE = """
SELECT waits.newest, waits.everybody, mine.talks, waits.unassigned, waits.closing, failed.talks,
    put_off.talks
FROM (
    SELECT COUNT(*) AS everybody, COUNT(CASE WHEN assignee_id IS NULL THEN 1 END) AS unassigned,
        COUNT(CASE WHEN last_inbound_at > %(opened)s AND last_inbound_at < %(closing)s THEN 1 END)
            AS closing,
        MAX(CASE WHEN put_off_until > waiting_since THEN put_off_until ELSE waiting_since END)
            AS newest
    FROM conversations_conversation
    WHERE waiting_since IS NOT NULL AND (put_off_until IS NULL OR put_off_until <= %(now)s){seen}
) AS waits CROSS JOIN (
    SELECT COUNT(*) AS talks FROM conversations_conversation
    WHERE assignee_id = %(user)s AND closed_at IS NULL{seen}
) AS mine CROSS JOIN (
    SELECT COUNT(DISTINCT conversation_id) AS talks FROM conversations_message
    WHERE state IN ('failed', 'unknown') AND at >= %(since)s{said_there}
) AS failed CROSS JOIN (
    SELECT COUNT(*) AS talks FROM conversations_conversation WHERE put_off_until > %(now)s{seen}
) AS put_off"""

# Count mine: what each colleague has and is not done with, for all open pages at once.
_COUNT_MINE = """
SELECT assignee_id, COUNT(*) FROM conversations_conversation
WHERE assignee_id IS NOT NULL AND closed_at IS NULL{seen} GROUP BY assignee_id"""

# See: what an open page asks of the conversation that it shows, once a second.
_SEE = """
SELECT id, version, last_inbound_at, put_off_until, bot_paused_until
FROM conversations_conversation WHERE id = %(pk)s{seen}"""


class Seen(NamedTuple):
    """The version of a conversation, and the times at which it looks different without another."""

    pk: int
    version: int
    last_inbound_at: datetime | None
    put_off_until: datetime | None
    bot_paused_until: datetime | None


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many conversations each part of the queue has that an index finds.

    newest: since when the last one has been in the queue: its customer waits, or is back from
    being put off.
    """

    newest: datetime | None
    waiting: int
    mine: int
    unassigned: int
    closing: int
    not_delivered: int
    put_off: int


class ConversationQuerySet(ArrivalQuerySet):
    """All that `Conversation.objects` can be asked."""

    def update(self, **columns: Any) -> int:
        """Change rows; who is called otherwise is looked up anew for the directory."""
        if columns.keys() & NAMES:
            columns["in_directory"] = False
        return super().update(**columns)

    def relabel(self, pk: int) -> None:
        """A label of this conversation comes or goes; the first statement of the transaction."""
        sql.change(_RELABEL, conversation=pk)

    def relabel_after_commit(self) -> None:
        """A label that all of these have changes in this transaction.

        They may be thousands, so it is told of afterwards and one by one: no turn waits.
        """
        pks = list(self.order_by().values_list("pk", flat=True))
        transaction.on_commit(partial(self._relabel_each, pks))

    def _relabel_each(self, pks: Sequence[int]) -> None:
        for pk in pks:
            self.relabel(pk)

    def newest_first(self) -> Self:
        """Served by the index conversation_newest."""
        return self.order_by(NEWEST.desc())

    def uncounted(self) -> Self:
        """Keep only what has changed since the figures were last looked after.

        Served by the index conversation_uncounted.
        """
        return self.filter(~Q(version=F("counted_version")))

    def count_queue(
        self, user: int | None, now: datetime, opened: datetime, closing: datetime, since: datetime
    ) -> QueueCounts:
        """Count the parts of the queue, as queries.in_tab() has them; user: whose own are mine.

        opened, closing: between these the customer last wrote where the window closes soon; since:
        failed sends that are older are no news.
        """
        row = sql.fetch(
            _of_seen_accounts(_COUNT_QUEUE),
            user=user, now=now, opened=opened, closing=closing, since=since,
        )  # fmt: skip
        assert row is not None
        return QueueCounts(sql.moment(row[0]), *row[1:])

    def count_mine(self) -> dict[int, int]:
        """Count what each user has and is not done with; who has nothing is left out.

        Served by the index conversation_mine.
        """
        return dict(sql.fetch_all(_of_seen_accounts(_COUNT_MINE)))

    def see(self, pk: int) -> Seen | None:
        """Return what an open page compares with what it shows."""
        row = sql.fetch(_of_seen_accounts(_SEE), pk=pk)
        return Seen(row[0], row[1], *map(sql.moment, row[2:])) if row else None


def _of_seen_accounts(statement: str) -> str:
    """Keep a statement to the conversations of accounts that may be seen."""
    accounts = reach()
    if accounts is None:
        return statement.format(seen="", said_there="")
    ids = ", ".join(map(str, sorted(accounts))) or "NULL"
    seen = f" AND account_id IN ({ids})"
    talks = f"SELECT id FROM conversations_conversation WHERE account_id IN ({ids})"
    return statement.format(seen=seen, said_there=f" AND conversation_id IN ({talks})")
