"""Who counts, when, and what is left as it was."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from structlog.testing import capture_logs

from conversations.models import Account, AccountDay, Conversation, FiguresUpkeep, Message, Verdict
from conversations.statistics import day as days
from conversations.statistics import times, upkeep
from shop.models import Shop
from tests.support.clock import Clock, move_to
from tests.support.figures import check_figures
from tests.support.talks import ask, make_conversation, plans

pytestmark = pytest.mark.django_db

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _as_long_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "BUDGET_SECONDS", float("inf"))


def changes(talk: Conversation) -> None:
    Conversation.objects.raise_version(talk.pk)


def counted() -> dict[str, int]:
    rows = AccountDay.objects.order_by("day").values_list("day", "figures")
    return {str(day): figures["messages"]["received"] for day, figures in rows}


def test_the_first_look_counts_all_there_is(talk: Conversation) -> None:
    for ago in (0, 1, 2, 40, 400):
        ask(talk, at=timezone.now() - ago * DAY)
    upkeep.look()
    check_figures()
    assert sorted(counted().values()) == [1] * 5


def test_a_look_is_due_once_a_minute(talk: Conversation, time_passes: Clock) -> None:
    upkeep.look()
    ask(talk)
    time_passes(10 * timedelta(seconds=1))
    upkeep.look()
    assert sum(counted().values()) == 0
    time_passes(MINUTE)
    upkeep.look()
    assert sum(counted().values()) == 1


def test_one_looks_at_a_time(talk: Conversation, time_passes: Clock) -> None:
    ask(talk)
    FiguresUpkeep.objects.create(pk=1, leased_until=timezone.now() + 5 * timedelta(seconds=1))
    upkeep.look()
    assert not AccountDay.objects.exists()
    time_passes(MINUTE)  # whoever held it is dead
    upkeep.look()
    assert sum(counted().values()) == 1


def test_what_a_worker_counted_that_was_thought_dead_is_not_written(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(talk)
    count = days.count

    def stalls(*given: Any) -> Any:
        found = count(*given)
        FiguresUpkeep.objects.update(leased_until=timezone.now() + HOUR)  # somebody else's
        return found

    monkeypatch.setattr(days, "count", stalls)
    upkeep.look()
    assert not AccountDay.objects.exists()
    assert FiguresUpkeep.objects.get().leased_until is not None


def test_an_earlier_day_is_counted_again_when_its_conversation_changes(
    talk: Conversation, time_passes: Clock
) -> None:
    late = ask(talk, at=timezone.now() - 9 * DAY, verdict=Verdict.TOO_OLD)
    upkeep.look()
    day = AccountDay.objects.get(day=late.at.date())
    assert day.figures["fates"]["not_answered"] == 1
    Message.objects.filter(pk=late.pk).update(verdict=Verdict.ANSWERED)
    time_passes(2 * MINUTE)
    upkeep.look()
    day.refresh_from_db()
    assert day.figures["fates"]["not_answered"] == 1  # nobody has said so
    changes(talk)
    time_passes(2 * MINUTE)
    upkeep.look()
    day.refresh_from_db()
    assert day.figures["fates"] == {
        "by_bot": 1, "by_staff": 0, "closed": 0, "not_answered": 0, "other": 0,
    }  # fmt: skip


def test_what_the_budget_does_not_allow_is_left_to_the_next_look(
    talk: Conversation, time_passes: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for ago in range(5):
        ask(talk, at=timezone.now() - ago * DAY)
    with monkeypatch.context() as patch:
        patch.setattr(upkeep, "BUDGET_SECONDS", -1.0)
        upkeep.look()
        assert sum(counted().values()) == 2  # today and yesterday always are
    time_passes(2 * MINUTE)
    upkeep.look()
    assert sum(counted().values()) == 5


def test_of_an_account_in_which_nothing_was_said_nothing_is_counted(
    talk: Conversation, second: Account
) -> None:
    ask(talk)
    upkeep.look()
    assert not AccountDay.objects.filter(account=second).exists()


def test_whoever_counts_many_accounts_keeps_the_lease(
    talk: Conversation, second: Account, time_passes: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(talk)
    ask(Conversation.objects.create(account=second, customer_id="870002"))
    count, counted = days.count, list[Any]()

    def takes_long(*given: Any) -> Any:
        counted.append(given)
        if len(counted) < 3:
            time_passes(settings.LEASE * 0.6)
            upkeep.look()  # as another worker does, who has nothing to do
        return count(*given)

    monkeypatch.setattr(days, "count", takes_long)
    upkeep.look()
    assert len(counted) == 2
    assert {row.account_id for row in AccountDay.objects.all()} == {1, second.pk}


def test_a_day_of_all_accounts_is_counted_once(
    talk: Conversation, second: Account, time_passes: Clock
) -> None:
    day = (ask(talk, at=timezone.now() - 9 * DAY)).at.date()
    ask(Conversation.objects.create(account=second, customer_id="870002"), at=timezone.now())
    upkeep.look()
    AccountDay.objects.filter(day=day).delete()
    for account in (1, second.pk):
        AccountDay.objects.create(account_id=account, day=day, dirty=True, of_all=account == 1)
    time_passes(2 * MINUTE)
    with capture_logs() as logs:
        upkeep.look()
    assert [one["days"] for one in logs if one["event"] == "figures_counted"] == [1]
    assert not AccountDay.objects.filter(dirty=True).exists()
    check_figures()


def test_days_keep_their_figures_when_their_messages_are_erased(
    talk: Conversation, time_passes: Clock
) -> None:
    other = make_conversation("other")
    for ago in (0, 3, 6):
        ask(talk, at=timezone.now() - ago * DAY)
        ask(other, at=timezone.now() - ago * DAY)
    upkeep.look()
    Message.objects.filter(conversation=other).delete()
    changes(talk)
    time_passes(2 * MINUTE)
    upkeep.look()
    assert sorted(counted().values()) == [1, 2, 2]
    assert not AccountDay.objects.filter(dirty=True).exists()
    # Nor does another clock change them.
    Shop.objects.create(pk=1, time_zone="Pacific/Kiritimati")
    time_passes(2 * MINUTE)
    upkeep.look()
    assert sorted(counted().values())[-2:] == [2, 2]


def test_a_day_that_the_new_time_zone_has_not_begun_is_not_kept(
    talk: Conversation, time_passes: Clock
) -> None:
    move_to(12, time_passes)  # 02:20 of the next day in Kiritimati
    Shop.objects.create(pk=1, time_zone="Pacific/Kiritimati")
    ask(talk, at=timezone.now())
    upkeep.look()
    Shop.objects.update(time_zone="America/Sao_Paulo")
    time_passes(MINUTE)
    upkeep.look()
    check_figures()
    assert len([row for row in counted().values() if row]) == 1


def test_another_time_zone_counts_all_days_again(talk: Conversation, time_passes: Clock) -> None:
    for day in (3, 9, 10):
        ask(talk, at=datetime(2026, 3, day, 23, 30, tzinfo=UTC))
    upkeep.look()
    assert [day for day, count in counted().items() if count] == [
        "2026-03-03", "2026-03-09", "2026-03-10",
    ]  # fmt: skip
    Shop.objects.create(pk=1, time_zone="Europe/Kyiv")
    time_passes(2 * MINUTE)
    upkeep.look()
    assert [day for day, count in counted().items() if count] == [
        "2026-03-04", "2026-03-10", "2026-03-11",
    ]  # fmt: skip
    check_figures()


@pytest.mark.usefixtures("_many")
def test_what_has_changed_is_found_by_an_index() -> None:
    uncounted = Conversation.objects.uncounted().order_by("pk").values_list("pk", "version")
    *_, plan = plans(lambda: list(uncounted[:10]))
    assert "conversation_uncounted" in plan


@pytest.mark.usefixtures("_many")
def test_a_day_is_found_by_an_index() -> None:
    bounds = days.Bounds(timezone.now() - DAY, timezone.now())
    *_, plan = plans(lambda: bounds.messages().count())
    assert "message_at" in plan


@pytest.mark.parametrize(
    ("seconds", "half"),
    [
        ([], None),
        ([4] * 9, (3, 5)),
        ([1, 4, 4, 4, 3000], (3, 5)),
        ([-5], (0, 1)),
        ([40 * times.DAY], (7 * times.DAY, 7 * times.DAY)),
    ],
)
def test_a_median_is_near_what_half_of_them_took(
    seconds: list[float], half: tuple[float, float] | None
) -> None:
    found = times.median(times.count(seconds))
    assert found is None if half is None else half[0] <= (found or 0) <= half[1]


def test_counts_add_up_as_their_lengths_do() -> None:
    one, other = [2.0, 70, 5000], [0.5, 3, 90_000]
    assert times.add([times.count(one), times.count(other)]) == times.count(one + other)
