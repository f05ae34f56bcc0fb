"""The last messages of recent threads, from before our time: somebody wants them, a worker brings.

They are history: nobody waits for an answer to them, and they count in no figure.
"""

from datetime import datetime, timedelta

from django.utils import timezone

from conversations.models import HistoryImport, MissedLook
from conversations.recovery.thread import Source
from shop import tuning

RECENT = timedelta(days=30)
FARTHEST = timedelta(days=7)  # what is missing since then is looked for: it may have to be answered


def want(account: int, by: str) -> bool:
    """Have an account's history imported; False: it is being imported already."""
    now = timezone.now()
    fresh = {
        "wanted_at": now, "due_at": now, "by": by, "place": {}, "threads": 0, "messages": 0,
        "finished_at": None, "leased_until": None, "problem": "", "failed_at": None,
    }  # fmt: skip
    _, is_new = HistoryImport.objects.get_or_create(pk=account, defaults=fresh)
    if is_new:
        return True
    return bool(HistoryImport.objects.filter(pk=account).exclude(finished_at=None).update(**fresh))


def source(row: HistoryImport) -> Source:
    """Return which messages are history: those that no look for missed ones is to find."""
    return Source(row.wanted_at - RECENT, _until(row), history=True)


def _until(row: HistoryImport) -> datetime | None:
    if not tuning.get("missed_minutes"):
        return None  # nobody looks for what came since
    began = MissedLook.objects.filter(pk=row.pk).values_list("began_at", flat=True).first()
    return max(began or row.wanted_at, row.wanted_at - FARTHEST)
