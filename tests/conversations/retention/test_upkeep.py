"""Who deletes, when, how much at a time, and what else is as it was afterwards."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations import search
from conversations.models import (
    AccountDay,
    Attempt,
    Conversation,
    DeletedMessage,
    Message,
    Origin,
    Picture,
    RetentionUpkeep,
    State,
)
from conversations.retention import bites, digests, thread, upkeep
from conversations.search import Words, hits, index
from conversations.search import upkeep as search_upkeep
from conversations.statistics import upkeep as figures
from tests.support.clock import Clock
from tests.support.points import RETENTION, KilledError, at_point, dies
from tests.support.retention import DAY, ago, asked, counts, keep, looks, said
from tests.support.talks import make_conversation, plans
from webhooks import retention

pytestmark = pytest.mark.django_db

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _without_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "REST_SECONDS", 0)
    monkeypatch.setattr(upkeep, "BUDGET_SECONDS", float("inf"))


def make_old(count: int, each: int = 2) -> None:
    """Conversations that have been silent for a hundred days, and the figures know of them."""
    for number in range(count):
        talk = make_conversation(f"c{number}", last_inbound_at=ago(100), created_at=ago(101))
        for line in range(each):
            question = asked(talk, 100 - line, mid=f"q{number}-{line}")
            said(talk, 100 - line, in_reply_to=question, mid=f"a{number}-{line}")
    counts()


def left() -> int:
    return Message.objects.count()


def test_a_look_is_due_once_an_hour(time_passes: Clock) -> None:
    make_old(1)
    keep(messages=30)
    retention.look()
    assert left() == 0
    make_old(1)
    time_passes(MINUTE)
    retention.look()
    assert left() == 4
    time_passes(HOUR)
    retention.look()
    assert left() == 0


def test_a_new_setting_is_heeded_at_the_next_minute(time_passes: Clock) -> None:
    make_old(1)
    retention.look()
    assert left() == 4
    keep(messages=30)
    time_passes(MINUTE)
    retention.look()
    assert left() == 0


def test_a_setting_that_is_taken_back_stops_it(time_passes: Clock) -> None:
    make_old(1)
    keep(messages=30)
    keep(messages=0)
    time_passes(MINUTE)
    retention.look()
    assert left() == 4


def test_one_looks_at_a_time(time_passes: Clock) -> None:
    make_old(1)
    keep(messages=30)
    row = RetentionUpkeep.objects.the_row()
    RetentionUpkeep.objects.update(leased_until=timezone.now() + timedelta(seconds=5))
    retention.look()
    assert left() == 4
    time_passes(MINUTE)  # whoever held it is dead
    retention.look()
    assert left() == 0
    assert RetentionUpkeep.objects.get().key == row.key


def test_what_the_budget_does_not_allow_is_left_to_the_next_minute(
    time_passes: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_old(6)
    keep(messages=30)
    monkeypatch.setattr(bites, "size", lambda: 4)
    clock = iter(range(1000))
    monkeypatch.setattr(upkeep, "BUDGET_SECONDS", 2)
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    seen = [left()]
    while left():
        retention.look()
        seen.append(left())
        time_passes(MINUTE)
    assert len(seen) > 3
    assert seen == sorted(seen, reverse=True)


def test_a_kind_that_fails_stops_no_other_and_is_tried_again_in_a_minute(
    time_passes: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ValueError("a row that nobody expected")

    attempt(90)
    keep(messages=30, attempts=30)
    with monkeypatch.context() as patch:
        patch.setattr(thread.Threads, "bite", fails)
        looks()
    assert not Attempt.objects.exists()
    assert left() == 1
    time_passes(MINUTE)
    retention.look()
    assert left() == 0


@pytest.mark.parametrize("size", [1, 2, 3, 7, 500])
def test_the_size_of_a_bite_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, time_passes: Clock, size: int
) -> None:
    make_old(4, each=3)
    kept = make_conversation("kept", last_inbound_at=ago(100), created_at=ago(100))
    row = asked(kept, 90, verdict="too_old")
    counts()
    monkeypatch.setattr(bites, "size", lambda: size)
    keep(messages=30)
    for _ in range(30):
        looks()
    assert [one.pk for one in Message.objects.all()] == [row.pk]
    assert Conversation.objects.count() == 1


def test_a_bite_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A question goes with its answers, so a bite may have a few more."""
    make_old(1, each=20)
    monkeypatch.setattr(bites, "size", lambda: 4)
    gone: list[int] = []
    delete = thread.delete

    def noted(row: Conversation, going: thread.Going) -> None:
        gone.append(len(going.messages))
        delete(row, going)

    monkeypatch.setattr(thread, "delete", noted)
    keep(messages=30)
    for _ in range(5):
        looks()
    assert left() == 0
    assert max(gone) <= 8


