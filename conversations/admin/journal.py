"""What staff did, in plain words, in the history of what they did it to."""

from collections.abc import Callable, Iterable
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest

from conversations.models import Account, Conversation, Message


def write(request: HttpRequest, conversations: Iterable[int], said: str) -> None:
    """Write a sentence into the history of each of these conversations."""
    _write(request, Conversation.objects.filter(pk__in=list(conversations)), said)


def write_of(request: HttpRequest, account: Account, said: str) -> None:
    """Write a sentence into the history of an account."""
    _write(request, Account.objects.filter(pk=account.pk), said)


def _write(request: HttpRequest, rows: QuerySet[Any], said: str) -> None:
    if request.user.pk:
        LogEntry.objects.log_actions(request.user.pk, rows, CHANGE, change_message=said)


def decide(
    request: HttpRequest, chosen: QuerySet[Any], act: Callable[[QuerySet[Message]], int], said: str
) -> int:
    """Do something to messages, one conversation at a time, and write it down; return how many.

    said: a sentence with a place for which messages, as in `Cancelled {}.`
    """
    pairs = chosen.order_by("conversation_id", "pk").values_list("conversation_id", "pk")
    total = 0
    for conversation, rows in groupby(list(pairs), itemgetter(0)):
        pks = [pk for _, pk in rows]
        done = act(Message.objects.filter(pk__in=pks))
        total += done
        if done:
            write(request, [conversation], said.format(_name(pks, done)))
    return total


def _name(pks: list[int], done: int) -> str:
    """Say which messages; where only some of them could be changed, of which."""
    numbers = ", ".join(map(str, pks))
    if len(pks) == 1:
        return f"message {numbers}"
    return f"messages {numbers}" if done == len(pks) else f"{done} of the messages {numbers}"
