"""The first words: an automated service says that it is one (docs/policy.md).

What a shop says there is the shop's. Where a machine writes the answers it is said in any case: who
talks with an AI is to be told so, at the latest at the first contact (EU AI Act, Article 50).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from conversations.answering.bursts import Judged
from conversations.engine import OptOut
from conversations.models import BY_PERSON, NOT_SAID, Conversation, Message, Origin
from shop.current import shop_of

OF_A_MACHINE = "You are chatting with an AI assistant, not with a person."


def disclosure(conversation: Conversation, judged: Sequence[Judged], now: datetime) -> str:
    """Return what is said before the answers: once, and again after a person or a long silence."""
    ours = shop_of(conversation.account_id)
    words = ours.first_words(conversation.name, conversation.username)
    answers = [answer for one in judged if one.answer for answer in one.answer.all()]
    if not words and any(answer.generated for answer in answers):
        words = OF_A_MACHINE
    if not words or not answers:
        return ""
    if any(one.opt_out == OptOut.STOP for one in judged):
        return ""  # who opts out gets the one confirmation
    long_ago = now - timedelta(days=ours.disclosure_again_days)
    return "" if _is_known(conversation, long_ago) else words


def _is_known(conversation: Conversation, long_ago: datetime) -> bool:
    """Tell whether the customer was told, and has talked with the bot alone since then."""
    told = conversation.disclosed_at
    if told is None:
        return False
    thread = Message.objects.filter(conversation=conversation.pk)
    by_bot = thread.filter(origin=Origin.BOT)
    # They are the first message of that moment, and it may never have left.
    with_them = by_bot.filter(at=told).order_by("pk").values_list("state", flat=True).first()
    return (
        with_them not in NOT_SAID
        and by_bot.said().filter(at__gte=long_ago).exists()
        and not thread.said().filter(BY_PERSON, at__gt=told).exists()
    )
