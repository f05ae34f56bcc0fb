"""Who began to write, and when the last message came, as the rows have it: on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone

from conversations.models import (
    COMMENT,
    FIRST,
    FOUND,
    HISTORY,
    Account,
    AccountDay,
    Conversation,
    Message,
    Verdict,
)
from conversations.silence import counts
from conversations.silence.rates import HOURS
from conversations.statistics import starts as starts_of
from conversations.statistics import upkeep
from conversations.statistics.day import Bounds
from shop.current import current_shop
from shop.models import Shop as ShopRow
from tests.support.accounts import describe
from tests.support.clock import Clock, move_to
from tests.support.talks import ask, make_conversation, plans, say

pytestmark = pytest.mark.django_db

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
KYIV = ZoneInfo("Europe/Kyiv")


@pytest.fixture(autouse=True)
def _noon(time_stands: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "BUDGET_SECONDS", float("inf"))
    monkeypatch.setattr(upkeep, "REST_SECONDS", 0)
    move_to(12, time_stands)


def starts() -> dict[str, int]:
    """What is stored of each day that has any."""
    upkeep.look()
    rows = AccountDay.objects.order_by("day").values_list("day", "figures__starts")
    return {str(day): sum(found) for day, found in rows if sum(found)}


def on(ago: timedelta) -> str:
    return str((timezone.now() - ago).date())


def read(account: int = FIRST, known: datetime | None = None) -> counts.Counted:
    return counts.read(account, current_shop(), timezone.now(), known)


@pytest.mark.parametrize(
    ("before", "count"),
    [
        ([], 1),
        ([25 * HOUR], 1),
        ([23 * HOUR], 0),
        ([23 * HOUR, 46 * HOUR], 0),
        ([DAY], 1),
        ([MINUTE, 2 * MINUTE, 30 * HOUR], 1),  # the first of a burst
    ],
)
def test_a_start_is_a_message_after_a_day_without_one(
    talk: Conversation, before: list[timedelta], count: int
) -> None:
    now = timezone.now() - HOUR
    for ago in (timedelta(), *before):
        ask(talk, at=now - ago)
    upkeep.look()
    today = AccountDay.objects.get(day=now.date()).figures["starts"]
    assert today[now.hour] == count


def test_of_two_that_came_at_the_same_moment_one_is_a_start(talk: Conversation) -> None:
    at = timezone.now() - HOUR
    ask(talk, at=at)
    ask(talk, at=at)
    assert starts() == {on(HOUR): 1}


def test_each_customer_begins_by_himself(talk: Conversation) -> None:
    for name in ("a", "b", "c"):
        ask(make_conversation(name), at=timezone.now() - HOUR)
    assert starts() == {on(HOUR): 3}


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": COMMENT},
        {"verdict": Verdict.KEPT, "reason": HISTORY},
        {"verdict": Verdict.KEPT, "kind": "empty message"},
    ],
)
def test_what_is_no_message_of_theirs_is_no_start_and_hides_none(
    talk: Conversation, time_stands: Clock, fields: dict[str, Any]
) -> None:
    ask(talk, at=timezone.now() - 3 * HOUR, **fields)
    assert starts() == {}
    ask(talk, at=timezone.now() - 2 * HOUR)
    time_stands(2 * MINUTE)
    assert starts() == {on(HOUR): 1}


def test_what_we_say_begins_nothing(talk: Conversation, time_stands: Clock) -> None:
    say(talk, at=timezone.now() - 2 * HOUR)
    assert starts() == {}
    ask(talk, at=timezone.now() - HOUR)
    time_stands(2 * MINUTE)
    assert starts() == {on(HOUR): 1}


@pytest.mark.parametrize("verdict", [Verdict.OFF, Verdict.PAUSED, Verdict.STANDBY, Verdict.TOO_OLD])
def test_whoever_is_not_answered_has_written_all_the_same(
    talk: Conversation, verdict: Verdict
) -> None:
    """The bot is off, paused, or was away: that is no silence of the customers'."""
    ask(talk, at=timezone.now() - HOUR, verdict=verdict)
    assert starts() == {on(HOUR): 1}


def test_a_message_found_later_takes_the_start_from_the_one_after_it(
    talk: Conversation, time_stands: Clock
) -> None:
    ask(talk, at=timezone.now() - 5 * DAY)
    assert starts() == {on(5 * DAY): 1}
    at = timezone.now() - 5 * DAY - 14 * HOUR
    ask(talk, at=at, verdict=Verdict.TOO_OLD, reason=FOUND, found_at=timezone.now())
    Conversation.objects.raise_version(talk.pk)
    time_stands(2 * MINUTE)
    assert starts() == {str(at.date()): 1}


def test_starts_stay_when_their_messages_are_deleted(
    talk: Conversation, time_stands: Clock
) -> None:
    for ago in (3, 6, 9):
        ask(talk, at=timezone.now() - ago * DAY)
    before = starts()
    Message.objects.filter(at__lt=timezone.now() - 5 * DAY).delete()
    Conversation.objects.raise_version(talk.pk)
    time_stands(2 * MINUTE)
    assert starts() == before
    assert len(before) == 3


# What is read of it


def test_days_are_read_from_the_second_one_on_with_those_in_which_nobody_wrote(
    talk: Conversation,
) -> None:
    for ago in (9, 4):
        ask(talk, at=timezone.now() - ago * DAY)
    upkeep.look()
    found = read().days
    assert [str(one.day) for one in found] == [on(ago * DAY) for ago in range(8, -1, -1)]
    assert [sum(one.starts) for one in found] == [0, 0, 0, 0, 1, 0, 0, 0, 0]


