"""Questions that came too late, or while the bot was switched off.

Nothing answers them by itself: staff decide what becomes of them.
"""

from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from conversations import waiting
from conversations.models import COMMENT, LATE, Conversation, Message, Verdict
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
    undecided = {"verdict": Verdict.UNDECIDED, "released_at": now, "decided_at": None}
    return _decide(questions.filter(taken), now, **undecided, reason="")


def leave_late(questions: QuerySet[Any], by: str) -> int:
    """Staff leave these without an answer; return how many they were."""
    return _decide(questions, None, verdict=Verdict.KEPT, reason=f"{LEFT}{by}.")


def _decide(questions: QuerySet[Any], wake: datetime | None, **changes: Any) -> int:
    """Change those that are still late, one conversation at a time; return how many."""
    late = questions.filter(verdict__in=LATE).order_by("conversation_id", "pk")
    changed = 0
    for conversation, rows in groupby(late.values_list("conversation_id", "pk"), itemgetter(0)):
        chosen = Message.objects.filter(pk__in=[pk for _, pk in rows], verdict__in=LATE)
        with transaction.atomic():
            Conversation.objects.raise_version(conversation)  # locks it, before its rows
            changed += chosen.update(**changes)
            waiting.recount(conversation)
            if wake:
                Conversation.objects.wake(conversation, wake)
    return changed
