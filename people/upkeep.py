"""Forgets what is over: ended sessions, and wrong passwords that are forgiven."""

from django.utils import timezone

from people.models import Tries
from people.sessions.store import SessionStore


def look() -> None:
    """Delete what nothing depends on any more; called by a worker now and then."""
    SessionStore.clear_expired()
    Tries.objects.filter(kept_until__lt=timezone.now()).delete()