@pytest.mark.parametrize("point", RETENTION)
def test_a_kill_at_any_moment_loses_and_doubles_nothing(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, time_passes: Clock, point: str
) -> None:
    """What is deleted is remembered, and what is remembered is deleted."""
    make_old(2)
    keep(messages=30)
    with monkeypatch.context() as patch:
        at_point(patch, point, dies)
        with pytest.raises(KilledError):
            retention.look()
    account = Conversation.objects.values_list("account", flat=True).first() or 1
    there = set(Message.objects.values_list("mid", flat=True))
    for mid in ("q0-0", "a0-0", "q1-1", "a1-1"):
        assert (mid in there) != bool(digests.find(account, mid))
    assert {one.in_reply_to_id is None for one in Message.objects.filter(origin="bot")} <= {False}
    time_passes(MINUTE)
    retention.look()
    assert left() == 0
    assert not Conversation.objects.exists()
    assert DeletedMessage.objects.count() == 8


def test_days_keep_their_figures(time_passes: Clock) -> None:
    make_old(3)
    before = list(AccountDay.objects.order_by("day").values("day", "figures", "messages"))
    assert sum(row["figures"]["messages"]["received"] for row in before) == 6
    keep(messages=30)
    looks()
    assert left() == 0
    for _ in range(3):
        time_passes(2 * MINUTE)
        figures.look()
    after = AccountDay.objects.filter(day__in=[row["day"] for row in before])
    assert list(after.order_by("day").values("day", "figures", "messages")) == before
    assert not AccountDay.objects.filter(dirty=True).exists()


def test_what_is_left_of_a_day_does_not_change_its_figures(time_passes: Clock) -> None:
    """Half of a day's messages go: what changes of the others is not counted by halves."""
    make_old(2, each=1)
    stays = Message.objects.get(mid="q1-0")
    Message.objects.filter(pk=stays.pk).update(verdict="too_old")
    counts()
    before = AccountDay.objects.get(day=stays.at.date()).figures["messages"]["received"]
    keep(messages=30)
    looks()
    assert left() == 2
    Conversation.objects.raise_version(stays.conversation_id)
    for _ in range(2):
        time_passes(2 * MINUTE)
        figures.look()
    day = AccountDay.objects.get(day=stays.at.date())
    assert day.figures["messages"]["received"] == before == 2
    assert not day.dirty


def test_search_finds_what_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hits, "NEWEST_READ", 0)  # by the index
    talk = make_conversation("maria", last_inbound_at=ago(1), created_at=ago(100))
    other = make_conversation("ben", last_inbound_at=ago(100), created_at=ago(100))
    asked(talk, 90, text="aardvark")
    asked(talk, 1, text="wombat")
    asked(other, 90, text="aardvark")
    search_upkeep.catch_up()
    assert set(search.find(Words("aardvark"))) == {talk.pk, other.pk}
    keep(messages=30)
    looks()
    assert search.find(Words("aardvark")) == []
    assert search.find(Words("wombat")) == [talk.pk]
    assert search.find(Words("ben")) == []
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for table in index.TABLES:  # raises what it finds wrong
                cursor.execute(
                    f"INSERT INTO {table.index} ({table.index}, rank) VALUES ('integrity-check', 1)"
                )


