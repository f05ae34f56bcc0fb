"""Deletes what was said with a customer, once nobody is at it, and then the conversation."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from conversations.models import (
    Attempt,
    Conversation,
    CustomerErasure,
    Draft,
    LateQuestion,
    Mention,
    Message,
    Note,
    OutboxMessage,
    Picture,
)
from conversations.removal import steps
from conversations.removal.steps import Bite
from conversations.retention import bites, thread
from conversations.retention.thread import Going

CALLS, CUSTOMERS, MENTIONS = "calls to Instagram", "customers", "mentions"
NO_TIME = timedelta(0)  # a worker's next look is soon enough
_LOGGED = (Message, LateQuestion, OutboxMessage)


def bite(erasure: CustomerErasure, _: Any) -> Bite:
    """Delete some messages, the newest first; with the last ones all else, and the conversation.

    A message that is being sent is waited for: by its outcome it will be recognised.
    """
    row = Conversation.objects.select_for_update().filter(pk=erasure.conversation).first()
    if row is None:
        return Bite()
    if row.leased_until and row.leased_until > timezone.now():
        return Bite(wait=NO_TIME)
    messages = _choose_messages(row)
    if Message.objects.filter(conversation=row.pk).exclude(pk__in=messages).exists():
        return Bite(_take(row, Going(messages, [], [], [])), place=0)
    every: list[list[int]] = [
        list(model._default_manager.filter(conversation=row.pk).values_list("pk", flat=True))  # noqa: SLF001 - Django's public API
        for model in (Note, Draft, Picture)
    ]
    counts = _take(row, Going(messages, *every)) | {CUSTOMERS: 1}
    row.delete()
    return Bite(counts)


def take_all(row: Conversation) -> None:
    """Delete a conversation that is locked, with all that is in it: there is no worker here."""
    every: list[list[int]] = [
        list(model._default_manager.filter(conversation=row.pk).values_list("pk", flat=True))  # noqa: SLF001 - Django's public API
        for model in (Message, Note, Draft, Picture)
    ]
    _take(row, Going(*every))
    row.delete()


def _choose_messages(row: Conversation) -> list[int]:
    """Return the newest messages, with their answers, which the database would take along."""
    said = Message.objects.filter(conversation=row.pk)
    chosen = set(said.order_by("-pk").values_list("pk", flat=True)[: bites.size()])
    more = chosen
    while more:
        answers = Message.objects.filter(in_reply_to__in=more).exclude(pk__in=chosen)
        more = set(answers.values_list("pk", flat=True))
        chosen |= more
    return sorted(chosen)


def _take(row: Conversation, going: Going) -> dict[str, int]:
    counts = {name: count.rows for name, count in going.numbers().items()}
    counts[CALLS] = Attempt.objects.filter(message__in=going.messages).count()
    counts[MENTIONS] = Mention.objects.filter(note__in=going.notes).count()
    counts |= steps.forget_messages(going.messages)
    _forget_names_of(going.messages)
    thread.delete(row, going, erased=True)
    return counts


def _forget_names_of(messages: Collection[int]) -> None:
    """The log of what staff did stays; what it was done to was called by the customer's name."""
    types = ContentType.objects.get_for_models(*_LOGGED, for_concrete_models=False).values()
    rows = LogEntry.objects.filter(content_type__in=types, object_id__in=map(str, messages))
    rows.update(object_repr="A message of a customer who was erased")
