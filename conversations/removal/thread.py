"""Deletes what was said with a customer, once nobody is at it, and then the conversation."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.utils import timezone

from conversations.models import (
    PUBLIC_REPLY,
    Attempt,
    Conversation,
    CustomerErasure,
    Draft,
    Mention,
    Message,
    Note,
    Picture,
    State,
)
from conversations.removal import steps
from conversations.removal.steps import Bite
from conversations.retention import bites, thread
from conversations.retention.thread import Going

CALLS, CUSTOMERS, MENTIONS = "calls to Instagram", "customers", "mentions"
NO_TIME = timedelta(0)  # a worker's next look is soon enough
UNCONFIRMED = "sends without confirmation"


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
    if unconfirmed := _count_unconfirmed(going.messages):
        counts[UNCONFIRMED] = unconfirmed
    counts |= steps.forget_messages(going.messages)
    thread.delete(row, going, erased=True)
    return counts


def _count_unconfirmed(messages: Collection[int]) -> int:
    """Count those that Instagram may have taken: an echo may come that nothing will recognise."""
    open_ones = Message.objects.filter(pk__in=messages, state__in=[State.SENDING, State.UNKNOWN])
    return open_ones.filter(mid=None).exclude(kind=PUBLIC_REPLY).count()
