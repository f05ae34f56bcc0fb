"""Gauges tell what the rows say at this moment."""

from datetime import timedelta

import pytest
from django.utils import timezone

from conversations.models import Account, MissedLook, Origin, State, Worker
from instabot import gauges
from tests.support.talks import make_conversation, say
from webhooks.models import WebhookEvent
from workqueue import bell

pytestmark = pytest.mark.django_db


def read() -> dict[tuple[str, ...], float]:
    return {
        (sample.name.removeprefix("instabot_"), *sample.labels.values()): sample.value
        for family in gauges.read()
        for sample in family.samples
    }


def test_a_shop_at_rest_has_nothing_due() -> None:
    found = read()
    assert found["oldest_due_seconds",] == found["due", "events"] == 0
    assert found["workers",] == 0
    assert found["bell_up",] == 1


def test_work_that_waits_is_counted_and_the_oldest_told() -> None:
    now = timezone.now()
    make_conversation("maria", due_at=now - timedelta(minutes=3))
    make_conversation("ben", due_at=now + timedelta(minutes=3))
    WebhookEvent.objects.create(body=b"{}", due_at=now - timedelta(seconds=5), received_at=now)
    found = read()
    assert 180 <= found["oldest_due_seconds",] < 240
    assert (found["due", "conversations"], found["due", "events"]) == (1, 1)


def test_a_worker_counts_for_a_minute() -> None:
    now = timezone.now()
    Worker.objects.create(name="a:1", seen_at=now)
    Worker.objects.create(name="b:1", seen_at=now - timedelta(minutes=2))
    assert read()["workers",] == 1


def test_messages_that_are_not_settled_are_counted_by_state() -> None:
    talk = make_conversation("maria")
    for state in (State.QUEUED, State.QUEUED, State.UNKNOWN, State.SENT):
        say(talk, origin=Origin.STAFF, state=state)
    found = read()
    states = ("queued", "sending", "unknown")
    assert [found["outgoing_messages", state] for state in states] == [2, 0, 1]


def test_customers_who_wait_are_counted_and_whose_window_closes() -> None:
    now = timezone.now()
    soon = now - timedelta(hours=22)
    make_conversation("maria", last_inbound_at=now, waiting_since=now)
    make_conversation("ben", last_inbound_at=soon, waiting_since=soon)
    found = read()
    assert found["conversations", "waiting"] == 2
    assert found["conversations", "closing"] == 1


def test_accounts_tell_by_number_whether_they_send_and_when_their_token_ends() -> None:
    now = timezone.now()
    ours = Account.objects.ours()
    ends = now + timedelta(days=3)
    Account.objects.filter(pk=ours.pk).update(
        paused_until=now + timedelta(hours=1), pause="broken", token_ends_at=ends, bot_off_by="anna"
    )
    other = Account.objects.create(instagram_id="5")
    Account.objects.create(instagram_id="6", active=False)
    MissedLook.objects.create(account=ours, looked_at=now)
    found, one, two = read(), str(ours.pk), str(other.pk)
    assert (found["account_sending", one], found["account_sending", two]) == (0, 1)
    assert (found["account_bot_on", one], found["account_bot_on", two]) == (0, 1)
    paused = {name[2] for name, value in found.items() if name[:2] == ("account_paused", one)
              and value}  # fmt: skip
    assert paused == {"broken"}
    assert found["token_end_timestamp_seconds", one] == pytest.approx(ends.timestamp())
    assert ("token_end_timestamp_seconds", two) not in found
    assert found["missed_look_timestamp_seconds", one] == pytest.approx(now.timestamp())
    assert len([name for name in found if name[0] == "account_sending"]) == 2


def test_a_bell_that_is_away_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> int:
        raise ConnectionError

    monkeypatch.setattr(bell, "waiting", away)
    found = read()
    assert found["bell_up",] == 0
    assert ("rings",) not in found
    assert ("oldest_due_seconds",) in found
