"""Questions that came too late to be answered by themselves: staff decide what becomes of them."""

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from conversations.models import COMMENT, Conversation, Message, Verdict
from instagram.limits import PRIVATE_REPLY_WINDOW, WINDOW, WINDOW_MARGIN

LEFT = "Left without an answer by "
# Other kept messages asked for nothing; these did, and a person saw to them.
LEFT_BY_STAFF = Q(verdict=Verdict.KEPT, reason__startswith=LEFT)


def answer_late(questions: QuerySet[Any]) -> int:
    """Staff want these answered by the rules after all; return how many are.

    Those stay whose window has closed: Instagram would refuse the answer.
    """
    now = timezone.now()
    taken = Q(conversation__last_inbound_at__gt=now - WINDOW + WINDOW_MARGIN) | Q(
        kind=COMMENT, at__gt=now - PRIVATE_REPLY_WINDOW + WINDOW_MARGIN
    )
    with transaction.atomic():
        rows = questions.filter(taken, verdict=Verdict.TOO_OLD)
        chosen = dict(rows.values_list("pk", "conversation"))
        released = Message.objects.filter(pk__in=chosen, verdict=Verdict.TOO_OLD).update(
            verdict=Verdict.UNDECIDED, released_at=now, reason="", decided_at=None
        )
        for conversation in set(chosen.values()):
            Conversation.objects.wake(conversation, now)
    return released


def leave_late(questions: QuerySet[Any], by: str) -> int:
    """Staff leave these without an answer; return how many they were."""
    rows = questions.filter(verdict=Verdict.TOO_OLD).order_by()
    return rows.update(verdict=Verdict.KEPT, reason=f"{LEFT}{by}.")
