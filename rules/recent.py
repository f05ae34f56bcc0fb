"""What customers wrote in the last 30 days: what a change is replayed on, and what had no answer.

However long the table is, only its newest rows are read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from conversations.models import Message, MessageQuerySet, Origin, Verdict

LOOK_BACK = timedelta(days=30)
MAX_REPLAYED = 2000  # questions, the newest
MAX_GROUPED = 2000  # unanswered questions, the newest; and as many that were answered
ROWS_PER_QUESTION = 4  # that are searched for the questions among all messages

# The verdicts of questions that the rules were asked. All others were left to a person or another
# app, or came too late.
_ASKED = (Verdict.ANSWERED, Verdict.TOGETHER, Verdict.FALLBACK, Verdict.NO_ANSWER)
# What conversations.answering.questions needs of a message and its conversation.
_FIELDS = (
    "conversation", "kind", "text", "payload", "attachments", "about", "at", "unsent_at",
    "conversation__account", "conversation__customer_id", "conversation__name",
    "conversation__username", "conversation__referral_ref",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recent:
    """Customers' questions, newest first. is_cut: there are more, which are not here."""

    messages: Sequence[Message]
    is_cut: bool = False

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.messages]


def read_questions(now: datetime, most: int = MAX_REPLAYED) -> Recent:
    """Read the questions that the rules were asked; written_to: the customer was not new then."""
    since = now - LOOK_BACK
    by_age = Message.objects.order_by("-pk")
    rows = ROWS_PER_QUESTION * MAX_REPLAYED
    oldest, reached = by_age.values_list("pk", "at")[rows : rows + 1].first() or (0, since)
    asked = by_age.filter(
        pk__gt=oldest, origin=Origin.CUSTOMER, verdict__in=_ASKED, unsent_at=None, at__gte=since
    )
    # Served by the index message_thread.
    before = Message.objects.filter(conversation=OuterRef("conversation"), at__lt=OuterRef("at"))
    written_to = Exists(before.exclude(origin=Origin.CUSTOMER).said())
    recent = _take(asked.annotate(written_to=written_to), most)
    return Recent(recent.messages, is_cut=recent.is_cut or reached > since)


def read_unanswered(now: datetime) -> Recent:
    """Read the questions without an answer, or with the fallback; by the index message_unanswered.

    Each has a text.
    """
    unanswered = unanswered_since(now - LOOK_BACK)
    return _take(unanswered.order_by("-at", "-pk"), MAX_GROUPED)


def unanswered_since(since: datetime) -> MessageQuerySet:
    return Message.objects.unanswered().filter(at__gte=since, unsent_at=None).exclude(text="")


def read_answered_texts() -> Sequence[str]:
    """Read the texts that rules answered, among the newest rows by primary key."""
    by_age = Message.objects.order_by("-pk")
    newest = by_age.values_list("pk", flat=True).first() or 0
    rows = ROWS_PER_QUESTION * MAX_GROUPED
    answered = by_age.filter(pk__gt=newest - rows, verdict=Verdict.ANSWERED)
    return list(answered.values_list("text", flat=True)[:MAX_GROUPED])


def with_conversations(questions: QuerySet[Message], most: int) -> list[Message]:
    """Read the first of these, with what engines are told of them."""
    return list(_take(questions, most).messages)


def _take(questions: QuerySet[Message], most: int) -> Recent:
    messages = list(questions.select_related("conversation").only(*_FIELDS)[: most + 1])
    return Recent(messages[:most], is_cut=len(messages) > most)
