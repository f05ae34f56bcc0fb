"""All that is kept of one customer, a table each: who exports or erases a customer walks this map.

A table that may hold something of a customer and is not in it fails a test. Rooms above this one
add theirs when they are loaded (`add`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast

from conversations.models import Conversation, Message, RetentionUpkeep
from conversations.retention import digests, journal

Rows = QuerySet[Any]
# How staff's log of the admin and the audit log name what they are about.
IN_HISTORY = ("conversation", "message", "latequestion", "outboxmessage")
_BEFORE, _AFTER = "(^|[^0-9A-Za-z])", "([^0-9A-Za-z]|$)"


@dataclass(frozen=True, slots=True)
class Holding:
    """A table and which of its rows are of a conversation.

    table: the model, as in `conversations.Message`. what: what that is, in words for the customer.
    rows: returns those of a conversation, without the limit of accounts (backoffice.reach) only
    where the table has none of its own. shared: a row may hold something of others, too.
    """

    table: str
    what: str
    rows: Callable[[Conversation], Rows]
    shared: bool = False


_added: dict[str, Holding] = {}


def add(holding: Holding) -> None:
    """Have a table of a room above this one in the map; to add it again changes nothing."""
    _added[holding.table] = holding


def holdings() -> Sequence[Holding]:
    """Return the whole map; a row comes before the rows that point to it."""
    return (*_OWN, *_added.values())


def _all(table: str) -> Rows:
    rows: Rows = apps.get_model(table)._default_manager.all()  # noqa: SLF001 - public in Django's documentation
    return rows


def _at(table: str, what: str, path: str) -> Holding:
    """Return a holding whose rows lead to their conversation by this path."""
    return Holding(table, what, lambda talk: _all(table).filter(**{path: talk.pk}))


def _history(talk: Conversation) -> Rows:
    """Return what staff did to the conversation or its messages, by their numbers."""
    by_number = Cast("pk", CharField(max_length=20))
    messages = Message.objects.filter(conversation=talk).annotate(number=by_number)
    kind, *of_messages = IN_HISTORY
    ours = Q(content_type__app_label="conversations")
    is_talk = Q(content_type__model=kind, object_id=str(talk.pk))
    is_message = Q(content_type__model__in=of_messages, object_id__in=messages.values("number"))
    return _all("admin.LogEntry").filter(ours, is_talk | is_message)


def _audit(talk: Conversation) -> Rows:
    """Return the entries that name the conversation by its number: `conversation 12`."""
    named = f"conversation {talk.pk}"
    entries = _all("audit.Entry").filter(says__contains=named)
    return entries.filter(says__regex=f"{_BEFORE}{named}{_AFTER}")


def _pending_erasures(talk: Conversation) -> Rows:
    """Return what waits to be written to ERASURES_FILE about the customer or their messages."""
    pending = _all("conversations.Erasure")
    upkeep = RetentionUpkeep.objects.filter(pk=1).first()
    if upkeep is None or not pending.exists():
        return pending.none()
    unsent = talk.messages.filter(unsent_at__isnull=False, mid__isnull=False)
    named = [journal.name_of(talk.customer_id), *unsent.values_list("mid", flat=True)]
    found = {digests.digest(upkeep.key, talk.account_id, one) for one in named if one}
    there = pending.values_list("pk", "digest")
    return pending.filter(pk__in=[pk for pk, digest in there if digest in found])


_OWN = (
    _at("conversations.Conversation", "The customer, and where the conversation stands", "pk"),
    _at("conversations.Conversation_labels", "Labels", "conversation"),
    _at("conversations.DirectoryEntry", "Words by which search finds the customer", "conversation"),
    _at("conversations.Message", "Messages and comments, both ways", "conversation"),
    _at("conversations.Attempt", "Calls to Instagram for a message", "message__conversation"),
    _at("conversations.Picture", "Pictures that the shop uploaded", "conversation"),
    _at("conversations.Note", "Notes of the shop", "conversation"),
    _at("conversations.Mention", "Colleagues whom a note tells something", "note__conversation"),
    _at("conversations.Draft", "What the shop has typed and not sent", "conversation"),
    Holding("conversations.Erasure", "Erasures to be noted in a file", _pending_erasures),
    Holding("admin.LogEntry", "What the shop did to the conversation", _history),
    Holding("audit.Entry", "The shop's audit log about the conversation", _audit),
)  # fmt: skip
