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
# Raise counted: the same for a change that no figure of an earlier day is to learn of, where the
# figures know of all changes before it.
_RAISE_COUNTED = f"""
UPDATE conversations_conversation SET {RAISE}, counted_version = version + 1
WHERE id = %(conversation)s AND counted_version = version"""
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

    def raise_counted(self, pk: int) -> bool:
        """The same where days shall keep their figures: what goes was counted.

        False: the figures do not know of an earlier change yet, and nothing may go.
        """
        return bool(sql.change(_RAISE_COUNTED, conversation=pk))
