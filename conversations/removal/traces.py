"""Takes away what names a customer elsewhere: the log of what staff did, and their sessions."""

from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType

from conversations.models import Conversation, CustomerErasure
from conversations.removal.steps import Bite

LOGGED = "log entries without the name"


def bite(erasure: CustomerErasure, _: Any) -> Bite:
    """Do all of it: there is one entry for each thing that staff did in the conversation."""
    of_talks = ContentType.objects.get_for_model(Conversation)
    rows = LogEntry.objects.filter(content_type=of_talks, object_id=str(erasure.conversation))
    count = rows.update(object_repr=f"Conversation {erasure.conversation}")
    _forget_wishes(session_key(erasure.conversation))
    return Bite({LOGGED: count})


def session_key(conversation: int) -> str:
    """Return by which name a session has what somebody wanted to hand over with a note."""
    return f"handover-{conversation}"


def _forget_wishes(name: str) -> None:
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for session in store.get_model_class().objects.iterator():
        said = session.get_decoded()
        if name in said:
            del said[name]
            session.session_data = store().encode(said)
            session.save(update_fields=["session_data"])
