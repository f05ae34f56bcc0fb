"""What workers of the release before count beside ours is not lost."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from conversations.models import FIRST, Account, AccountDay, Conversation, DayFigures, Message
from conversations.statistics import day as days
from conversations.statistics import upkeep
from conversations.statistics.day import Bounds
from conversations.statistics.report import Period
from shop.current import current_shop
from tests.support.clock import Clock
from tests.support.figures import check_figures
from tests.support.talks import ask

pytestmark = pytest.mark.django_db

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _as_long_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "BUDGET_SECONDS", float("inf"))


@pytest.fixture
def other() -> Conversation:
    """A customer of a second account."""
    account = Account.objects.create(pk=2, instagram_id="2")
    return Conversation.objects.create(account=account, customer_id="91")


def they_count(day: date, **columns: Any) -> None:
    """A worker of the release before counts a day, and says so of all conversations."""
    shop = current_shop()
    bounds = Bounds.of(day, shop)
    counted = {
        "begins_at": bounds.begins, "ends_at": bounds.ends, "messages": bounds.messages().count(),
        "figures": days.count(day, shop).as_json(), "counted_at": timezone.now(), "dirty": False,
    }  # fmt: skip
    DayFigures.objects.update_or_create(day=day, defaults=counted | columns)
    they_know_all()


def they_know_all() -> None:
    for talk in Conversation.objects.all():
        Conversation.objects.filter(pk=talk.pk).update(counted_version=talk.version)


def they_mark(day: date) -> None:
    DayFigures.objects.update_or_create(day=day, defaults={"dirty": True})
    they_know_all()


def looks(passes: Clock) -> None:
    passes(2 * MINUTE)
    upkeep.look()


def received(day: date, *accounts: int) -> int:
    return Period.read(day, day, accounts=accounts or None).received


def test_a_day_that_they_alone_have_counted_comes_along(
    talk: Conversation, time_passes: Clock
) -> None:
    at = timezone.now() - 5 * DAY
    ask(talk, at=at)
    they_count(at.date())
    Message.objects.all().delete()  # so ours cannot count it
    looks(time_passes)
    assert received(at.date()) == received(at.date(), FIRST) == 1


def test_what_they_have_marked_is_counted(talk: Conversation, time_passes: Clock) -> None:
    at = timezone.now() - 5 * DAY
    ask(talk, at=at)
    looks(time_passes)
    ask(talk, at=at)
    they_mark(at.date())
    looks(time_passes)
    assert received(at.date()) == 2
    assert not DayFigures.objects.filter(dirty=True).exists()
    check_figures()


def test_what_is_known_is_not_taken_over_again(talk: Conversation, time_passes: Clock) -> None:
    at = timezone.now() - 5 * DAY
    ask(talk, at=at)
    they_count(at.date())
    looks(time_passes)
    counted = AccountDay.objects.get(day=at.date()).counted_at
    ask(talk, at=at)
    looks(time_passes)
    assert received(at.date()) == 2
    looks(time_passes)
    assert received(at.date()) == 2
    later = AccountDay.objects.get(day=at.date()).counted_at
    assert counted
    assert later
    assert later > counted


def test_what_they_have_counted_of_fewer_messages_takes_nothing_away(
    talk: Conversation, time_passes: Clock
) -> None:
    at = timezone.now() - 5 * DAY
    ask(talk, at=at)
    gone = ask(talk, at=at)
    looks(time_passes)
    gone.delete()
    they_count(at.date())
    looks(time_passes)
    assert received(at.date()) == 2


def test_a_day_of_two_accounts_is_divided_as_soon_as_it_can_be_counted(
    talk: Conversation, other: Conversation, time_passes: Clock
) -> None:
    at = timezone.now() - 5 * DAY
    for one in (talk, other, other):
        ask(one, at=at)
    they_count(at.date())
    looks(time_passes)
    day = at.date()
    assert (received(day), received(day, FIRST), received(day, 2)) == (3, 1, 2)
    check_figures()


def test_a_day_of_two_accounts_that_cannot_be_counted_stays_whole(
    talk: Conversation, other: Conversation, time_passes: Clock
) -> None:
    at = timezone.now() - 5 * DAY
    for one in (talk, other, other):
        ask(one, at=at)
    they_count(at.date())
    Message.objects.filter(conversation=talk).delete()
    looks(time_passes)
    day = at.date()
    assert (received(day), received(day, FIRST), received(day, 2)) == (3, 3, 0)
    # Nor does anything count twice when something of it changes, or the clock does.
    Conversation.objects.raise_version(other.pk)
    looks(time_passes)
    assert (received(day), received(day, FIRST), received(day, 2)) == (3, 3, 0)
    assert not AccountDay.objects.filter(dirty=True).exists()


def test_before_there_is_an_account_there_is_nothing_to_take_over(time_passes: Clock) -> None:
    DayFigures.objects.create(day=timezone.localdate(), counted_at=timezone.now())
    looks(time_passes)
    assert not AccountDay.objects.exists()
