"""Questions that nothing answers by itself any more: staff may have the rules answer them.

They came too late, or while the bot was switched off; or no rule had an answer, and now one has.
"""

from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from conversations import waiting
from conversations.models import (
    BY_PERSON,
    COMMENT,
    LATE,
    UNANSWERED,
    Conversation,
    Message,
    Origin,
    State,
    Verdict,
)
from instagram.limits import PRIVATE_REPLY_WINDOW, WINDOW, WINDOW_MARGIN

ASKED_AGAIN = "Asked again later: answered there."
BESIDE = 100  # places further on than what a rule says
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


def answerable(now: datetime) -> Any:
    """Keep only what no rule had an answer to and can still be answered as of now.

    Its window is open, no person has written since and nobody is done with it, and the bot may
    speak to the customer: it is not paused or switched off, no other app has the conversation, and
    the customer has not opted out. A comment must have had no reply at all.
    """
    later = Message.objects.filter(conversation=OuterRef("conversation"), at__gte=OuterRef("at"))
    replies = Message.objects.filter(in_reply_to=OuterRef("pk"), origin=Origin.BOT)
    under_way = replies.filter(state__in=[State.QUEUED, State.SENDING, State.UNKNOWN])
    talk = Q(
        conversation__last_inbound_at__gt=now - WINDOW + WINDOW_MARGIN,
        conversation__opted_out_at=None,
        conversation__other_app_at=None,
        conversation__account__bot_off_by="",
        conversation__account__active=True,
    )
    silent = Q(conversation__bot_paused_until__gt=now)
    return (
        Q(verdict__in=UNANSWERED, unsent_at=None, done_at=None, at__gt=now - WINDOW)
        & talk
        & ~silent
        & ~Exists(later.filter(BY_PERSON))
        & ~Exists(under_way)
        & ~(Q(kind=COMMENT) & Exists(replies))
    )


def answer_after_all(chosen: QuerySet[Any]) -> int:
    """Have the rules answer these, as far as that is possible now; return for how many customers.

    Whoever asked several times is answered once, to the newest question.
    """
    now = timezone.now()
    conversations = chosen.order_by().values_list("conversation_id", flat=True).distinct()
    pks = list(chosen.values_list("pk", flat=True))
    return sum(_answer_one(conversation, pks, now) for conversation in sorted(conversations))


@transaction.atomic
def _answer_one(conversation: int, pks: list[int], now: datetime) -> bool:
    Conversation.objects.raise_version(conversation)  # locks it, before its rows
    rows = Message.objects.filter(answerable(now), pk__in=pks, conversation=conversation)
    asked = list(rows.order_by("-at", "-pk").values_list("pk", flat=True))
    if not asked:
        return False
    # What the fallback said stays as it was said; the answer comes beside it.
    said = Message.objects.filter(in_reply_to__in=asked, origin=Origin.BOT)
    said.update(position=F("position") + BESIDE)
    undecided = {"verdict": Verdict.UNDECIDED, "released_at": now, "decided_at": None}
    Message.objects.filter(pk=asked[0]).update(**undecided, reason="")
    Message.objects.filter(pk__in=asked[1:]).update(verdict=Verdict.TOGETHER, reason=ASKED_AGAIN)
    waiting.recount(conversation)
    Conversation.objects.wake(conversation, now)
    return True


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
