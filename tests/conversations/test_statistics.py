"""What came in and went out on each of the shop's days."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from conversations import statistics
from conversations.inbox import late, updates
from conversations.models import UNANSWERED, Account, Conversation, Message, Origin, State, Verdict
from conversations.statistics import Day, RuleDay
from shop.models import Shop
from tests.support.talks import ask, make_conversation, plans, queries, say

pytestmark = pytest.mark.django_db

RULE = 7
INSTANT, HOUR, DAY = timedelta(microseconds=1), timedelta(hours=1), timedelta(days=1)
TODAY = date(2026, 6, 2)
NOON = datetime(2026, 6, 2, 12, tzinfo=UTC)
# Days that are not of 24 hours, each with its first moment and the next day's.
ODD = [
    ("Europe/Kyiv", "2026-10-25", "2026-10-24 21:00", "2026-10-25 22:00"),  # 25 hours
    ("Europe/Kyiv", "2026-03-29", "2026-03-28 22:00", "2026-03-29 21:00"),  # 23 hours
    ("America/Sao_Paulo", "2017-10-15", "2017-10-15 03:00", "2017-10-16 02:00"),  # begins at 1:00
    ("America/Sao_Paulo", "2018-02-17", "2018-02-17 02:00", "2018-02-18 03:00"),  # 23:00 twice
    ("Asia/Kathmandu", "2026-06-02", "2026-06-01 18:15", "2026-06-02 18:15"),
]


def in_zone(zone: str) -> None:
    Shop.objects.create(pk=1, name="Flowers", time_zone=zone)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def shown(day: Day | RuleDay) -> dict[str, int]:
    """What is not zero."""
    names = [name for name in day.__slots__ if name != "day"]
    return {name: getattr(day, name) for name in names if getattr(day, name)}


def today() -> dict[str, int]:
    (day,) = statistics.of_shop(TODAY, TODAY)
    return shown(day)


def rules_today() -> dict[str, int]:
    (day,) = statistics.of_rule(RULE, TODAY, TODAY)
    return shown(day)


def answer(talk: Conversation, at: datetime = NOON, parts: int = 1, **fields: Any) -> None:
    question = ask(talk, at=at, verdict=Verdict.ANSWERED)
    given = {"rule": RULE} | fields
    for position in range(parts):
        say(talk, at=at, in_reply_to=question, position=position, **given)


# Which days


def test_each_day_has_a_row_also_without_a_message(talk: Conversation) -> None:
    answer(talk)
    first, last = TODAY - 2 * DAY, TODAY + DAY
    whole = [date(2026, 5, 31), date(2026, 6, 1), TODAY, date(2026, 6, 3)]
    shop, rule = statistics.of_shop(first, last), statistics.of_rule(RULE, first, last)
    assert [day.day for day in shop] == [day.day for day in rule] == whole
    assert shop[2] == Day(TODAY, 1, 1, 1, 0, 0, 1, 0, 0)
    assert rule[2] == RuleDay(TODAY, 1, 1, 0)
    for number in (0, 1, 3):
        assert shown(shop[number]) == shown(rule[number]) == {}


def test_from_a_day_to_an_earlier_one_there_are_none(talk: Conversation) -> None:
    answer(talk)
    assert statistics.of_shop(TODAY, date(2026, 6, 1)) == []
    assert statistics.of_rule(RULE, TODAY, date(2026, 6, 1)) == []


@pytest.mark.parametrize(("zone", "day", "begins", "ends"), ODD)
def test_a_day_begins_and_ends_by_the_shops_clock(
    talk: Conversation, zone: str, day: str, begins: str, ends: str
) -> None:
    in_zone(zone)
    for at in (utc(begins), utc(ends) - INSTANT):
        answer(talk, at)
    for at in (utc(begins) - INSTANT, utc(ends)):
        answer(talk, at, parts=2)
    one = date.fromisoformat(day)
    (alone,), around = statistics.of_shop(one, one), statistics.of_shop(one - DAY, one + DAY)
    assert shown(alone) == {"received": 2, "customers": 1, "answered": 2, "bot_messages": 2}
    assert around[1] == alone
    assert [row.bot_messages for row in around] == [2, 2, 2]
    assert statistics.of_rule(RULE, one, one) == [RuleDay(one, 2, 1, 0)]
    assert [row.answers for row in statistics.of_rule(RULE, one - DAY, one + DAY)] == [1, 2, 1]


def test_each_hour_of_a_day_of_25_hours_counts_in_it(talk: Conversation) -> None:
    in_zone("Europe/Kyiv")
    for hours in range(48):
        ask(talk, at=utc("2026-10-24 21:30") + hours * HOUR)
    found = statistics.of_shop(date(2026, 10, 25), date(2026, 10, 26))
    assert [day.received for day in found] == [25, 23]


# What is counted


@pytest.mark.parametrize(
    ("verdict", "counts"),
    [
        (Verdict.UNDECIDED, {}),
        (Verdict.ANSWERED, {"answered": 1}),
        (Verdict.TOGETHER, {"answered": 1}),
        (Verdict.FALLBACK, {"unanswered": 1}),
        (Verdict.NO_ANSWER, {"unanswered": 1}),
        (Verdict.PAUSED, {"left_to_person": 1}),
        (Verdict.TOO_OLD, {"left_to_person": 1}),
        (Verdict.OFF, {"left_to_person": 1}),
        (Verdict.STANDBY, {"left_to_person": 1}),
        (Verdict.FAILED, {"left_to_person": 1}),
        (Verdict.KEPT, None),
    ],
)
def test_what_a_customer_said_counts_by_its_verdict(
    talk: Conversation, verdict: Verdict, counts: dict[str, int] | None
) -> None:
    ask(talk, at=NOON, verdict=verdict, kind="story_reply")
    assert today() == ({} if counts is None else {"received": 1, "customers": 1} | counts)


def test_no_verdict_is_forgotten() -> None:
    counted = {*statistics.ANSWERED, *UNANSWERED, *statistics.TO_PERSON}
    assert set(Verdict) - counted == {Verdict.UNDECIDED, Verdict.KEPT}


@pytest.mark.parametrize(
    ("origin", "fields", "counts"),
    [
        (Origin.BOT, {}, {"bot_messages": 1}),
        (Origin.BOT, {"state": State.FAILED}, {"failed": 1}),
        (Origin.BOT, {"state": State.QUEUED}, {}),
        (Origin.BOT, {"state": State.SENDING}, {}),
        (Origin.BOT, {"state": State.UNKNOWN}, {}),
        (Origin.BOT, {"state": State.CANCELLED}, {}),
        (Origin.STAFF, {}, {"staff_messages": 1}),
        (Origin.STAFF, {"state": State.FAILED}, {"failed": 1}),
        (Origin.STAFF, {"state": State.QUEUED}, {}),
        (Origin.APP, {}, {"staff_messages": 1}),
        (Origin.APP, {"reason": "Another tool wrote it."}, {}),
        (Origin.APP, {"state": State.UNDECIDED}, {}),
    ],
)
def test_what_the_shop_said_counts_by_who_said_it_and_whether_it_was_sent(
    talk: Conversation, origin: Origin, fields: dict[str, Any], counts: dict[str, int]
) -> None:
    say(talk, at=NOON, origin=origin, **fields)
    assert today() == counts


def test_a_customer_counts_once_a_day(talk: Conversation) -> None:
    for hours in range(3):
        ask(talk, at=NOON + hours * HOUR)
    ask(make_conversation("other"), at=NOON)
    ask(make_conversation("kept"), at=NOON, verdict=Verdict.KEPT)
    say(make_conversation("told"), at=NOON)
    assert today() == {"received": 4, "customers": 2, "unanswered": 4, "bot_messages": 1}


def test_what_staff_left_without_an_answer_stays_received(talk: Conversation) -> None:
    ask(talk, at=NOON, verdict=Verdict.TOO_OLD)
    before = today()
    assert before == {"received": 1, "customers": 1, "left_to_person": 1}
    assert late.leave_late(Message.objects.all(), "anna") == 1
    assert Message.objects.get().verdict == Verdict.KEPT
    assert today() == before


def test_what_was_unsent_before_it_was_decided_is_not_received(talk: Conversation) -> None:
    ask(talk, at=NOON, **updates._kept(updates.BY_CUSTOMER, timezone.now()))
    assert today() == {}


def test_a_message_of_several_parts_is_as_many_messages_and_one_answer(talk: Conversation) -> None:
    answer(talk, parts=3)
    answer(talk, NOON + HOUR, parts=2, state=State.FAILED)
    assert today() == {
        "received": 2, "customers": 1, "answered": 2, "bot_messages": 3, "failed": 2,
    }  # fmt: skip
    assert rules_today() == {"answers": 2, "customers": 1, "failed": 1}


def test_a_rule_has_only_its_own_answers(talk: Conversation) -> None:
    answer(talk, rule=RULE + 1)
    answer(talk, rule=None)
    assert rules_today() == {}
    for name in ("one", "two"):
        answer(make_conversation(name), NOON + len(name) * HOUR)
        answer(make_conversation(f"{name} more"), NOON + len(name) * HOUR + INSTANT)
    assert rules_today() == {"answers": 2, "customers": 4}


# Against a plain count


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("zone", ["Europe/Kyiv", "America/Sao_Paulo", "UTC"])
def test_the_days_are_those_of_a_plain_count(zone: str, seed: int) -> None:
    in_zone(zone)
    chance = random.Random(seed)
    talks = [make_conversation(f"customer {number}") for number in range(6)]
    asked = [ask(chance.choice(talks), at=utc("2026-01-01")) for _ in range(60)]
    rows = [any_message(chance, asked, position) for position in range(500)]
    Message.objects.bulk_create(rows)
    first, last = date(2026, 10, 23), date(2026, 10, 28)
    calendar = [first + number * DAY for number in range(6)]
    on = {
        day: [row for row in rows if row.at.astimezone(ZoneInfo(zone)).date() == day]
        for day in calendar
    }
    assert statistics.of_shop(first, last) == [plainly(day, on[day]) for day in calendar]
    assert statistics.of_rule(RULE, first, last) == [rule_plainly(day, on[day]) for day in calendar]


def any_message(chance: random.Random, asked: Sequence[Message], position: int) -> Message:
    """Of a customer, the bot or anybody else; its position only keeps it apart from the others."""
    question = chance.choice(asked)
    at = utc("2026-10-22 12:00") + chance.randrange(8 * 24 * 4) * HOUR / 4
    row = Message(conversation=question.conversation, at=at, origin=chance.choice(list(Origin)))
    if row.origin == Origin.CUSTOMER:
        row.verdict = chance.choice(list(Verdict))
        row.reason = chance.choice([f"{late.LEFT}anna.", "A reaction."])
        return row
    states = [State.SENT, State.SENT, State.FAILED, State.CANCELLED, State.UNKNOWN]
    row.state, row.reason = chance.choice(states), chance.choice(["", "Another tool wrote it."])
    if row.origin == Origin.BOT:
        row.rule, row.in_reply_to, row.position = chance.choice([RULE, RULE, 8]), question, position
    return row


def plainly(day: date, rows: Sequence[Message]) -> Day:
    def count(fits: Callable[[Message], bool]) -> int:
        return sum(map(fits, rows))

    def left(row: Message) -> bool:
        dismissed = row.verdict == Verdict.KEPT and row.reason == "Left without an answer by anna."
        return dismissed or row.verdict in ("paused", "off", "too_old", "standby", "failed")

    received = [
        row for row in rows if row.origin == "customer" and (left(row) or row.verdict != "kept")
    ]
    return Day(
        day,
        received=len(received),
        customers=len({row.conversation_id for row in received}),
        answered=count(lambda row: row.verdict in ("answered", "together")),
        unanswered=count(lambda row: row.verdict in ("no_answer", "fallback")),
        left_to_person=count(left),
        bot_messages=count(lambda row: row.origin == "bot" and row.state == "sent"),
        staff_messages=count(
            lambda row: (
                row.state == "sent"
                and (row.origin == "staff" or (row.origin == "app" and not row.reason))
            )
        ),
        failed=count(lambda row: row.origin in ("bot", "staff") and row.state == "failed"),
    )


def rule_plainly(day: date, rows: Sequence[Message]) -> RuleDay:
    given = [row for row in rows if row.rule == RULE]
    failed = {row.in_reply_to_id for row in given if row.state == State.FAILED}
    return RuleDay(
        day,
        len({row.at for row in given}),
        len({row.conversation_id for row in given}),
        len(failed),
    )


# How fast


def test_more_days_and_messages_cost_no_query(talk: Conversation) -> None:
    def month() -> None:
        statistics.of_shop(date(2026, 5, 10), TODAY)

    def rule_month() -> None:
        statistics.of_rule(RULE, date(2026, 5, 10), TODAY)

    assert (queries(month), queries(rule_month)) == (1, 1)
    for number in range(20):
        answer(talk, NOON - number * DAY)
    assert (queries(month), queries(rule_month)) == (1, 1)


@pytest.mark.usefixtures("_many")
def test_days_of_a_rule_are_found_by_an_index(talk: Conversation) -> None:
    *_, plan = plans(lambda: statistics.of_rule(RULE, TODAY, TODAY))
    assert "message_rule" in plan


# Of some accounts


def test_each_account_has_figures_of_its_own(talk: Conversation) -> None:
    second, third = (Account.objects.create(instagram_id=name) for name in ("72", "73"))
    answer(talk)
    for number, account in enumerate((second, second, third), start=1):
        answer(make_conversation(f"c{number}", account=account), NOON + HOUR * number)
    for accounts, count in (
        (None, 4), ([talk.account_id], 1), ([second.pk], 2), ({second.pk, third.pk}, 3), ([], 0),
    ):  # fmt: skip
        (shop,) = statistics.of_shop(TODAY, TODAY, accounts=accounts)
        assert (shop.received, shop.customers, shop.bot_messages) == (count, count, count)
        (rule,) = statistics.of_rule(RULE, TODAY, TODAY, accounts=accounts)
        assert (rule.customers, rule.failed) == (count, 0)


@pytest.mark.usefixtures("_many")
def test_days_of_all_accounts_are_counted_without_a_join(talk: Conversation) -> None:
    *_, plan = plans(lambda: statistics.of_shop(TODAY, TODAY))
    assert "conversations_conversation" not in plan
