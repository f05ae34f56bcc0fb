"""Raw events go for their age, but none that is still to be read; and what a dry run says."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from conversations.models import Attempt, Conversation, DayFigures, Message
from conversations.retention import bites, upkeep
from shop import tuning
from tests.support.clock import Clock
from tests.support.graph import ACCOUNT, envelope
from tests.support.retention import DAY, ago, asked, counts, keep, looks, said
from tests.support.shop import Shop
from tests.support.talks import make_conversation
from webhooks import erasure, retention
from webhooks.models import EventMid, WebhookEvent

pytestmark = pytest.mark.django_db


def event(days: float, **fields: Any) -> WebhookEvent:
    given = {"state": "processed", "received_at": ago(days), "mid_hash": 7, "body": b"{}"}
    return WebhookEvent.objects.create(**(given | fields))


LEASED = {"due_at": timezone.now(), "leased_until": timezone.now() + timedelta(minutes=1)}
EVENTS: dict[str, tuple[dict[str, Any], bool]] = {
    "processed": ({}, True),
    "with what is for another account": ({"outcomes": [{"outcome": "no account"}]}, True),
    "of an earlier version, without hashes": ({"mid_hash": None}, True),
    "young": ({"received_at": ago(20)}, False),
    "not processed": ({"state": "received", "due_at": timezone.now()}, False),
    "to be tried again": ({"state": "received", "due_at": timezone.now(), "tries": 3}, False),
    "being read": ({"state": "received", "tries": 1} | LEASED, False),
    "to be read once more": ({"due_at": timezone.now()}, False),
    "failed": ({"state": "failed", "reason": "Could not be stored."}, False),
}


@pytest.mark.parametrize(("fields", "goes"), EVENTS.values(), ids=EVENTS)
def test_an_event_goes_once_it_is_processed(fields: dict[str, Any], goes: bool) -> None:
    row = event(90, **fields)
    EventMid.objects.create(event=row, mid_hash=8)
    looks()
    assert WebhookEvent.objects.exists(), "by default they are kept"
    keep(events=30)
    looks()
    assert WebhookEvent.objects.exists() == (not goes)
    assert EventMid.objects.exists() == (not goes)


def test_one_that_stays_does_not_hide_those_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bites, "size", lambda: 2)
    monkeypatch.setattr(upkeep, "REST_SECONDS", 0)
    for number in range(9):
        event(90 - number, state="failed" if number < 5 else "processed")
    event(1)
    keep(events=30)
    looks()
    assert WebhookEvent.objects.count() == 6


def test_a_message_outlives_its_event_and_is_recognised_without_it(
    shop: Shop, time_passes: Clock
) -> None:
    shop.hears("price", mid="m1")
    shop.works()
    [body] = [bytes(one) for one in WebhookEvent.objects.values_list("body", flat=True)]
    time_passes(31 * DAY)
    keep(events=30)
    looks()
    assert not WebhookEvent.objects.exists()
    shop.receives(body)
    shop.works()
    assert Message.objects.filter(mid="m1").count() == 1
    assert shop.texts == ["Ten euros."]


@pytest.mark.table
@pytest.mark.parametrize("kind", ["events", "attempts", "messages", "pictures"])
@pytest.mark.parametrize(
    ("text", "is_valid"),
    [("0", True), ("7", True), ("30.5", True), ("3650", True), ("6.9", False), ("1", False),
     ("-1", False), ("3651", False), ("nan", False), ("", False)],
)  # fmt: skip
def test_a_setting_is_none_or_at_least_a_week(kind: str, text: str, is_valid: bool) -> None:
    name = f"keep_{kind}_days"
    assert tuning.get(name) == 0, "nothing is deleted before somebody says so"
    if is_valid:
        tuning.put(name, text)
        assert tuning.get(name) == float(text)
        return
    with pytest.raises(tuning.TuningError) as refused:
        tuning.put(name, text)
    assert "Enter 0, or a number from 7 to 3650 (days)." in str(refused.value)


def make_old() -> None:
    """An event, a call, three customers: one goes, one is late, one opted out."""
    event(90, body=b"x" * 2048)
    for name in ("maria", "late", "out"):
        talk = make_conversation(name, last_inbound_at=ago(90), created_at=ago(91))
        late = "too_old" if name == "late" else "answered"
        question = asked(talk, 90, text="x" * 1000, verdict=late)
        row = said(talk, 90, in_reply_to=question)
        Attempt.objects.create(message=row, started_at=ago(90), outcome="Sent", body="{}")
    Conversation.objects.filter(username="out").update(opted_out_at=ago(90))
    counts()


def printed(capsys: pytest.CaptureFixture[str], *given: str) -> list[str]:
    call_command("retention", *given)
    return capsys.readouterr().out.replace("\xa0", " ").splitlines()


ALL_30 = tuple(f"keep_{kind}_days=30" for kind in ("events", "attempts", "messages", "pictures"))


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_a_dry_run_says_what_would_go_and_changes_nothing(
    capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    make_old()
    assert "messages: kept for ever (keep_messages_days = 0)" in printed(capsys, *options)
    lines = printed(capsys, *options, *ALL_30)
    day = f"{ago(30):%Y-%m-%d}"
    assert f"messages: what is from before {day} (keep_messages_days = 30)" in lines
    found = [line.strip().partition(", about")[0] for line in lines if line.startswith("    ")]
    assert found == [
        "messages to delete: 4",
        "notes to delete: 0",
        "drafts to delete: 0",
        "pictures to delete: 0",
        "as old, but kept for now (docs/retention.md): 2",
        "customers of whom nothing else is left to delete: 1",
        "names of customers who opted out or have the bot paused to delete: 1",
        "as old, but kept for now (docs/retention.md): 1",
        "attempts to delete: 3",
        "pictures to delete: 0",
        "events to delete: 1",
    ]
    assert "    events to delete: 1, about 2.0 KB" in lines
    assert Message.objects.count() == 6
    assert WebhookEvent.objects.count() == 1
    assert tuning.get("keep_messages_days") == 0


def test_what_a_dry_run_says_is_what_goes(capsys: pytest.CaptureFixture[str]) -> None:
    make_old()
    keep(events=30, attempts=30, messages=30)
    now = timezone.now()
    foretold = {kind.name: kind.count(bites.age(30, now)).gone for kind in retention.KINDS}
    lines = printed(capsys, "--now")
    assert "messages deleted: 4" in lines
    assert "events deleted: 1" in lines
    assert foretold["messages"]["messages"].rows == 4 == 6 - Message.objects.count()
    assert foretold["customers"]["customers"].rows == 1 == 3 - Conversation.objects.count()
    assert Conversation.objects.get(opted_out_at__isnull=False).username == ""


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            ["keep_notes_days=30"],
            "There is no setting “keep_notes_days”. Did you mean keep_",
        ),
        (["keep_messages_days=3"], "Enter 0, or a number from 7 to 3650"),
        (["keep_messages_days"], "Enter 0, or a number"),
        (["--now", "keep_messages_days=30"], "Set it first (manage.py tune), then delete."),
    ],
)
def test_nonsense_is_refused(given: list[str], says: str) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("retention", *given)
    assert says in str(refused.value)


def test_without_settings_now_deletes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    make_old()
    assert printed(capsys, "--now") == ["Nothing is deleted: everything is kept for ever."]
    assert Message.objects.count() == 6


@pytest.mark.parametrize("kind", ["messages", "attempts", "events"])
def test_now_says_that_nothing_is_old_enough(capsys: pytest.CaptureFixture[str], kind: str) -> None:
    make_old()
    keep(**{kind: 365})
    assert printed(capsys, "--now") == ["Nothing is old enough to be deleted."]


def test_now_says_that_the_figures_come_first(capsys: pytest.CaptureFixture[str]) -> None:
    make_old()
    keep(messages=30, events=30)
    DayFigures.objects.create(day=ago(60).date(), dirty=True)
    assert printed(capsys, "--now") == [
        "events deleted: 1",
        "The figures of some days are still to be counted: try again in a minute.",
    ]
    assert Message.objects.count() == 6


def test_an_unsend_that_meets_the_deletion_of_its_event_goes_on(shop: Shop) -> None:
    """Whoever looks for the events of a message finds one that is gone by then."""
    shop.receives(envelope({"sender": {"id": "1"}, "recipient": {"id": ACCOUNT},
                            "timestamp": 1, "message": {"mid": "m1", "text": "x"}}))  # fmt: skip
    shop.works()
    WebhookEvent.objects.all().delete()
    erasure.erase_from(7, {"m1"})
