"""How often each rule answered, when last, and with what result, counted from its messages.

All messages of one answer are written at the same moment, so the moments of a rule are counted.
They are in the index message_rule: no message is read, however many there are.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Aggregate,
    BigIntegerField,
    Count,
    Exists,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce

from conversations.models import Message, State
from conversations.queries import handed_over
from rules.models import ResponseRule

WEEK, MONTH = timedelta(days=7), timedelta(days=30)


def add_counts(rules: QuerySet[ResponseRule], now: datetime) -> QuerySet[ResponseRule]:
    """Add to each rule its answers in the last 7 and 30 days, and when it answered last."""
    return rules.annotate(
        answers_week=_answers_since(now - WEEK),
        answers_month=_answers_since(now - MONTH),
        last_used=Subquery(_answers().order_by("-at").values("at")[:1]),
    )


def _answers() -> QuerySet[Message]:
    """Return those of the rule around it."""
    return Message.objects.filter(rule=OuterRef("pk"))


def _answers_since(since: datetime) -> Coalesce:
    moments = _answers().filter(at__gte=since).order_by().values("rule")
    count = moments.annotate(count=Count("at", distinct=True)).values("count")
    return Coalesce(Subquery(count), 0, output_field=BigIntegerField())


def keep_unused(rules: QuerySet[ResponseRule], since: datetime | None) -> QuerySet[ResponseRule]:
    """Keep only the rules that have not answered since then; None: that never have."""
    answers = _answers()
    return rules.exclude(Exists(answers.filter(at__gte=since) if since else answers))


def count_failures(now: datetime) -> Mapping[int, int]:
    """Count the answers of the last 30 days that failed, by rule; served by message_trouble."""
    return _count_failures(Q(at__gte=now - MONTH))


def _count_failures(when: Q, accounts: Collection[int] | None = None) -> Mapping[int, int]:
    said = Message.objects.failed_or_unconfirmed().of_accounts(accounts)
    failed = said.filter(when, state=State.FAILED)
    counts = failed.order_by().values("rule").annotate(count=Count("in_reply_to", distinct=True))
    return {row["rule"]: row["count"] for row in counts if row["rule"]}


@dataclass(frozen=True, slots=True)
class Customers:
    """How many customers a rule answered in 30 days, and how many needed a person afterwards."""

    answered: int
    handed_over: int


def count_customers(rule: int, now: datetime) -> Customers:
    answers = Message.objects.filter(rule=rule, at__gte=now - MONTH)
    return Customers(_count_customers(answers), _count_customers(handed_over(answers)))


def _count_customers(answers: QuerySet[Message]) -> int:
    return answers.values("conversation").distinct().count()


@dataclass(frozen=True, slots=True)
class RuleNumbers:
    """What a rule did in a period. Answers count whether they were sent or not."""

    rule: int
    name: str
    answers: int
    customers: int
    needed_person: int  # of the customers
    failed: int  # of the answers
    last_answer_at: datetime | None


def count_period(
    since: datetime, until: datetime, *, accounts: Collection[int] | None = None
) -> list[RuleNumbers]:
    """Count what each saved rule did from `since` until before `until`, in the order of the rules.

    Answers are found by the index message_rule, failures by message_trouble. accounts: what was
    said with these; None: with all.
    """
    when = Q(at__gte=since, at__lt=until)
    said = Message.objects.of_accounts(accounts)
    answers = said.filter(when, rule__in=ResponseRule.objects.values("pk"))
    answered = _count_by_rule(
        answers,
        answers=Count("at", distinct=True),
        customers=Count("conversation", distinct=True),
        last_answer_at=Max("at"),
    )
    # A person may also have come after the period.
    needed = _count_by_rule(handed_over(answers), customers=Count("conversation", distinct=True))
    failed = _count_failures(when, accounts)
    return [
        RuleNumbers(
            rule,
            name,
            needed_person=needed.get(rule, _NO_ANSWERS)["customers"],
            failed=failed.get(rule, 0),
            **answered.get(rule, _NO_ANSWERS),
        )
        for rule, name in ResponseRule.objects.order_by("order", "pk").values_list("pk", "name")
    ]


_NO_ANSWERS: Mapping[str, Any] = {"answers": 0, "customers": 0, "last_answer_at": None}


def _count_by_rule(rows: QuerySet[Message], **counts: Aggregate) -> dict[int, dict[str, Any]]:
    by_rule: Any = rows.order_by().values("rule").annotate(**counts)
    return {row.pop("rule"): row for row in by_rule}
