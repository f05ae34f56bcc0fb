"""The red bar of incidents of which nobody has said that they know.

What changes at most once a minute is read at most every five seconds, in each process, for all who
look; so an open page that asks once a second costs no query.
"""

from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from backoffice import bars
from backoffice.ages import clock
from backoffice.bars import Bar
from backoffice.reach import within
from conversations.account import access
from conversations.models import Account
from incidents.looks.accounts import ACCOUNT, UNREACHABLE
from incidents.looks.tokens import TOKEN
from incidents.models import Incident
from workqueue.snapshot import Recent

KEPT_SECONDS = 5.0
RIGHT = "incidents.view_incident"
_open: Recent[list[Incident]] = Recent(KEPT_SECONDS)


def forget() -> None:
    """Read them again: somebody has just said that they know of one."""
    _open.drop()


def _unknown(now: datetime) -> list[Incident]:
    """Return the incidents that the person of this request may see and nobody knows of."""
    found = _open.get("open", _read_all)
    return [one for one in found if one.is_seen and not _has_own_bar(one, now)]


def _has_own_bar(row: Incident, now: datetime) -> bool:
    """Tell whether another bar says it, and said so at once (conversations.admin.bars)."""
    if row.kind == UNREACHABLE:
        kinds = [one.pause for one in access.seen() if one.is_paused(now)]
        return Account.Pause.UNREACHABLE in kinds
    is_throttled = row.subject.endswith(Account.Pause.THROTTLED)
    return row.kind == TOKEN or (row.kind == ACCOUNT and not is_throttled)


def _read_all() -> list[Incident]:
    with within(None):  # what is kept is for everybody
        return list(Incident.objects.unknown())


def _state(now: datetime) -> str:
    return " ".join(f"incident:{one.pk}" for one in _unknown(now))


def _read(request: HttpRequest) -> list[Bar]:
    """Return one bar: the worst incident, and how many there are beside it."""
    user = getattr(request, "user", None)
    if user is None or not user.is_active or not user.is_staff or not user.has_perm(RIGHT):
        return []
    now = timezone.now()
    found = _unknown(now)
    if not found:
        return []
    worst = found[0]
    more = f" And {len(found) - 1} more." if len(found) > 1 else ""
    since = clock(worst.since, now)
    first_step = worst.next_step.partition(". ")[0].removesuffix(".")
    text = f"since {since}. {worst.says} {first_step}.{more}"
    link = reverse("admin:incidents_incident_changelist")
    return [Bar(worst.title, text, link, "See all" if more else "See")]


bars.show(bars.Source(_read, _state))
