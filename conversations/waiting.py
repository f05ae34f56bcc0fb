"""Stand-in, dropped at the merge: who waits, who has them, and who was put off."""

from datetime import datetime

from conversations.models import Conversation


def assign(conversation_id: int, user_id: int | None) -> None:
    """Give a conversation to somebody, or to nobody."""
    Conversation.objects.filter(pk=conversation_id).update(assignee=user_id)


def put_off(conversation_id: int, until: datetime, by: str) -> None:  # noqa: ARG001 - the real one logs it
    """Take a conversation out of the queue until then."""
    Conversation.objects.filter(pk=conversation_id).update(put_off_until=until)


def done(conversation_id: int, seen_message_id: int, by: str) -> None:  # noqa: ARG001 - the real one asks
    """Nobody waits here any longer."""
    Conversation.objects.filter(pk=conversation_id).update(needs_person=False, waiting_since=None)