def test_a_page_that_is_open_learns_of_it() -> None:
    talk = make_conversation("maria", last_inbound_at=ago(1), created_at=ago(100))
    asked(talk, 90)
    asked(talk, 1)
    keep(messages=30)
    counts()
    talk.refresh_from_db()
    looks()
    after = Conversation.objects.get()
    assert after.version == talk.version + 1
    assert after.counted_version == after.version, "no day is counted anew for it"


def test_who_is_written_to_at_this_moment_is_left_in_peace(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL: a conversation that somebody has locked is skipped, and nobody is waited for."""
    make_old(1)
    keep(messages=30)
    with CaptureQueriesContext(connection) as caught:
        retention.look()
    locks = [one["sql"] for one in caught if "FOR UPDATE" in one["sql"]]
    if connection.vendor == "postgresql":
        assert locks
        assert all("SKIP LOCKED" in one for one in locks)


# Rows of their own: those that go, and those that stay whatever their age.
def attempt(days: float, **fields: Any) -> Attempt:
    talk = make_conversation("maria", last_inbound_at=ago(1))
    row = said(talk, 90, origin=Origin.STAFF, **fields)
    return Attempt.objects.create(message=row, started_at=ago(days), outcome="Sent", body="{}")


def picture(days: float, **fields: Any) -> Picture:
    talk = make_conversation("maria", last_inbound_at=ago(1))
    message = said(talk, 90, origin=Origin.STAFF, **fields) if fields else None
    return Picture.objects.create(
        conversation=talk, message=message, token="t", content_type="image/png", data=b"x",
        uploaded_by="anna", uploaded_at=ago(days),
    )  # fmt: skip


UNDER_WAY = (State.QUEUED, State.SENDING, State.UNKNOWN, State.FAILED)
ROWS: dict[str, tuple[Callable[[], Any], bool]] = {
    "an old call": (lambda: attempt(90), True),
    "a young call": (lambda: attempt(20), False),
    "a picture that was sent": (lambda: picture(90, state=State.SENT), True),
    "a picture whose message was cancelled": (lambda: picture(90, state=State.CANCELLED), True),
    "a picture of no message": (lambda: picture(90), True),
    "a young picture": (lambda: picture(20, state=State.SENT), False),
}  # fmt: skip
for one in UNDER_WAY:
    ROWS[f"a call for a message that is {one}"] = (partial(attempt, 90, state=one, mid=None), False)
    ROWS[f"a picture of a message that is {one}"] = (
        partial(picture, 90, state=one, mid=None), False)  # fmt: skip


@pytest.mark.parametrize(("make", "goes"), ROWS.values(), ids=ROWS)
def test_calls_and_pictures_go_by_themselves(make: Callable[[], Any], goes: bool) -> None:
    row = make()
    looks()
    assert type(row).objects.exists(), "by default they are kept"
    keep(attempts=30, pictures=30)
    looks()
    assert type(row).objects.exists() == (not goes)
    assert Message.objects.count() == Message.objects.filter(conversation__username="maria").count()


def test_a_row_that_stays_does_not_hide_those_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bites, "size", lambda: 2)
    talk = make_conversation("maria", last_inbound_at=ago(1))
    stuck = said(talk, 90, state=State.UNKNOWN, mid=None)
    fine = said(talk, 90)
    for number in range(9):
        row = stuck if number < 5 else fine
        Attempt.objects.create(message=row, started_at=ago(90 - number), outcome="Sent")
    keep(attempts=30)
    for _ in range(4):
        looks()
    assert Attempt.objects.count() == Attempt.objects.filter(message=stuck).count() == 5


@pytest.mark.usefixtures("_many")
def test_its_questions_are_served_by_indexes() -> None:
    age = bites.age(30, timezone.now() - 5 * DAY)
    place = [ago(50).isoformat(), 7]
    old = Message.objects.filter(at__lt=age.before)
    walk = lambda: list(bites.after(old, "at", place)[:5])  # noqa: E731
    assert "message_at" in plans(walk)[0]
    answers = plans(lambda: list(Message.objects.filter(in_reply_to=7).order_by()))
    assert "message_answers" in answers[0] or "one_answer" in answers[0]
