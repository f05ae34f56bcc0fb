"""Who answered a customer's message, and when: the bot, a person, or nobody.

What a person has to answer is what conversations.waiting says, whether they have or not. A wait
begins with the first message that nobody has answered and ends with the first answer that was
delivered. The bot's waits are of all messages, a person's of those that need one: so a fallback
that comes at once does not hide how long staff took. A comment is a wait of its own, and its
replies are its answers.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, Exists, OuterRef, Q, Subquery, TextField, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import Exact

from conversations.inbox.late import LEFT_BY_STAFF
from conversations.models import (
    BY_PERSON,
    COMMENT,
    NEEDS_ANSWER,
    NOT_SAID,
    TO_COMMENTS,
    Message,
    MessageQuerySet,
    Origin,
    State,
    Verdict,
)
from conversations.statistics.period import ANSWERED, RECEIVED
from workqueue import sql


class Fate(StrEnum):
    """What became of a message from a customer: exactly one."""

    BOT = "by_bot"  # answered, and nobody else was needed
    STAFF = "by_staff"  # needed a person, who answered
    CLOSED = "closed"  # needed a person, and staff closed it without an answer
    OPEN = "not_answered"  # needs a person, and has no answer
    OTHER = "other"  # not decided yet, another app's, or taken back by the customer


@dataclass(frozen=True, slots=True)
class Wait:
    """How long a customer waited for the first answer, and who gave it."""

    seconds: float
    by_bot: bool
    person: str  # the username; empty: in the Instagram app


@dataclass(frozen=True, slots=True)
class Question:
    """A customer's message: its fate, and the answers of the waits that begin with it."""

    pk: int
    at: datetime
    fate: Fate
    first_answer: int | None
    first_by_person: int | None


ANSWERS_AT_ONCE = 1000

# Messages of one conversation, in order, beside a message of it.
_EARLIER = Q(at__lt=OuterRef("at")) | Q(at=OuterRef("at"), pk__lt=OuterRef("pk"))
_LATER = Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), pk__gt=OuterRef("pk"))

_DELIVERED = Q(state=State.SENT, unsent_at=None)
_BY_SOMEBODY = _DELIVERED & (Q(origin=Origin.BOT) | BY_PERSON)
_BY_PERSON = _DELIVERED & BY_PERSON
# What the bot may answer: nobody looks at what is kept, or has been left to another app.
_ASKED = Q(origin=Origin.CUSTOMER, unsent_at=None) & ~Q(verdict__in=[Verdict.KEPT, Verdict.STANDBY])


def read(
    begins: datetime, ends: datetime, accounts: Collection[int] | None = None
) -> list[Question]:
    """Return what customers wrote from then until before then; served by message_at.

    What stands around each message is looked up in message_thread. accounts: to these; None: to
    all.
    """
    rows = _with_lead().of_accounts(accounts).filter(RECEIVED, at__gte=begins, at__lt=ends)
    needs = _needs_person()
    read: Any = rows.annotate(
        left=Case(When(LEFT_BY_STAFF, then=True), default=False),
        needs=Case(When(needs, then=True), default=False),
        person=Case(When(needs, then=_next(_BY_PERSON, Q(at__gt=OuterRef("at"))))),
        begins=Case(When(_ASKED, then=_begins(_ASKED, _BY_SOMEBODY)), default=False),
        begins_for_person=Case(When(needs, then=_begins(needs, _BY_PERSON)), default=False),
        first=Case(When(_ASKED, then=_next(_BY_SOMEBODY, _LATER))),
    ).values(
        "pk", "at", "verdict", "unsent_at", "done_at", "left", "needs", "person", "begins",
        "begins_for_person", "first",
    )  # fmt: skip
    with _in_order_of_threads():
        return [_question(row) for row in read.order_by()]


