"""The first words: an automated service says that it is one (docs/policy.md)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from conversations import shop
from conversations.bursts import Judged
from conversations.models import Conversation, Message


def disclosure(conversation: Conversation, judged: Sequence[Judged], now: datetime) -> str:
    """Return what is said before the answers: once, and again after a long silence."""
    now_shop = shop.current()
    if not now_shop.disclosure.strip() or not any(one.answer for one in judged):
        return ""
    long = timedelta(days=now_shop.disclosure_again_days)
    said = conversation.disclosed_at
    if said and (now - said <= long or _was_heard_since(judged[0].question, now - long)):
        return ""
    return now_shop.disclosure.strip()


def _was_heard_since(question: Message, since: datetime) -> bool:
    """Tell whether something was said on either side before this question."""
    thread = Message.objects.filter(conversation=question.conversation_id, at__gte=since)
    return thread.said().filter(pk__lt=question.pk).exists()
