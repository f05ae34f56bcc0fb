"""All that is kept of one customer, a table each: who exports or erases a customer walks this map.

A table that may hold something of a customer and is not in it fails a test. Rooms above this one
add theirs when they are loaded (`add`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db.models import CharField, Max, Min, Q, QuerySet
from django.db.models.functions import Cast

from conversations.customer_data import record
from conversations.customer_data.colleagues import Colleagues
from conversations.customer_data.record import Told
from conversations.models import Conversation, Message, RetentionUpkeep
from conversations.retention import bites, digests

Rows = QuerySet[Any]
# How staff's log of the admin and the audit log name what they are about.
IN_HISTORY = ("conversation", "message", "latequestion", "outboxmessage")
AT_ONCE = 200  # rows that are read in one query
IN_RANGE, FEW = 1000, 20  # ids that are looked at in one query; of which so many are in memory
_BEFORE, _AFTER = "(^|[^0-9A-Za-z])", "([^0-9A-Za-z]|$)"


@dataclass(frozen=True, slots=True)
class Holding:
    """A table and which of its rows are of a conversation.

    table: the model, as in `conversations.Message`. what: what that is, in words for the customer.
    rows: returns those of a conversation; whoever is limited to accounts gets those that they see.
    is_copy: nothing is in it that is not in another one. shared: a row may hold something of
    others, too, and no index finds the rows. tell: returns what of a row is the customer's, where
    that is not simply its columns; None: nothing. words: what columns are called on the page.
    """

    table: str
    what: str
    rows: Callable[[Conversation], Rows]
    is_copy: bool = False
    shared: bool = False
    tell: Callable[[Any, Conversation, Colleagues], Told | None] | None = None
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What it is called in a file."""
        meta = apps.get_model(self.table)._meta  # noqa: SLF001 - public in Django's documentation
        return _NAMES.get(self.table) or str(meta.verbose_name_plural).replace(" ", "_")

    def walk(self, talk: Conversation) -> Iterator[Any]:
        """Return the rows of a conversation in their order, a few at a time."""
        rows = self.rows(talk)
        return _in_ranges(rows) if self.shared else _in_order(rows)


_NAMES = {
    "conversations.Conversation": "customer",
    "conversations.Conversation_labels": "labels",
    "admin.LogEntry": "history",
    "audit.Entry": "audit",
}
_added: dict[str, Holding] = {}


def add(holding: Holding) -> None:
    """Have a table of a room above this one in the map; to add it again changes nothing."""
    _added[holding.table] = holding


def holdings() -> Sequence[Holding]:
    """Return the whole map; a row comes before the rows that point to it."""
    return (*_OWN, *_added.values())


def _in_order(rows: Rows) -> Iterator[Any]:
    """Walk by the time at which it was said, else by the ids."""
    columns = {field.name for field in rows.model._meta.fields}  # noqa: SLF001 - public in Django's documentation
    rows = rows.defer(*columns & {"data"})  # pictures are read one by one
    if "at" not in columns:
        yield from _by_ids(rows)
        return
    place = None
    while page := list(bites.after(rows, "at", place)[:AT_ONCE]):
        yield from page
        place = bites.place_of(page[-1].at, page[-1].pk)


def _by_ids(rows: Rows) -> Iterator[Any]:
    rows, last = rows.order_by("pk"), None
    while page := list((rows.filter(pk__gt=last) if last else rows)[:AT_ONCE]):
        yield from page
        last = page[-1].pk


def _in_ranges(rows: Rows) -> Iterator[Any]:
    """Look at a few rows of the whole table at a time, so that no statement takes long."""
    span = rows.model._default_manager.aggregate(first=Min("pk"), last=Max("pk"))  # noqa: SLF001 - public in Django's documentation
    for start in range(span["first"] or 0, (span["last"] or 0) + 1, IN_RANGE):
        of_these = rows.filter(pk__gte=start, pk__lt=start + IN_RANGE)
        yield from of_these.order_by("pk").iterator(chunk_size=FEW)


def _all(table: str) -> Rows:
    rows: Rows = apps.get_model(table)._default_manager.all()  # noqa: SLF001 - public in Django's documentation
    return rows


def _at(table: str, what: str, path: str, **more: Any) -> Holding:
    """Return a holding whose rows lead to their conversation by this path."""
    return Holding(table, what, lambda talk: _all(table).filter(**{path: talk.pk}), **more)


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
    named = [digests.name_of(talk.customer_id), *unsent.values_list("mid", flat=True)]
    found = {digests.digest(upkeep.key, talk.account_id, one) for one in named if one}
    there = pending.values_list("pk", "digest")
    return pending.filter(pk__in=[pk for pk, digest in there if digest in found])


def _tell_customer(row: Any, _: Conversation, colleagues: Colleagues) -> Told:
    return record.read(row, colleagues) | {"account": str(row.account)}


def _tell_label(row: Any, _: Conversation, __: Colleagues) -> Told:
    return {"label": row.label.name}


def _tell_picture(row: Any, _: Conversation, colleagues: Colleagues) -> Told:
    return record.read(row, colleagues) | {"file": picture_name(row)}


def picture_name(row: Any) -> str:
    """Return the name of a picture's file."""
    return f"pictures/{row.pk}.{row.content_type.rpartition('/')[2] or 'bin'}"


def _tell_history(row: Any, _: Conversation, colleagues: Colleagues) -> Told:
    said = colleagues.hide(row.get_change_message())
    by = colleagues.call_user(row.user_id)
    return {"at": row.action_time, "by": by, "said": said}


def _tell_audit(row: Any, _: Conversation, colleagues: Colleagues) -> Told:
    by = colleagues.call(row.name)  # and not from which address
    return {"at": row.at, "by": by, "kind": row.kind, "says": colleagues.hide(row.says)}


_OWN = (
    _at(
        "conversations.Conversation",
        "Who you are on Instagram, and where the conversation stands",
        "pk",
        tell=_tell_customer,
    ),
    _at(
        "conversations.Conversation_labels",
        "Labels that the shop gave the conversation",
        "conversation",
        tell=_tell_label,
    ),
    _at(
        "conversations.DirectoryEntry",
        "Words by which search finds the customer",
        "conversation",
        is_copy=True,
    ),
    _at("conversations.Message", "Messages and comments", "conversation"),
    _at(
        "conversations.Attempt",
        "Each time a message was handed to Instagram",
        "message__conversation",
    ),
    _at(
        "conversations.Picture",
        "Pictures that the shop sent, or was about to send",
        "conversation",
        tell=_tell_picture,
    ),
    _at("conversations.Note", "Notes that the shop's people wrote for each other", "conversation"),
    _at("conversations.Mention", "Colleagues whom a note was for", "note__conversation"),
    _at("conversations.Draft", "What was typed and not sent yet", "conversation"),
    Holding("conversations.Erasure", "Erasures that are to be noted in a file", _pending_erasures),
    Holding(
        "admin.LogEntry",
        "What the shop's people did with the conversation",
        _history,
        tell=_tell_history,
    ),
    Holding("audit.Entry", "The audit log about the conversation", _audit, tell=_tell_audit),
)