def test_days_that_were_counted_before_starts_were_are_not_known(talk: Conversation) -> None:
    for ago in (9, 4, 2):
        ask(talk, at=timezone.now() - ago * DAY)
    upkeep.look()
    old = AccountDay.objects.get(day=timezone.now().date() - 4 * DAY)
    del old.figures["starts"]
    old.save()
    AccountDay.objects.filter(day=timezone.now().date() - 2 * DAY).update(of_all=True)
    assert [str(one.day) for one in read().days] == [on(ago * DAY) for ago in (8, 7, 6, 5, 3, 1, 0)]


def test_each_account_has_days_of_its_own(talk: Conversation, second: Account) -> None:
    ask(talk, at=timezone.now() - 3 * DAY)
    other = Conversation.objects.create(account=second, customer_id="1")
    ask(other, at=timezone.now() - 5 * DAY)
    upkeep.look()
    assert len(read().days) == 3
    assert len(read(second.pk).days) == 5
    assert read(second.pk).heard_at == Message.objects.get(conversation=other).at


@pytest.fixture
def _in_kyiv() -> Iterator[None]:
    describe(time_zone="Europe/Kyiv")
    yield
    ShopRow.objects.all().delete()


@pytest.mark.usefixtures("_in_kyiv")
def test_hours_are_those_of_the_shops_clock(talk: Conversation) -> None:
    at = timezone.now().replace(hour=6, minute=30) - 3 * DAY
    ask(talk, at=at - 2 * DAY)
    ask(talk, at=at)
    upkeep.look()
    [day] = [one for one in read().days if sum(one.starts)]
    assert day.starts[at.astimezone(KYIV).hour] == 1


@pytest.mark.parametrize(
    ("day", "hours", "moved"),
    [("2026-03-29", 23, {3: 0.0}), ("2026-10-25", 25, {3: 2.0}), ("2026-06-01", 24, {})],
)
def test_hours_are_as_long_as_the_clock_makes_them(
    day: str, hours: int, moved: dict[int, float]
) -> None:
    found = counts.lengths(datetime.fromisoformat(day).date(), KYIV)
    assert sum(found) == hours
    assert {hour: length for hour, length in enumerate(found) if length != 1} == moved


def test_a_clock_may_be_moved_by_half_an_hour() -> None:
    found = counts.lengths(datetime(2026, 4, 5, tzinfo=UTC).date(), ZoneInfo("Australia/Lord_Howe"))
    assert sum(found) == HOURS + 0.5
    assert found[1] == 1.5


# The last message that a webhook brought


def test_the_last_message_is_the_newest_that_a_webhook_brought(talk: Conversation) -> None:
    at = timezone.now() - 5 * HOUR
    ask(talk, at=at - 3 * DAY)
    ask(talk, at=at)
    ask(talk, at=at + HOUR, found_at=timezone.now(), verdict=Verdict.TOO_OLD)
    ask(talk, at=at + 2 * HOUR, kind=COMMENT)
    say(talk, at=at + 3 * HOUR)
    upkeep.look()
    assert read().heard_at == at
    assert counts.found_later(FIRST, at) == 1
    assert counts.found_later(FIRST, at + HOUR) == 0


def test_it_is_looked_for_on_days_before_those_of_which_all_was_found_later(
    talk: Conversation,
) -> None:
    at = timezone.now() - 5 * DAY
    ask(talk, at=at)
    for ago in (3, 2, 1):
        ask(
            talk, at=timezone.now() - ago * DAY, found_at=timezone.now(), verdict=Verdict.TOO_OLD,
        )  # fmt: skip
    upkeep.look()
    assert read().heard_at == at


def test_it_is_known_though_it_was_deleted(talk: Conversation) -> None:
    at = timezone.now() - 5 * DAY
    ask(talk, at=at)
    upkeep.look()
    Message.objects.all().delete()
    assert read().heard_at is None
    assert read(known=at).heard_at == at


def test_what_is_known_is_not_looked_for(
    talk: Conversation, django_assert_num_queries: Any
) -> None:
    for ago in range(1, 9):
        ask(talk, at=timezone.now() - ago * DAY, found_at=timezone.now())
    upkeep.look()
    known = timezone.now() - HOUR
    now, shop = timezone.now(), current_shop()
    with django_assert_num_queries(2):
        assert counts.read(FIRST, shop, now, known).heard_at == known


def test_of_an_account_without_a_message_nothing_is_known() -> None:
    Account.objects.ours()
    assert read() == counts.Counted((), None)


@pytest.mark.usefixtures("_many")
def test_what_came_before_a_message_is_found_by_an_index() -> None:
    bounds, shop = Bounds(timezone.now() - DAY, timezone.now()), current_shop()
    count = partial(starts_of.by_hour, bounds.messages(), bounds.begins, bounds.ends, shop)
    *_, plan = plans(lambda: list(count()))
    assert "message_at" in plan
    # PostgreSQL reads both days at once, and joins them.
    assert connection.vendor == "postgresql" or "message_thread" in plan


@pytest.mark.usefixtures("_many")
def test_the_last_message_is_found_by_an_index() -> None:
    now, shop = timezone.now(), current_shop()
    *_, plan = plans(lambda: counts.read(FIRST, shop, now, None))
    assert "message_at" in plan
