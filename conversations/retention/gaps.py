"""What the journal lacks: erasures of which the database knows, and no line tells.

So it is where the file was lost and the next erasure began a new one, or where it was set late. Of
each customer the digest stays, and of what was unsent the message, without what it said. What went
for its age as well, a name or such a message, cannot be told: a worker deletes it again for that.
"""

from collections.abc import Iterator

from django.db.models import Max

from conversations.models import (
    ErasedCustomer,
    Erasure,
    Message,
    RetentionUpkeep,
)
from conversations.retention import digests, journal

LATEST = 50_000  # messages among which one is looked for: no index has those that were unsent
AT_ONCE = 500
Kind = Erasure.Kind


def find(*, latest: int | None = LATEST) -> list[Erasure]:
    """Return rows, not stored, of what is neither in the file nor noted to be written to it.

    latest: among so many messages, the newest; None: among all. Raises OSError for a file that is
    there and cannot be read.
    """
    key = RetentionUpkeep.objects.filter(pk=1).values_list("key", flat=True).first()
    if key is None:  # nothing ever was erased
        return []
    # In this order: what is written meanwhile is noted until it is in the file.
    known = [*_customers(), *_messages(key, latest)]
    noted = set(Erasure.objects.values_list("kind", "digest"))
    written = journal.read_newest(key)
    return [
        row
        for row in known
        if (row.kind, row.digest) not in noted
        and ((row.kind, row.digest) not in written or _is_later(row, written))
    ]


def fill() -> int:
    """Write them to the file; return how many. Raises OSError: then they are noted, and wait."""
    rows = find(latest=None)
    Erasure.objects.bulk_create(rows, batch_size=AT_ONCE)
    journal.write()
    return len(rows)


def _is_later(row: Erasure, written: journal.Newest) -> bool:
    """Tell whether a customer who was erased before was erased once more."""
    return row.kind == Kind.CUSTOMER and written[row.kind, row.digest] < row.at


def _customers() -> Iterator[Erasure]:
    for one in ErasedCustomer.objects.order_by("at"):
        yield Erasure(kind=Kind.CUSTOMER, digest=one.digest, at=one.at)


def _messages(key: str, latest: int | None) -> Iterator[Erasure]:
    rows = Message.objects.filter(unsent_at__isnull=False).exclude(mid=None).order_by("pk")
    if latest is not None:
        newest = Message.objects.aggregate(newest=Max("pk"))["newest"] or 0
        rows = rows.filter(pk__gt=newest - latest)
    for account, mid, at in rows.values_list("conversation__account", "mid", "unsent_at"):
        if mid and at:
            yield Erasure(kind=Kind.MESSAGE, digest=digests.digest(key, account, mid), at=at)
