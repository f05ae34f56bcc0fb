"""Sessions that a person ends."""

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from audit import trail
from backoffice.counts import counted
from people.models import Session

Kind = trail.Kind


@transaction.atomic
def end(person: User, key: str) -> int:
    """End one session of a person; return how many that were: it may be over already."""
    found = Session.objects.filter(user=person, session_key=key)
    row = found.first()
    if row is None:
        return 0
    found.delete()
    trail.record(Kind.SESSION, f"ended a session of “{person}”: {row.browser}, {row.address}")
    return 1


@transaction.atomic
def end_all(person: User, *, but: str = "") -> int:
    """End all sessions of a person, but for one; return how many that were."""
    ended: Any = Session.objects.filter(user=person).exclude(session_key=but).delete()
    count: int = ended[0]
    if count:
        trail.record(Kind.SESSION, f"ended {counted(count, 'session')} of “{person}”")
    return count
