"""What came in and went out on each of the shop's days, counted from the messages."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Aggregate, Count, Q, QuerySet
from django.db.models.functions import TruncDate

from conversations.inbox.late import LEFT_BY_STAFF
from conversations.models import BY_PERSON, LATE, UNANSWERED, Message, Origin, State, Verdict
from shop.current import current_shop
from shop.hours import DAY

ANSWERED = (Verdict.ANSWERED, Verdict.TOGETHER)
# Not for the engines, or too much for them: a person, or the other app, sees to it.
TO_PERSON = (Verdict.PAUSED, *LATE, Verdict.STANDBY, Verdict.FAILED)

RECEIVED = Q(origin=Origin.CUSTOMER) & (~Q(verdict=Verdict.KEPT) | LEFT_BY_STAFF)
_SENT = Q(state=State.SENT)
_FAILED = Q(state=State.FAILED)

# What is counted of the shop, and of a rule: fields of Day and RuleDay.
OF_SHOP: dict[str, Aggregate] = {
    "received": Count("pk", filter=RECEIVED),
    "customers": Count("conversation", filter=RECEIVED, distinct=True),
    "answered": Count("pk", filter=Q(verdict__in=ANSWERED)),
    "unanswered": Count("pk", filter=Q(verdict__in=UNANSWERED)),
    "left_to_person": Count("pk", filter=Q(verdict__in=TO_PERSON) | LEFT_BY_STAFF),
    "bot_messages": Count("pk", filter=_SENT & Q(origin=Origin.BOT)),
    "staff_messages": Count("pk", filter=_SENT & BY_PERSON),
    "failed": Count("pk", filter=_FAILED & Q(origin__in=[Origin.BOT, Origin.STAFF])),
}
OF_RULE: dict[str, Aggregate] = {
    "answers": Count("at", distinct=True),  # all messages of one answer have the same moment
    "customers": Count("conversation", distinct=True),
    "failed": Count("in_reply_to", filter=_FAILED, distinct=True),
}


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the shop, counted in messages, but for the customers.

    A message counts on the day it was written. What is received and neither answered, unanswered
    nor left to a person is not decided yet; what is neither sent nor failed waits, was cancelled or
    is not confirmed. What staff write in the Instagram app is theirs too.
    """

    day: date
    received: int
    customers: int
    answered: int
    unanswered: int
    left_to_person: int
    bot_messages: int
    staff_messages: int
    failed: int


def of_shop(first: date, last: date, *, accounts: Collection[int] | None = None) -> list[Day]:
    """Count each day from the first to the last, both included; days without a message too.

    accounts: of these; None: of all. Served by the index message_at.
    """
    counted = _counted(Message.objects.of_accounts(accounts), first, last, **OF_SHOP)
    return [Day(day, **counts) for day, counts in counted]


@dataclass(frozen=True, slots=True)
class RuleDay:
    """What a rule did on a day of the shop: how often it answered, whom, and what failed of it."""

    day: date
    answers: int
    customers: int
    failed: int


def of_rule(
    rule: int, first: date, last: date, *, accounts: Collection[int] | None = None
) -> list[RuleDay]:
    """Count each day of a rule, both ends included; served by the index message_rule.

    accounts: what it said with these; None: with all.
    """
    answers = Message.objects.filter(rule=rule).of_accounts(accounts)
    counted = _counted(answers, first, last, **OF_RULE)
    return [RuleDay(day, **counts) for day, counts in counted]


def _counted(
    messages: QuerySet[Message], first: date, last: date, **counts: Aggregate
) -> Iterator[tuple[date, dict[str, int]]]:
    now = current_shop()
    within = messages.filter(at__gte=now.begins(first), at__lt=now.begins(last + DAY))
    days = within.order_by().annotate(day=TruncDate("at", tzinfo=now.zone)).values("day")
    rows: Any = days.annotate(**counts)
    found = {row.pop("day"): row for row in rows}
    for number in range((last - first).days + 1):
        day = first + number * DAY
        yield day, found.get(day, dict.fromkeys(counts, 0))
