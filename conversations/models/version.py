"""The version of a conversation, which rises with each change of it that staff can see.

Pages that are open ask for versions, and fetch what has risen. A version is raised in the
transaction of the change, under the row's lock and before any of its messages is changed: so
whoever reads a version sees all that it stands for, and of two changes at once none is missed. No
number is shared by two conversations, so no turn waits for another one.

Nobody else writes the column. It rises with the UPDATEs of a conversation that are made anyhow:
what a customer says, a wake, a step of a turn (`Leased.RAISED`), and whatever the ORM updates. A
change of messages or labels alone calls raise_version() first.
"""

from typing import Any, TypeVar

from django.db.models import F

from workqueue import sql
from workqueue.leases import Leased, LeasedQuerySet

Row = TypeVar("Row", bound=Leased)

# Part of an UPDATE of a conversation.
RAISE = "version = version + 1"
# Raise: nothing else of the conversation changes; its row is locked until the commit.
RAISE_ONE = f"UPDATE conversations_conversation SET {RAISE} WHERE id = %(conversation)s"
# What staff do not see: a worker's, and when we last asked, told, listed or counted something.
UNSEEN = {
    "due_at", "leased_until", "tries", "profile_at", "disclosed_at", "in_directory",
    "counted_version",
}  # fmt: skip


class VersionedQuerySet(LeasedQuerySet[Row]):
    def update(self, **columns: Any) -> int:
        """Change rows, and raise their versions where staff can see it."""
        if not columns.keys() <= UNSEEN:
            columns["version"] = F("version") + 1
        return super().update(**columns)

    def raise_version(self, pk: int) -> None:
        """Something else of this conversation changes; the first statement of the transaction."""
        sql.change(RAISE_ONE, conversation=pk)
