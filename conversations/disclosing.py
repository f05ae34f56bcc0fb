"""The first words: an automated service says that it is one (docs/policy.md)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from conversations import shop
from conversations.bursts import Judged
from conversations.models import Conversation, Message, Origin

PEOPLE = (Origin.STAFF, Origin.APP)


def disclosure(conversation: Conversation, judged: Sequence[Judged], now: datetime) -> str:
    """Return what is said before the answers: once, and again after a person or a long silence."""
    now_shop = shop.current()
    if not now_shop.disclosure.strip() or not any(one.answer for one in judged):
        return ""
    thread = Message.objects.filter(conversation=conversation.pk).said()
    long, said = timedelta(days=now_shop.disclosure_again_days), conversation.disclosed_at
    if said is None or thread.filter(at__gt=said, origin__in=PEOPLE).exists():
        return now_shop.disclosure.strip()
    before = thread.filter(pk__lt=judged[0].question.pk)
    if now - said <= long or before.filter(at__gte=now - long).exists():
        return ""
    return now_shop.disclosure.strip()
