"""The log of what staff did stays when what they did it to goes; what that was called goes.

Django's log has a copy of the name, and the name is the customer's.
"""

from collections.abc import Collection

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType

from conversations.models import Conversation, LateQuestion, Message, OutboxMessage

_MESSAGES = (Message, LateQuestion, OutboxMessage)


def forget_customer(conversation: int) -> int:
    """Call it by the conversation's number; return in how many entries."""
    of_talks = ContentType.objects.get_for_model(Conversation)
    rows = LogEntry.objects.filter(content_type=of_talks, object_id=str(conversation))
    return int(rows.update(object_repr=f"Conversation {conversation}"))


def forget_messages(messages: Collection[int]) -> None:
    """Call them what they are: an entry has the name of whom a message was to."""
    types = ContentType.objects.get_for_models(*_MESSAGES, for_concrete_models=False).values()
    rows = LogEntry.objects.filter(content_type__in=types, object_id__in=map(str, messages))
    rows.update(object_repr="A deleted message")
