"""Writes the index of mids for the events that an earlier version closed without it.

Until then an unsend may miss such an event: it reads all of them only for a message that there is
or was. So an event that comes into the index is looked through for what was unsent meanwhile.
"""

from dataclasses import dataclass

from django.db import connection, transaction

from instagram import parser
from webhooks import erasure, mids
from webhooks.models import EventMid, WebhookEvent

BITE = 25  # events of an earlier version, twice a second: answers wait for no more than that


@dataclass(frozen=True, slots=True)
class _Event:
    pk: int
    hashes: list[int]


def index_next() -> int:
    """Write the hashes of the newest events that an earlier version closed; return how many.

    One bite of them: called again and again by the worker. Which are left to do is told by the
    missing hash alone, which is written last. Before that they can be found by their hashes and are
    looked through: so an unsend finds them, or is found by them, whichever of both was first.
    """
    if not WebhookEvent.objects.unindexed().exists():  # as nearly always: without a turn to write
        return 0
    found = _let_be_found()
    unsent = erasure.unsent_among({one for event in found for one in event.hashes})
    for pk in WebhookEvent.objects.about(set(map(mids.hash_of, unsent))) if unsent else ():
        erasure.erase_from(pk, unsent)
    _finish(found)
    return len(found)


@transaction.atomic
def _let_be_found() -> list[_Event]:
    """Write all hashes of some events beside them."""
    rows = WebhookEvent.objects.unindexed().order_by("-pk")
    if connection.vendor == "postgresql":
        rows = rows.select_for_update(skip_locked=True, no_key=True)
    found = []
    for pk, body, received_at in list(rows.values_list("pk", "body", "received_at")[:BITE]):
        items = parser.parse_readable(bytes(body), received_at)
        found.append(_Event(pk, mids.hashes_of(bytes(body), items)))
        EventMid.objects.add(pk, [one for one in found[-1].hashes if one != mids.NONE])
    return found


@transaction.atomic
def _finish(found: list[_Event]) -> None:
    """Write the first hash of each where it belongs: into its row."""
    for event in found:
        WebhookEvent.objects.write_hash(event.pk, event.hashes[0])
