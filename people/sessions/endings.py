"""Sessions that end before they are logged out of: by a person, by a limit, with a password."""

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from audit import trail
from backoffice.counts import counted
from people.models import Because, EndedSession, Session
from people.models.session import SessionRows
from people.sessions import limits

Kind = trail.Kind


@transaction.atomic
def end(person: User, key: str, because: Because) -> int:
    """End one session of a person; return how many that were: it may be over already."""
    found = Session.objects.filter(user=person, session_key=key)
    row = found.first()
    if row is None:
        return 0
    close(found, because)
    trail.record(Kind.SESSION, f"ended a session of “{person}”: {row.browser}, {row.address}")
    return 1


@transaction.atomic
def end_all(person: User, because: Because, *, but: str = "") -> int:
    """End all sessions of a person, but for one; return how many that were."""
    count = close(Session.objects.filter(user=person).exclude(session_key=but), because)
    if count:
        trail.record(Kind.SESSION, f"ended {counted(count, 'session')} of “{person}”")
    return count


@transaction.atomic
def close(rows: SessionRows, because: Because, span: str = "") -> int:
    """Delete sessions, and keep for their browsers why; return how many that were."""
    left = [
        EndedSession(session_key=key, because=because, span=span, forget_at=expires)
        for key, expires in rows.values_list("session_key", "expire_date")
    ]
    EndedSession.objects.bulk_create(left, ignore_conflicts=True)
    deleted: Any = rows.all().delete()
    count: int = deleted[0]
    return count


def close_over() -> None:
    """Delete the sessions that a limit has ended, and forget why others ended long ago."""
    now, spans = timezone.now(), limits.read()
    rows: SessionRows = Session.objects.filter(user__isnull=False)
    close(rows.idle(), Because.IDLE, spans.say_idle())
    close(rows.too_long(), Because.TOO_LONG, spans.say_most())
    Session.objects.ended().delete()
    EndedSession.objects.filter(forget_at__lte=now).delete()
