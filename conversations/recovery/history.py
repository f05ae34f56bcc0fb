"""The last messages of recent threads, from before our time: somebody wants them, a worker brings.

They are history: nobody waits for an answer to them, and they count in no figure.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from audit import trail
from audit.trail import Kind
from conversations.models import Account, HistoryImport, MissedLook
from conversations.recovery.thread import Source
from shop import tuning

RECENT = timedelta(days=30)
FARTHEST = timedelta(days=7)  # what is missing since then is looked for: it may have to be answered


@transaction.atomic
def want(account: int, by: str) -> bool:
    """Have an account's history imported; False: it is being imported already."""
    now = timezone.now()
    fresh = {
        "wanted_at": now, "due_at": now, "by": by, "place": {}, "threads": 0, "messages": 0,
        "finished_at": None, "leased_until": None, "problem": "", "failed_at": None,
    }  # fmt: skip
    _, is_new = HistoryImport.objects.get_or_create(pk=account, defaults=fresh)
    again = HistoryImport.objects.filter(pk=account).exclude(finished_at=None)
    if not is_new and not again.update(**fresh):
        return False
    name = Account.objects.get(pk=account)
    trail.record(Kind.ACCOUNT, f"had recent conversations of {name} imported")
    return True


def source(row: HistoryImport) -> Source:
    """Return which messages are history: those that no look for missed ones is to find."""
    return Source(row.wanted_at - RECENT, _until(row), history=True)


def _until(row: HistoryImport) -> datetime | None:
    if not tuning.get("missed_minutes"):
        return None  # nobody looks for what came since
    began = MissedLook.objects.filter(pk=row.pk).values_list("began_at", flat=True).first()
    return max(began or row.wanted_at, row.wanted_at - FARTHEST)
