"""What each rule did from one moment until before another."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conversations.models import BY_PERSON, Conversation, Message, Origin, State, Verdict
from rules import statistics
from rules.models import ResponseRule
from rules.statistics import RuleNumbers
from tests.rules.admin.forms import make_rule
from tests.support.talks import ask, make_conversation, plans, queries, say

pytestmark = pytest.mark.django_db

SINCE, UNTIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
INSIDE = datetime(2026, 3, 10, 12, tzinfo=UTC)
INSTANT, HOUR, DAY = timedelta(microseconds=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def rule() -> ResponseRule:
    return make_rule("Delivery")


@pytest.fixture
def talk() -> Conversation:
    return make_conversation("maria")


def answer(
    rule: int, talk: Conversation, at: datetime = INSIDE, parts: int = 1, **fields: Any
) -> None:
    question = ask(talk, at=at, verdict=Verdict.ANSWERED)
    for position in range(parts):
        say(talk, at=at, in_reply_to=question, position=position, rule=rule, **fields)


def found() -> list[RuleNumbers]:
    return statistics.count_period(SINCE, UNTIL)


def only() -> RuleNumbers:
    (one,) = found()
    return one


def test_each_rule_has_a_row_in_the_order_in_which_rules_are_asked(talk: Conversation) -> None:
    last, never = make_rule("Last", order=20), make_rule("Never", order=10, active=False)
    first = make_rule("First", order=10)
    ResponseRule.objects.filter(pk=first.pk).update(order=5)
    answer(last.pk, talk)
    answer(last.pk, talk, INSIDE + HOUR)
    answer(first.pk, talk, INSIDE + DAY)
    assert found() == [
        RuleNumbers(first.pk, "First", 1, 1, 0, 0, INSIDE + DAY),
        RuleNumbers(never.pk, "Never", 0, 0, 0, 0, None),
        RuleNumbers(last.pk, "Last", 2, 1, 0, 0, INSIDE + HOUR),
    ]


def test_without_rules_there_are_no_rows(talk: Conversation) -> None:
    answer(77, talk)  # its rule was deleted
    say(talk, at=INSIDE)
    assert found() == []


def test_the_period_begins_with_its_first_moment_and_ends_before_its_last(
    rule: ResponseRule, talk: Conversation
) -> None:
    other = make_conversation("other")
    for at in (SINCE - INSTANT, UNTIL):
        answer(rule.pk, other, at, state=State.FAILED)
    assert only() == RuleNumbers(rule.pk, "Delivery", 0, 0, 0, 0, None)
    for at in (SINCE, UNTIL - INSTANT):
        answer(rule.pk, talk, at, state=State.FAILED)
    assert only() == RuleNumbers(rule.pk, "Delivery", 2, 1, 0, 2, UNTIL - INSTANT)


def test_an_answer_of_several_messages_counts_once(rule: ResponseRule, talk: Conversation) -> None:
    answer(rule.pk, talk, parts=3)
    answer(rule.pk, talk, INSIDE + HOUR, parts=2, state=State.FAILED)
    assert only() == RuleNumbers(rule.pk, "Delivery", 2, 1, 0, 1, INSIDE + HOUR)


def test_only_what_failed_is_a_failure(rule: ResponseRule, talk: Conversation) -> None:
    for hours, state in enumerate(State):
        if state != State.UNDECIDED:
            answer(rule.pk, talk, INSIDE + hours * HOUR, state=state)
    assert (only().answers, only().failed) == (len(State) - 1, 1)


def test_a_person_is_needed_who_comes_within_a_day_even_after_the_period(
    rule: ResponseRule,
) -> None:
    for name, after in [("soon", HOUR), ("late", 25 * HOUR), ("never", None)]:
        one = make_conversation(name)
        answer(rule.pk, one, UNTIL - INSTANT)
        if after:
            say(one, at=UNTIL + after, origin=Origin.STAFF)
    assert (only().customers, only().needed_person) == (3, 1)


def test_a_customer_who_needs_a_person_now_needed_one_of_each_rule(rule: ResponseRule) -> None:
    price = make_rule("Price")
    helpless = make_conversation("helpless", needs_person=True)
    for one in (rule, rule, price):
        answer(one.pk, helpless)
    answer(price.pk, make_conversation("content"))
    assert [(row.customers, row.needed_person) for row in found()] == [(1, 1), (2, 1)]


# Against a plain count


@pytest.mark.parametrize("seed", range(4))
def test_the_numbers_are_those_of_a_plain_count(seed: int) -> None:
    chance = random.Random(seed)
    rules = [make_rule(f"Rule {number}", order=chance.randrange(3)) for number in range(4)]
    talks = [
        make_conversation(f"customer {number}", needs_person=number == 0) for number in range(8)
    ]
    moments = [SINCE + hours * HOUR for hours in range(-30, 31 * 24 + 30)]
    asked = [ask(chance.choice(talks), at=INSIDE) for _ in range(40)]
    for position, at in enumerate(chance.sample(moments, 120)):
        question, by = chance.choice(asked), chance.choice([*(one.pk for one in rules), 99, None])
        for part in range(chance.randint(1, 3)):
            state = chance.choice([State.SENT, State.SENT, State.FAILED, State.CANCELLED])
            say(
                question.conversation, at=at, rule=by, state=state,
                in_reply_to=question, position=3 * position + part,
            )  # fmt: skip
    for at in chance.sample(moments, 25):
        origin, state = (
            chance.choice([Origin.STAFF, Origin.APP]),
            chance.choice([State.SENT, State.FAILED]),
        )
        say(chance.choice(talks), at=at + HOUR / 2, origin=origin, state=state)
    assert found() == [plainly(one) for one in sorted(rules, key=lambda one: (one.order, one.pk))]


def plainly(rule: ResponseRule) -> RuleNumbers:
    rows = list(Message.objects.select_related("conversation"))
    persons = [row for row in Message.objects.filter(BY_PERSON) if row.state == State.SENT]
    given = [row for row in rows if row.rule == rule.pk and SINCE <= row.at < UNTIL]
    needed = {
        row.conversation_id
        for row in given
        if row.conversation.needs_person
        or any(
            person.conversation_id == row.conversation_id
            and row.at < person.at <= row.at + timedelta(hours=24)
            for person in persons
        )
    }
    return RuleNumbers(
        rule.pk,
        rule.name,
        answers=len({row.at for row in given}),
        customers=len({row.conversation_id for row in given}),
        needed_person=len(needed),
        failed=len({row.in_reply_to_id for row in given if row.state == State.FAILED}),
        last_answer_at=max((row.at for row in given), default=None),
    )


# How fast


def test_more_rules_and_answers_cost_no_query(rule: ResponseRule, talk: Conversation) -> None:
    assert queries(found) == 4
    for number in range(20):
        answer(make_rule(f"Rule {number}").pk, talk, state=State.FAILED)
    assert queries(found) == 4


@pytest.mark.usefixtures("_many")
def test_answers_and_failures_are_found_by_their_indexes(rule: ResponseRule) -> None:
    """Or by the index of times, where a period is short enough."""
    given, needed, failed, _ = plans(found)
    assert "message_rule" in given or "message_at" in given
    assert "message_rule" in needed or "message_at" in needed
    assert "message_by_person" in needed or "message_thread" in needed
    assert "message_trouble" in failed or "message_at" in failed
