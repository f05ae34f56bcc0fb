"""Takes away what names a customer elsewhere: the log of what staff did, and their sessions."""

from importlib import import_module
from typing import Any

from django.conf import settings

from conversations.models import CustomerErasure
from conversations.removal.steps import Bite
from conversations.retention import staff_log

LOGGED = "log entries without the name"


def bite(erasure: CustomerErasure, _: Any) -> Bite:
    """Do all of it: there is one entry for each thing that staff did in the conversation."""
    count = staff_log.forget_customer(erasure.conversation)
    _forget_wishes(session_key(erasure.conversation))
    return Bite({LOGGED: count})


def session_key(conversation: int) -> str:
    """Return by which name a session has what somebody wanted to hand over with a note."""
    return f"handover-{conversation}"


def _forget_wishes(name: str) -> None:
    model = _store().get_model_class()
    for session in model.objects.iterator():
        if name in session.get_decoded():
            _forget_wish(session.pk, name)


def _forget_wish(session: str, name: str) -> None:
    """Read it once more, locked: it may have ended, or have something new in it, since."""
    rows = _store().get_model_class().objects.filter(pk=session)
    row = rows.select_for_update().first()
    said = row.get_decoded() if row else {}
    if name in said:
        del said[name]
        rows.update(session_data=_store()().encode(said))


def _store() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore
