"""What is asked right before each send: the window, the rates."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone
from pytest_django import Settings

from conversations import outbox
from conversations.models import Attempt, Conversation, Message, Origin, State
from conversations.outbox import states
from instagram.limits import WINDOW, WINDOW_MARGIN
from rules.models import ResponseRule
from shop import tuning
from tests.support.clock import Clock
from tests.support.graph import error
from tests.support.points import at_point
from tests.support.shop import Shop, at_rest, outgoing

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
LONG = "This is one sentence of a long answer that staff wrote. " * 40


@pytest.mark.parametrize(
    ("hours", "person", "approved", "refused"),
    [
        (0, False, False, ""),
        (23.4, False, False, ""),
        (23.5, False, False, "24-hour window"),  # half an hour of margin
        (23.5, True, False, "24-hour window"),
        (23.5, False, True, "24-hour window"),
        (23.5, True, True, ""),
        (7 * 24 - 0.6, True, True, ""),
        (7 * 24 - 0.5, True, True, "7-day window"),
        (None, True, True, "written to you first"),
        (-1, False, False, ""),  # clocks differ
    ],
)
def test_the_window(
    settings: Settings, hours: float | None, person: bool, approved: bool, refused: str
) -> None:
    settings.HUMAN_AGENT = approved
    since = None if hours is None else NOW - timedelta(hours=hours)
    found = outbox.why_closed(Conversation(last_inbound_at=since), NOW, person=person)
    assert bool(found) == bool(refused)
    assert refused in found


def test_a_customer_gets_at_most_two_messages_a_second(shop: Shop, time_stands: Clock) -> None:
    tuning.put("conversation_rate", "2")
    ResponseRule.objects.filter(name="Price").update(reply=LONG)
    shop.hears("price")
    shop.works()
    assert len(shop.texts) == 1
    shop.hears("delivery", customer="870002")
    shop.works()
    assert shop.texts[1:] == ["Two days."], "another customer is not held back"
    for _ in range(2):
        time_stands(timedelta(seconds=0.5))
        shop.works()
    assert "".join([shop.texts[0], *shop.texts[2:]]) == LONG.strip()
    started = [
        attempt.started_at
        for attempt in Attempt.objects.order_by("started_at")
        if attempt.message.conversation.customer_id == "870001"
    ]
    assert all(later - earlier >= timedelta(seconds=0.5) for earlier, later in pairwise(started))
    assert at_rest()


def test_a_pass_takes_the_slot_and_a_refusal_does_not(shop: Shop, time_stands: Clock) -> None:
    shop.hears("price")
    shop.reads()
    talk = Conversation.objects.select_related("account").get()
    Conversation.objects.update(bot_paused_until=timezone.now() + timedelta(hours=1))
    shop.works()
    talk.account.refresh_from_db()
    assert talk.account.next_send_at is None
    Conversation.objects.update(bot_paused_until=None)
    shop.hears("price")
    shop.works()
    talk.account.refresh_from_db()
    assert talk.account.next_send_at is not None
    assert [row.state for row in outgoing()] == [State.SENT]


DuringTheCall = Callable[[timedelta], None]


@pytest.fixture
def during_the_call(monkeypatch: pytest.MonkeyPatch, time_stands: Clock) -> DuringTheCall:
    """So much time passes between the gate and the call."""

    def passes(length: timedelta) -> None:
        at_point(monkeypatch, "after sending is marked", lambda: time_stands(length))

    return passes


@pytest.fixture(params=[True, False], ids=["approved", "not approved"])
def approved(request: pytest.FixtureRequest, settings: Settings) -> bool:
    """Whether Meta has approved Human Agent for the app."""
    approved = bool(request.param)
    settings.HUMAN_AGENT = approved
    return approved


def queue(talk: Conversation, by: str) -> Message:
    fields = {
        "bot": {"origin": Origin.BOT, "staff": ""},
        "bot, resent by staff": {"origin": Origin.BOT, "staff": "anna"},
        "staff": {"origin": Origin.STAFF, "staff": "anna"},
    }
    row = Message(conversation=talk, text="Yes.", at=timezone.now(), **fields[by])
    states.queue(row)
    return row


@pytest.mark.parametrize("by", ["bot", "bot, resent by staff", "staff"])
@pytest.mark.parametrize(
    "seconds",  # before the end of the window: when the gate is asked, and when Meta is called
    [(10, 9), (0.3, -0.2), (0.3, -20), (-0.1, -0.2), (-3600, -3601)],
)
def test_the_tag_goes_by_the_moment_of_the_gate_and_only_on_what_a_person_wrote(
    shop: Shop, during_the_call: DuringTheCall, approved: bool, by: str,
    seconds: tuple[float, float],
) -> None:  # fmt: skip
    asked, called = seconds
    shop.hears("hello")
    shop.works()
    shop.graph.tags.clear()
    talk = Conversation.objects.get()
    opened = timezone.now() - WINDOW + WINDOW_MARGIN + timedelta(seconds=asked)
    Conversation.objects.update(last_inbound_at=opened)
    row = queue(talk, by)
    during_the_call(timedelta(seconds=asked - called))
    Conversation.objects.wake(talk.pk, timezone.now())
    shop.works()
    is_late = asked <= 0
    refused = is_late and not (by == "staff" and approved)
    row.refresh_from_db()
    assert row.state == (State.FAILED if refused else State.SENT)
    assert shop.graph.tags == ([] if refused else ["HUMAN_AGENT" if is_late else ""])


def test_the_customers_rate_holds_after_a_long_pause_too(shop: Shop, time_stands: Clock) -> None:
    tuning.put("conversation_rate", "2")
    tuning.put("loop_minutes", "1")
    shop.graph.faults.append(error(613))
    for _ in range(3):
        shop.hears("price")
    shop.works()
    time_stands(timedelta(minutes=2))
    shop.works()
    assert len(shop.texts) < 3