@contextmanager
def _in_order_of_threads() -> Iterator[None]:
    """Have PostgreSQL walk message_thread to the next message, and stop there.

    It takes every conversation for a short one, and would fetch all of a long one and sort it.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        # Nor is it worth compiling: by the same mistake it thinks that this costs much.
        cursor.execute("SET LOCAL enable_bitmapscan TO off; SET LOCAL jit TO off")
        yield


def _question(row: dict[str, Any]) -> Question:
    fate = Fate.OTHER
    if row["needs"]:
        fate = Fate.STAFF if row["person"] else Fate.CLOSED if row["done_at"] else Fate.OPEN
    elif row["left"] and row["unsent_at"] is None:
        fate = Fate.CLOSED
    elif row["verdict"] in ANSWERED:
        fate = Fate.BOT
    return Question(
        row["pk"],
        row["at"],
        fate,
        row["first"] if row["begins"] else None,
        row["person"] if row["begins_for_person"] else None,
    )


def waits(questions: list[Question]) -> Iterator[Wait]:
    """Return the waits that began with these, and have ended."""
    answers = _read_answers(
        {pk for one in questions for pk in (one.first_answer, one.first_by_person) if pk}
    )
    for question in questions:
        for pk, of_bot in ((question.first_answer, True), (question.first_by_person, False)):
            if pk in answers:
                origin, staff, at = answers[pk]
                if of_bot == (origin == Origin.BOT):
                    seconds = (at - question.at).total_seconds()
                    yield Wait(seconds, of_bot, staff if origin == Origin.STAFF else "")


def _read_answers(pks: set[int]) -> dict[int, tuple[str, str, datetime]]:
    """Return who gave each of these answers, and when it was delivered."""
    found: dict[int, tuple[str, str, datetime]] = {}
    every = sorted(pks)
    for start in range(0, len(every), ANSWERS_AT_ONCE):
        rows = Message.objects.filter(pk__in=every[start : start + ANSWERS_AT_ONCE])
        columns = rows.values_list("pk", "origin", "staff", Coalesce("sent_at", "at"))
        found |= {pk: (origin, staff, at) for pk, origin, staff, at in columns}
    return found


def _with_lead() -> MessageQuerySet:
    """Return messages with the number of the one whose answer is for them too, as text."""
    return Message.objects.annotate(lead=KT("why__answered_with"))


def _needs_person() -> Q:
    """Tell whether a person has, or had, to answer it; the words of conversations.waiting."""
    unsaid = Message.objects.filter(
        conversation=OuterRef("conversation"), origin=Origin.BOT, state__in=sql.literals(NOT_SAID)
    ).annotate(question=Cast("in_reply_to_id", TextField()))
    of_it = Exists(unsaid.filter(in_reply_to=OuterRef("pk")))
    of_its_lead = Exists(unsaid.filter(question=OuterRef("lead")))
    its_answer_failed = Q(of_it) | (Q(verdict=Verdict.TOGETHER) & Q(of_its_lead))
    asks = Q(verdict__in=NEEDS_ANSWER) | Q(flagged=True)
    open_ones = Q(origin=Origin.CUSTOMER, unsent_at=None) & ~Q(verdict=Verdict.UNDECIDED)
    return open_ones & (asks | its_answer_failed)


def _begins(questions: Q, answers: Q) -> Case:
    """Tell whether a wait begins with a message: no other one waits that nobody answered."""
    here = _with_lead().filter(conversation=OuterRef("conversation"))
    direct = here.exclude(kind__in=[COMMENT, *TO_COMMENTS])
    before = direct.filter(questions | answers, _EARLIER, at__lte=OuterRef("at"))
    last = Coalesce(Subquery(before.order_by("-at", "-pk").values("origin")[:1]), Value(""))
    another_waits = Exact(last, Value(Origin.CUSTOMER.value))
    return Case(When(kind=COMMENT, then=True), When(another_waits, then=False), default=True)


def _next(answers: Q, after: Q) -> Case:
    """Return the first of these answers to a message."""
    here = Message.objects.filter(answers, conversation=OuterRef("conversation"))
    direct = here.exclude(kind__in=TO_COMMENTS).filter(after, at__gte=OuterRef("at"))
    replies = here.filter(in_reply_to=OuterRef("pk"), kind__in=TO_COMMENTS)
    return Case(
        When(kind=COMMENT, then=Subquery(replies.order_by("at", "pk").values("pk")[:1])),
        default=Subquery(direct.order_by("at", "pk").values("pk")[:1]),
    )
