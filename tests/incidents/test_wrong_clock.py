"""A machine whose clock is off by 20 minutes: that is said, and nothing is blamed but the clock."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conversations.account import pause as account_pause
from conversations.models import Worker
from incidents import watch
from incidents.models import Contact, Presence
from instabot import gauges, worker
from instabot.doctor import processes
from instabot.doctor.findings import State
from tests.incidents.conftest import Looks
from tests.support.receiver import Receiver
from tests.support.service import ON_POSTGRES
from tests.support.shop import Shop
from tests.support.talks import make_conversation

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not ON_POSTGRES, reason="SQLite's clock is ours"),
]

OFF = [timedelta(minutes=20), -timedelta(minutes=20)]


@pytest.fixture(autouse=True)
def _well(shop: Shop, anna: Contact) -> None:
    """A shop of which nothing is wrong: a worker is there, and some work is due just now."""
    account_pause.look_after()
    worker.give_sign_of_life("host:1")
    make_conversation("maria", due_at=timezone.now() - timedelta(seconds=5))


@pytest.mark.parametrize("off", OFF)
def test_it_is_said_and_nothing_else(
    receiver: Receiver, looks: Looks, monkeypatch: pytest.MonkeyPatch, off: timedelta
) -> None:
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + off)  # and not PostgreSQL's clock
    for _ in range(2):
        worker.give_sign_of_life("host:1")
        watch.give_sign_of_life("host:1", Presence.Role.WORKER)
        found = looks()
    assert found == ["clock"]
    [said] = receiver.messages
    side = "20 min ahead of" if off > timedelta() else "20 min behind"
    assert side in said["message"]
    assert "NTP" in said["message"]
    monkeypatch.setattr(timezone, "now", real)
    watch.give_sign_of_life("host:1", Presence.Role.WORKER)
    for _ in range(3):
        looks()
    assert receiver.titles[-1].startswith("instabot: over: ")


@pytest.mark.parametrize("off", OFF)
def test_metrics_readiness_and_doctor_of_that_machine_see_worker_and_work_as_they_are(
    client: Client, monkeypatch: pytest.MonkeyPatch, off: timedelta
) -> None:
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + off)
    assert Worker.objects.count() == 1
    read = {gauge.name: gauge.samples for gauge in gauges.read()}
    assert read["instabot_workers"][0].value == 1
    assert 5 <= read["instabot_oldest_due_seconds"][0].value < 60
    assert [one.value for one in read["instabot_due"]] == [0, 1]
    parts = client.get("/health/ready").json()["parts"]
    assert (parts["worker"], parts["oldest_due"]) == ("ok", "ok")
    found = [*processes.check_worker(), *processes.check_work()]
    assert [one.state for one in found] == [State.OK, State.OK]
